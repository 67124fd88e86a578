import type { SearchHit } from '../search-collection.ts';
import type { SearchPlan } from './search-plan.ts';

/** Hits from the best that may change places. A page must not depend on how many were asked for, so this is fixed. */
export const arrangedHits = 100;
/** Good hits, which "latest" orders by date: of the first so many, those that score at least so well. */
const goodHits = 20;
const goodScore = 0.5;

/** Whether a plan needs the texts of hits before it can say which come first. */
export function arranges(plan: SearchPlan): boolean {
  return plan.phrases.length > 0 || plan.exclusions.length > 0 || plan.order === 'newest';
}

/**
 * Puts the first hits in the order that the plan wants: without what was excluded, newest first where that was asked for, what
 * has the phrases before what has not. Scores are handed out again by place, so that they still fall.
 *
 * @param hits the ranking from its beginning, best first
 */
export function arrangeHits(hits: readonly SearchHit[], plan: SearchPlan): readonly SearchHit[] {
  const texts = new Map(hits.map((hit) => [hit, textOf(hit)]));
  const has = (hit: SearchHit, words: string) => containsWords(texts.get(hit) ?? '', words);
  const removed = plan.exclusions.filter(({ effect }) => effect === 'remove');
  const keep = (some: readonly SearchHit[]) => some.filter((hit) => !removed.some(({ words }) => has(hit, words)));
  const best = keep(hits.slice(0, arrangedHits));
  const rest = keep(hits.slice(arrangedHits));
  const scores = [...best, ...rest].map(({ score }) => score);
  const dated = plan.order === 'newest' ? byDate(best) : best;
  const demoted = plan.exclusions.filter(({ effect }) => effect === 'demote');
  // A passage that says "without sugar" is what "without sugar" looks for.
  const unwantedIn = (hit: SearchHit) =>
    demoted.filter(
      ({ words }) => has(hit, words) && !['without', 'no', 'not', 'excluding'].some((no) => has(hit, `${no} ${words}`)),
    );
  const isUnwanted = (hit: SearchHit) => unwantedIn(hit).length > 0;
  const missing = (hit: SearchHit) => plan.phrases.filter((phrase) => !has(hit, phrase)).length;
  const arranged = dated.toSorted((a, b) => missing(a) - missing(b) || Number(isUnwanted(a)) - Number(isUnwanted(b)));
  const explained = hits.some((hit) => hit.explanation !== undefined)
    ? new Map(hits.map((hit, place) => [hit, place + 1]))
    : undefined;
  const byDateAmong = explained !== undefined && plan.order === 'newest' ? new Set(goodAmong(best)) : undefined;
  return [...arranged, ...rest].map((hit, place): SearchHit => {
    const score = scores[place] ?? 0;
    if (explained === undefined || hit.explanation === undefined) return { ...hit, score };
    const arrangement = {
      relevancePlace: explained.get(hit) ?? 0,
      phrases: plan.phrases.filter((phrase) => has(hit, phrase)),
      isByDate: byDateAmong?.has(hit) ?? false,
      demotedFor: unwantedIn(hit).map(({ words }) => words),
    };
    return { ...hit, score, explanation: { ...hit.explanation, arrangement } };
  });
}

function goodAmong(hits: readonly SearchHit[]): readonly SearchHit[] {
  return hits.filter((hit, place) => place < goodHits && hit.score >= goodScore);
}

function byDate(hits: readonly SearchHit[]): readonly SearchHit[] {
  const good = goodAmong(hits);
  const timeOf = ({ chunk }: SearchHit) => (chunk.updatedAt ?? chunk.createdAt)?.getTime() ?? Number.NEGATIVE_INFINITY;
  const times = new Map(good.map((hit) => [hit, timeOf(hit)]));
  const at = (hit: SearchHit) => times.get(hit) ?? 0;
  // Not the difference: that of two that have no date is not a number.
  const newestFirst = good.toSorted((a, b) => (at(a) === at(b) ? 0 : at(a) > at(b) ? -1 : 1));
  return [...newestFirst, ...hits.filter((hit) => !times.has(hit))];
}

function textOf({ chunk }: SearchHit): string {
  return ` ${[chunk.name, ...chunk.headings, chunk.text]
    .join(' ')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `;
}

/** Whole words in a row, whatever stands between them and however they are written. */
function containsWords(text: string, words: string): boolean {
  const wanted = words
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return wanted !== '' && text.includes(` ${wanted} `);
}
