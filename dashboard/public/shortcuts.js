import { byId } from './element.js';
import { readSetting, writeSetting } from './storage.js';

let areOn = readSetting('shortcuts') !== 'off';

/** Single keys act only outside text fields, and can be switched off. */
export function startShortcuts() {
  show();
  byId('shortcuts-button').addEventListener('click', () => {
    areOn = !areOn;
    writeSetting('shortcuts', areOn ? null : 'off');
    show();
  });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && document.activeElement === byId('query')) byId('query').blur();
    if (!areOn || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (event.key === '/') {
      event.preventDefault();
      byId('query').focus();
      byId('query').select();
    } else if (event.key === 'j') move(1);
    else if (event.key === 'k') move(-1);
  });
}

function show() {
  byId('shortcuts-button').textContent = areOn ? 'Turn keys off' : 'Turn keys on';
  byId('keys-hint').hidden = !areOn;
  byId('search-key').hidden = !areOn;
}

function isTyping(target) {
  return target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null;
}

function move(step) {
  const results = [...document.querySelectorAll('.result')];
  const at = results.indexOf(document.activeElement?.closest('.result'));
  const next = results[at < 0 ? 0 : Math.min(results.length - 1, Math.max(0, at + step))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}
