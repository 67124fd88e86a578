import { byId, element } from './element.js';

/**
 * A command or an address with a button that copies it.
 *
 * @param {string} text
 * @param {string} what for people who hear the page, like "the command"
 */
export function copyLine(text, what) {
  const code = element('code', { tabindex: 0, role: 'group', 'aria-label': what }, text);
  const button = element(
    'button',
    { type: 'button', class: 'button quiet small', 'aria-label': `Copy ${what}` },
    'Copy',
  );
  button.addEventListener('click', async () => {
    const isCopied = await copy(text, code);
    button.textContent = isCopied ? 'Copied' : 'Selected';
    byId('announcement').textContent = isCopied ? `Copied ${what}.` : `Selected ${what}: copy it with your keyboard.`;
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });
  return element('div', { class: 'copy' }, code, button);
}

/** Pages that are served without https, other than to this machine, may not write to the clipboard. */
async function copy(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(code); // then the person copies it by hand
    return false;
  }
}
