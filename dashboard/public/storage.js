/** The browser's storage, which may be switched off: then nothing is kept, and nothing breaks. */

export function readSetting(name, store = 'localStorage') {
  try {
    return window[store].getItem(`weft-${name}`);
  } catch {
    return null; // storage is switched off
  }
}

/** `null` removes it. */
export function writeSetting(name, value, store = 'localStorage') {
  try {
    if (value === null) window[store].removeItem(`weft-${name}`);
    else window[store].setItem(`weft-${name}`, value);
  } catch {
    // Storage is switched off: the setting holds for this view.
  }
}
