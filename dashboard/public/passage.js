/** Words that stand in every text and in most questions: marking them would mark nothing. */
const commonWords = new Set(
  'the and for are was were has have had how what when where which who why does did can you your our with from that this not'.split(
    ' ',
  ),
);

/**
 * Splits a passage at the words that begin like a word of the query with three letters or more.
 *
 * @returns {{ text: string, isMatch: boolean }[]} in order; together they are the passage
 */
export function splitAtMatches(passage, query) {
  const terms = [...new Set(query.match(/[\p{L}\p{N}_]+/gu) ?? [])]
    .filter((term) => [...term].length >= 3 && !commonWords.has(term.toLowerCase()))
    .map((term) => (term.length > 4 ? term.replace(/s$/i, '') : term)) // `drops` also marks `drop`
    .sort((a, b) => b.length - a.length);
  if (terms.length === 0) return [{ text: passage, isMatch: false }];
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])((?:${terms.join('|')})[\\p{L}\\p{N}]*)`, 'giu');
  return passage
    .split(pattern)
    .map((text, index) => ({ text, isMatch: index % 2 === 1 }))
    .filter(({ text }) => text !== '');
}

/** Controls and marks that reorder or hide text have no place in a passage; line breaks stay. */
export function toDisplayText(text) {
  return text.replace(/[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f]|(?![\n\t])\p{Cc}/gu, '');
}
