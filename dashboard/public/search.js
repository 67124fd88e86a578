import { ask } from './api.js';
import { byId, element } from './element.js';
import { clearResults, showResults, showSearchError } from './results.js';

const limit = 20;
let running = new AbortController();

/** Connects the form with the page's address: `?c=` is the collection, `?q=` the query, so that every view can be sent. */
export function startSearch() {
  byId('search-form').addEventListener('submit', (event) => {
    event.preventDefault();
    void searchFor(byId('query').value, byId('collection').value, { isNew: true });
  });
  byId('collection').addEventListener('change', () => {
    if (byId('query').value.trim() !== '') byId('search-form').requestSubmit();
  });
  addEventListener('popstate', () => void searchFromAddress());
}

/** Fills the list of collections, keeping the choice; the address's choice goes before, then the fullest own one. */
export function offerCollections(collections) {
  const select = byId('collection');
  const wanted = select.value || new URLSearchParams(location.search).get('c');
  const known = collections.map(({ id }) => id);
  if (known.join() !== [...select.options].map(({ value }) => value).join()) {
    select.replaceChildren(...collections.map(({ id, name }) => element('option', { value: id }, name)));
  }
  select.value = known.includes(wanted) ? wanted : (chooseDefault(collections)?.id ?? '');
}

function chooseDefault(collections) {
  const filled = collections.filter(({ documents }) => documents > 0);
  const own = filled.filter(({ id }) => id !== 'getting-started');
  return own.sort((a, b) => Date.parse(b.changedAt) - Date.parse(a.changedAt))[0] ?? filled[0] ?? collections[0];
}

/** Searches another collection for what stands in the field. */
export function chooseCollection(id) {
  byId('collection').value = id;
  byId('query').focus();
  if (byId('query').value.trim() !== '') byId('search-form').requestSubmit();
}

/** Shows what the address says: on arrival, and when going back or forward. */
export async function searchFromAddress() {
  const wanted = new URLSearchParams(location.search);
  byId('query').value = wanted.get('q') ?? '';
  const select = byId('collection');
  const collection = wanted.get('c');
  if (collection !== null && [...select.options].some(({ value }) => value === collection)) select.value = collection;
  await searchFor(byId('query').value, select.value, { isNew: false });
}

async function searchFor(query, collection, { isNew }) {
  running.abort();
  if (query.trim() === '' || collection === '') {
    clearResults();
    return;
  }
  running = new AbortController();
  const { signal } = running;
  if (isNew) {
    const address = `?${new URLSearchParams({ c: collection, q: query })}`;
    if (address !== location.search) history.pushState(null, '', address);
  }
  const startedAt = performance.now();
  try {
    const path = `/collections/${encodeURIComponent(collection)}/search/instant`;
    const answer = await ask(path, { body: { query, limit }, signal });
    showResults(answer.results, { query, tookMs: performance.now() - startedAt });
  } catch (error) {
    if (signal.aborted) return; // a newer search took its place
    showSearchError(
      error.status === 0 ? 'Weft does not answer. Your words are kept: search again when it is back.' : error.message,
    );
  }
}
