import type { Citation } from './agentic-search.ts';

/** Shorter quotes are in any text and prove nothing. */
const minQuoteLength = 8;
const maxQuoteLength = 1_000;
const maxAnswerLength = 20_000;

export interface WrittenAnswer {
  readonly answer: string | null;
  readonly citations: readonly Citation[];
}

export interface CheckedAnswer extends WrittenAnswer {
  /** Citations that were dropped, since the passage was not read or does not say so. */
  readonly dropped: number;
}

/**
 * Keeps the citations whose quote is in a passage that was shown, and numbers them anew in the answer; marks of dropped ones go.
 * An answer of which nothing is left proven is dropped as well.
 *
 * @param shownTexts what was shown of each passage, by the passage's id
 */
export function checkCitations(
  { answer, citations }: WrittenAnswer,
  shownTexts: ReadonlyMap<string, string>,
): CheckedAnswer {
  const numbers = new Map<number, number>();
  const kept: Citation[] = [];
  for (const [place, citation] of citations.entries()) {
    const shown = shownTexts.get(citation.entityId);
    if (shown === undefined || !isQuoted(shown, citation.quote)) continue;
    kept.push(citation);
    numbers.set(place + 1, kept.length);
  }
  const dropped = citations.length - kept.length;
  if (answer === null || kept.length === 0) return { answer: null, citations: kept, dropped };
  const renumbered = answer
    .slice(0, maxAnswerLength)
    .toWellFormed()
    .replaceAll(/ ?\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]/g, (mark, list: string) => {
      const still = list.split(',').flatMap((number) => numbers.get(Number(number)) ?? []);
      return still.length === 0 ? '' : `${mark.startsWith(' ') ? ' ' : ''}[${still.join(', ')}]`;
    });
  return { answer: renumbered, citations: kept, dropped };
}

export function isQuoted(text: string, quote: string): boolean {
  const wanted = normalise(quote);
  return wanted.length >= minQuoteLength && quote.length <= maxQuoteLength && normalise(text).includes(wanted);
}

/** Models change white space, quotation marks, dashes and the case of a first letter; not words. */
function normalise(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g, '')
    .replaceAll(/[‘’‚‛]/g, "'")
    .replaceAll(/[“”„‟]/g, '"')
    .replaceAll(/[‐‑‒–—―]/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
