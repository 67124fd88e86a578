import { createHash } from 'node:crypto';

/** A term may have 32,766 bytes, three for each character at most. */
const maxTermCharacters = 8000;
const windowCharacters = 4000;
/** The longest needle that is found wherever it stands in a text of several windows. */
const maxNeedleCharacters = 1000;

/** A value as a term that equals no other value's; a very long one is its beginning and its hash. */
export function toTerm(value: string): string {
  const text = value.toWellFormed();
  if (text.length <= maxTermCharacters) return text;
  return `${text.slice(0, maxNeedleCharacters).toWellFormed()}\0${createHash('sha256').update(text).digest('hex')}`;
}

/** What `contains` compares: lower case, without NUL, which the engine's wildcards use for themselves. */
export function foldText(text: string): string {
  return text.toWellFormed().toLowerCase().replaceAll('\0', '\u0001');
}

/** A folded text in pieces that fit a term and overlap by as much as a needle may have. */
export function toWindows(folded: string): readonly string[] {
  const windows: string[] = [];
  for (let from = 0; ; from += windowCharacters - maxNeedleCharacters) {
    // A pair of surrogates at a border is whole in one of the two windows.
    windows.push(folded.slice(from, from + windowCharacters).toWellFormed());
    if (from + windowCharacters >= folded.length) return windows;
  }
}

/** The pattern of terms with the needle anywhere behind `prefix`; `*`, `?` and `\` stand for themselves. */
export function containsPattern(needle: string, prefix = ''): string {
  const quote = (text: string) => text.replace(/[*?\\]/g, '\\$&');
  const middle = needle === '' ? '' : `*${quote(needle.slice(0, maxNeedleCharacters).toWellFormed())}`;
  return `${quote(prefix)}${middle}*`;
}
