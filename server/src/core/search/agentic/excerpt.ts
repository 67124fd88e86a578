/** Words that say little about what is asked for. English; other languages' stay terms, which costs a look only. */
const emptyWords = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but by can
  could did do does doing down during each few find for from further get give had has have having he her here hers him his
  how i if in into is it its just know let list me more most my need no nor not now of off on once only or other our out
  over own please said same say search shall she should show so some such tell than that the their them then there these
  they this those through to too under until up us use using very want was we were what when where which while who whom why
  will with without would you your latest newest recent anything anybody anyone everything something someone much many`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** Questions longer than this are texts: their first words are enough. */
const maxTerms = 40;

/** What a question is about: its words without the empty ones, lower case, each once, in order. */
export function questionTermsOf(question: string): readonly string[] {
  const words = question.toLowerCase().match(/[\p{L}\p{N}]+(?:['’._-][\p{L}\p{N}]+)*/gu) ?? [];
  const terms = words.map((word) => word.replace(/['’]s$/u, '')).filter((word) => !emptyWords.has(word));
  return [...new Set(terms)].filter((word) => word.length > 1 || /[^a-z]/.test(word)).slice(0, maxTerms);
}

/** Whether a text has a word that begins as the term does, without a plural's or verb's ending. */
export function hasTerm(lowerCaseText: string, term: string): boolean {
  const stem = stemOf(term);
  for (let at = lowerCaseText.indexOf(stem); at !== -1; at = lowerCaseText.indexOf(stem, at + 1)) {
    // Scripts that do not divide words have terms inside longer runs.
    if (/[^\p{ASCII}]/u.test(stem) || at === 0 || !/[\p{L}\p{N}]/u.test(lowerCaseText[at - 1] ?? '')) return true;
  }
  return false;
}

function stemOf(term: string): string {
  if (/[^a-z]/.test(term)) return term;
  return term.replace(/(?<=[a-z]{3})(?:ies|ied|ing|ed|es|s|e|y)$/, '');
}

/**
 * The stretch of a text with the most of the terms, in whole words.
 *
 * @param maxLength in UTF-16 units, without the ellipses that mark a cut
 */
export function excerptOf(text: string, terms: readonly string[], maxLength: number): string {
  if (text.length <= maxLength) return text;
  const lower = text.toLowerCase();
  const places = terms.flatMap((term) => placesOf(lower, stemOf(term))).toSorted((a, b) => a.at - b.at);
  let best = { from: 0, count: 0 };
  for (const [index, { at }] of places.entries()) {
    const inside = new Set<string>();
    for (const place of places.slice(index, index + 50)) {
      if (place.at < at + maxLength * 0.8) inside.add(place.stem);
    }
    if (inside.size > best.count) best = { from: Math.max(0, at - Math.floor(maxLength * 0.1)), count: inside.size };
  }
  const from = best.from === 0 ? 0 : wordStart(text, best.from);
  const end = Math.min(text.length, from + maxLength);
  const cut = text.slice(from, end).toWellFormed().replaceAll('\ufffd', '');
  return `${from > 0 ? '… ' : ''}${cut.trim()}${end < text.length ? ' …' : ''}`;
}

/** Enough to find a dense stretch; a text of megabytes may have a term everywhere. */
const maxPlacesPerTerm = 200;

function placesOf(text: string, stem: string): readonly { readonly at: number; readonly stem: string }[] {
  const places: { at: number; stem: string }[] = [];
  for (let at = text.indexOf(stem); at !== -1 && places.length < maxPlacesPerTerm; at = text.indexOf(stem, at + 1)) {
    places.push({ at, stem });
  }
  return places;
}

function wordStart(text: string, from: number): number {
  const space = text.indexOf(' ', from);
  return space === -1 || space - from > 40 ? from : space + 1;
}
