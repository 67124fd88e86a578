import type { SearchHit } from '../search-collection.ts';
import type { IndexChunk } from '../search-index.ts';
import type { Citation } from './agentic-search.ts';
import { namesIn } from './decompose-question.ts';
import { hasTerm, questionTermsOf } from './excerpt.ts';

const maxQuoteLength = 300;
const maxQuotes = 4;

/** The words of the question that none of the results has. */
export function missingTerms(question: string, hits: readonly SearchHit[]): readonly string[] {
  const texts = hits.map(textOf);
  return questionTermsOf(question).filter((term) => !texts.some((text) => hasTerm(text, term)));
}

/**
 * The parts of a question that no result is about: none has even one of the words that are the part's own. Less strict, later
 * rounds would take places from better results.
 */
export function uncoveredParts(parts: readonly string[], hits: readonly SearchHit[]): readonly string[] {
  const texts = hits.map(textOf);
  const termLists = parts.map(questionTermsOf);
  return parts.filter((_, place) => {
    const others = new Set(termLists.filter((_terms, other) => other !== place).flat());
    const own = (termLists[place] ?? []).filter((term) => !others.has(term));
    return own.length > 0 && !own.some((term) => texts.some((text) => hasTerm(text, term)));
  });
}

/**
 * Whether the results may have the answer, as far as words can tell: not when no word of the question is in them, nor when a name,
 * a code or a quotation of it is in none. Synonyms are no reason to say no.
 */
export function seemsAnswered(question: string, phrases: readonly string[], hits: readonly SearchHit[]): boolean {
  if (hits.length === 0) return false;
  const terms = questionTermsOf(question);
  if (terms.length === 0) return true;
  const missing = new Set(missingTerms(question, hits));
  if (missing.size === terms.length) return false;
  const named = [...namesIn(question), ...phrases].flatMap(questionTermsOf);
  return !named.some((term) => missing.has(term));
}

/**
 * The sentences that have the question's words: first the one with most of them, then the one with most of what is still missing,
 * and so on. Ties go to the earlier passage.
 */
export function quoteBest(question: string, chunks: readonly IndexChunk[]): readonly Citation[] {
  const terms = questionTermsOf(question);
  const sentences = chunks.flatMap((chunk) =>
    sentencesOf(chunk.text).map((quote) => {
      const lower = quote.toLowerCase();
      const has = terms.filter((term) => hasTerm(lower, term));
      return { citation: { entityId: `${chunk.entityId}__chunk_${chunk.chunkIndex}`, quote }, has };
    }),
  );
  const citations: Citation[] = [];
  const missing = new Set(terms);
  while (citations.length < maxQuotes) {
    let best: { readonly citation: Citation; readonly has: readonly string[]; readonly count: number } | undefined;
    for (const sentence of sentences) {
      const count = sentence.has.filter((term) => missing.has(term)).length;
      if (count > (best?.count ?? 0)) best = { ...sentence, count };
    }
    if (best === undefined) break;
    citations.push(best.citation);
    for (const term of best.has) missing.delete(term);
  }
  return citations;
}

/** Passages have about a thousand characters; of pushed ones of any length the first sentences are enough. */
const maxSentences = 500;

function sentencesOf(text: string): readonly string[] {
  return text
    .slice(0, 200_000)
    .split(/(?<=[.!?。！？])\s+|\n+/u, maxSentences)
    .map((sentence) => sentence.trim().slice(0, maxQuoteLength).toWellFormed())
    .filter((sentence) => sentence.length >= 12);
}

export function textOf({ chunk }: Pick<SearchHit, 'chunk'>): string {
  return [chunk.name, chunk.entityId, ...chunk.headings, chunk.text].join('\n').toLowerCase();
}
