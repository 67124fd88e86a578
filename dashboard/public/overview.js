import { byId, element } from './element.js';
import { countOf, toExactTime, toRelativeTime } from './format.js';

const states = {
  ACTIVE: { word: 'fine', dot: 'fine' },
  PARTIAL_ERROR: { word: 'one of its sources fails', dot: 'warning' },
  ERROR: { word: 'its sources fail', dot: 'danger' },
  NEEDS_SOURCE: { word: 'no source yet', dot: 'off' },
};

/** The first line of the page: how things are now, and in one more what to do about it. */
export function showSentence(state) {
  const [sentence, detail] = toSentence(state);
  setText('sentence', sentence);
  setText('sentence-detail', detail);
}

function toSentence(state) {
  switch (state.kind) {
    case 'away':
      return [
        'Weft does not answer',
        state.reason ?? 'It may have stopped. Start it with npm start; this page tries again by itself.',
      ];
    case 'key-needed':
    case 'key-refused':
      return ['Weft is running, and asks who you are', 'With an API key you see its collections and search them.'];
    case 'not-ready':
      return ['Weft is starting', toWaiting(state.down)];
    default:
      return toReadySentence(state);
  }
}

function toWaiting(down) {
  return down.length === 0
    ? 'This page goes on by itself.'
    : `It waits for: ${down.join(', ')}. This page goes on by itself.`;
}

function toReadySentence({ collections, problems }) {
  const documents = collections.reduce((sum, collection) => sum + collection.documents, 0);
  const syncing = collections.filter((collection) => collection.isSyncing).length;
  if (collections.length === 0)
    return ['Weft is ready and holds nothing yet', 'Connect a folder, then search it here.'];
  const holdings = `${countOf(documents, 'document')} in ${countOf(collections.length, 'collection')}.`;
  const reading =
    syncing === 0 ? '' : ` Reading into ${countOf(syncing, 'of them', 'of them')} now; search works meanwhile.`;
  return [
    problems.length === 0
      ? 'Weft is ready'
      : `Weft is ready, except ${countOf(problems.length, 'source')} that ${problems.length === 1 ? 'does' : 'do'} not work`,
    holdings + reading,
  ];
}

/** Each source that does not work, with its reason and how to mend it. */
export function showProblems({ problems = [] }) {
  byId('problems').replaceChildren(
    ...problems.map(({ name, collection, reason }) =>
      element(
        'div',
        { class: 'note danger' },
        element('strong', {}, element('bdi', {}, name), ` in ${collection}`),
        element('p', { dir: 'auto' }, reason),
        element(
          'p',
          { class: 'muted' },
          'Mend it, then connect the folder again to retry. What was read before is still searchable.',
        ),
      ),
    ),
  );
}

/** @param {(id: string) => void} choose called when somebody picks a collection to search */
export function showCollections({ collections }, choose) {
  const items = collections.map((collection) => {
    const { word, dot } = collection.isSyncing
      ? { word: 'reading', dot: 'running' }
      : (states[collection.status] ?? states.NEEDS_SOURCE);
    const changed = toRelativeTime(collection.changedAt);
    return element(
      'li',
      {},
      element(
        'button',
        { type: 'button', class: 'item', onclick: () => choose(collection.id) },
        element('span', { class: `dot ${dot}`, 'aria-hidden': 'true' }),
        element(
          'span',
          { class: 'grow' },
          element('bdi', { class: 'name', title: collection.name }, collection.name),
          element('span', { class: 'facts' }, `${countOf(collection.documents, 'document')} · ${word}`),
        ),
        changed === ''
          ? null
          : element('time', { datetime: collection.changedAt, title: toExactTime(collection.changedAt) }, changed),
      ),
    );
  });
  byId('collections').replaceChildren(...items);
}

/** Leaves an unchanged text alone, so that nobody hears it twice. */
function setText(id, text) {
  const node = byId(id);
  if (node.textContent !== text) node.textContent = text;
}
