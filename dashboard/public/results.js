import { byId, element } from './element.js';
import { countOf, toExactTime, toRelativeTime } from './format.js';
import { splitAtMatches, toDisplayText } from './passage.js';

/** Puts the answer on the page; long passages are cut by the style sheet and open on a click. */
export function showResults(results, { query, tookMs }) {
  const count = results.length === 0 ? 'Nothing answers that' : countOf(results.length, 'document');
  byId('result-count').textContent = `${count}, ${Math.round(tookMs)} ms`;
  if (results.length === 0) {
    byId('results').replaceChildren(
      element(
        'p',
        { class: 'card empty' },
        'Try other words, or fewer, or another collection. A source that is still being read may bring it.',
      ),
    );
    return;
  }
  const list = element('ol', { class: 'card list results' }, ...results.map((result) => toItem(result, query)));
  byId('results').replaceChildren(list);
  for (const item of list.children) offerWhole(item);
}

/** What went wrong with a search, and what to do: the last results stay. */
export function showSearchError(message) {
  byId('result-count').textContent = '';
  byId('results').replaceChildren(
    element(
      'div',
      { class: 'note danger', role: 'alert' },
      element('strong', {}, 'The search did not work'),
      element('p', { dir: 'auto' }, message),
    ),
  );
}

export function clearResults() {
  byId('result-count').textContent = '';
  byId('results').replaceChildren();
}

function toItem(result, query) {
  const date = result.updated_at ?? result.created_at;
  const place = toPlace(result);
  const name = toDisplayText(result.name ?? '') || '(no name)';
  return element(
    'li',
    { class: 'result', tabindex: -1 },
    element(
      'div',
      { class: 'line' },
      element('h3', { class: 'grow' }, toTitle(name, result.web_url)),
      element(
        'span',
        { class: 'score', title: 'How well it fits: higher is better, within one answer' },
        result.relevance_score?.toFixed(2) ?? '',
      ),
    ),
    element('p', { class: 'passage', dir: 'auto' }, ...toMarked(result.textual_representation ?? '', query)),
    element(
      'p',
      { class: 'facts' },
      place === '' ? null : element('bdi', { class: 'place', title: place }, place),
      Number.isNaN(Date.parse(date))
        ? null
        : element('time', { datetime: date, title: toExactTime(date) }, toRelativeTime(date)),
    ),
  );
}

/** Only web addresses become links: what a source gives may be anything. */
function toTitle(name, url) {
  const isWeb = typeof url === 'string' && /^https?:\/\//i.test(url);
  return isWeb
    ? element('a', { class: 'link', href: url, rel: 'noreferrer noopener', target: '_blank', dir: 'auto' }, name)
    : element('span', { dir: 'auto' }, name);
}

function toPlace({ raw_source_fields: fields, breadcrumbs, web_url: url }) {
  if (typeof fields?.path === 'string' && fields.path !== '') return toDisplayText(fields.path);
  const crumbs = (breadcrumbs ?? []).map(({ name }) => name).filter(Boolean);
  return toDisplayText(crumbs.length > 0 ? crumbs.join(' › ') : (url ?? ''));
}

function toMarked(passage, query) {
  return splitAtMatches(toDisplayText(passage), query).map(({ text, isMatch }) =>
    isMatch ? element('mark', {}, text) : text,
  );
}

function offerWhole(item) {
  const passage = item.querySelector('.passage');
  if (passage.scrollHeight <= passage.clientHeight + 1) return;
  const button = element(
    'button',
    { type: 'button', class: 'button quiet small', 'aria-expanded': 'false' },
    'Show the whole passage',
  );
  button.addEventListener('click', () => {
    const isOpen = passage.classList.toggle('whole');
    button.setAttribute('aria-expanded', String(isOpen));
    button.textContent = isOpen ? 'Show less' : 'Show the whole passage';
  });
  item.append(button);
}
