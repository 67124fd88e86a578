/**
 * Makes an element. Strings become text, never markup, so that nothing from a document is interpreted.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} properties `class`, attributes, and listeners as `onclick`; null and false leave out
 * @param {...(Node | string | null)} children
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : String(value));
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** The element with that id, which the page has. */
export function byId(id) {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no element "${id}".`);
  return found;
}
