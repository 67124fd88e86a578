/**
 * JSON text that PostgreSQL's jsonb takes, whatever a source sent: NUL characters are left out and halves of surrogate pairs
 * become U+FFFD, in keys and values.
 */
export function toStorableJson(value: unknown): string {
  const json = JSON.stringify(value);
  // Well-formed JSON text shows both as escapes; nearly all text has neither and is not walked again.
  return /\\u(0000|d[89a-f])/i.test(json) ? JSON.stringify(toStorable(JSON.parse(json))) : json;
}

function toStorable(value: unknown): unknown {
  if (typeof value === 'string') return toStorableText(value);
  if (Array.isArray(value)) return value.map(toStorable);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [toStorableText(key), toStorable(item)]));
  }
  return value;
}

/** Text that PostgreSQL can store. */
function toStorableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}
