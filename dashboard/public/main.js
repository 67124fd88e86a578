import { apiAddress, hasApiKey, useApiKey } from './api.js';
import { copyLine } from './copy-line.js';
import { byId } from './element.js';
import { showCollections, showProblems, showSentence } from './overview.js';
import { chooseCollection, offerCollections, searchFromAddress, startSearch } from './search.js';
import { readServerState } from './server-state.js';
import { startShortcuts } from './shortcuts.js';
import { readSetting, writeSetting } from './storage.js';

const calmMs = 15_000;
const busyMs = 2_000;

let hasSearched = false;
let timer;

startTheme();
startShortcuts();
startSearch();
startKeyForm();
byId('connect-command').replaceChildren(copyLine('./weft connect ~/Documents', 'the command that connects a folder'));
byId('key-command').replaceChildren(copyLine('./weft keys create', 'the command that makes a key'));
byId('api-address').replaceChildren(copyLine(apiAddress, 'the address of the API'));
addEventListener('visibilitychange', () => {
  if (!document.hidden) void refresh();
});
void refresh();

/** Asks how the server is, shows it, and comes back: soon while something is under way, else now and then. */
async function refresh() {
  clearTimeout(timer);
  if (document.hidden) return; // asked again when somebody looks
  const state = await readServerState();
  show(state);
  const isBusy = state.kind !== 'ready' || state.collections.some(({ isSyncing }) => isSyncing);
  clearTimeout(timer);
  timer = setTimeout(() => void refresh(), isBusy ? busyMs : calmMs);
}

function show(state) {
  showSentence(state);
  const needsKey = state.kind === 'key-needed' || state.kind === 'key-refused';
  byId('key-form').hidden = !needsKey;
  byId('key-error').textContent =
    needsKey && hasApiKey()
      ? `Weft refused this key. ${state.reason ?? 'It may have ended or been revoked: make a new one.'}`
      : '';
  if (needsKey) byId('columns').hidden = true;
  if (state.kind !== 'ready') return; // the last view stays as it was
  showColumns(state.collections.length === 0);
  showProblems(state);
  showCollections(state, chooseCollection);
  offerCollections(state.collections);
  showCurl();
  if (!hasSearched) {
    hasSearched = true;
    void searchFromAddress();
  }
}

/** With nothing to search yet, only what makes a beginning is shown. */
function showColumns(isFirstRun) {
  byId('columns').hidden = false;
  byId('columns').classList.toggle('first', isFirstRun);
  for (const id of ['search-section', 'collections-section', 'first-search']) byId(id).hidden = isFirstRun;
}

function showCurl() {
  const collection = byId('collection').value || 'getting-started';
  const command = [
    `curl ${apiAddress}/collections/${collection}/search/instant`,
    ...(hasApiKey() ? ['-H "X-API-Key: $WEFT_API_KEY"'] : []),
    "-H 'Content-Type: application/json'",
    `-d '{"query": "how do I connect a folder", "limit": 3}'`,
  ].join(' \\\n  ');
  if (byId('curl-command').textContent.startsWith(command)) return;
  byId('curl-command').replaceChildren(copyLine(command, 'the curl command'));
}

function startKeyForm() {
  byId('key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    useApiKey(byId('api-key').value.trim());
    byId('api-key').value = '';
    void refresh();
  });
}

function startTheme() {
  const button = byId('theme-button');
  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
  };
  const name = () => {
    button.textContent = isDark() ? 'Light theme' : 'Dark theme';
  };
  const chosen = readSetting('theme');
  if (chosen !== null) document.documentElement.dataset.theme = chosen;
  button.addEventListener('click', () => {
    const theme = isDark() ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    writeSetting('theme', theme);
    name();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', name);
  name();
}
