import type { SearchHit } from '../search-collection.ts';

/** What a person looks at first: the first round's best keep their places in it. */
export const firstPage = 10;
/** Documents that each of the later rounds may add. */
const maxLater = 5;

export interface Rounds {
  /** The question as it was asked, best first. */
  readonly asked: readonly SearchHit[];
  /** The best for each question within it that nothing on the first page is about. */
  readonly parts: readonly SearchHit[];
  /** Documents with words that the first page lacks, best first. */
  readonly missing: readonly SearchHit[];
  /** Documents about names that the best results lead to, best first. */
  readonly leads: readonly SearchHit[];
}

/**
 * One ranking of all rounds, one hit for each document. The first page is the first round's, but for its last places, of which
 * parts get half of the page at most. Behind it come a few of the first round's with words that it lacks, then its rest. What only
 * later rounds found comes last: put before, it would push out results that are better more often than not.
 */
export function mergeRounds({ asked, parts, missing, leads }: Rounds, limit: number): readonly SearchHit[] {
  const page = Math.min(firstPage, limit);
  const onPage = new Set(asked.slice(0, page).map(documentOf));
  const places = parts.filter((hit) => !onPage.has(documentOf(hit))).slice(0, Math.floor(page / 2));
  const ids = new Set(asked.map(documentOf));
  const merged = oncePerDocument([
    ...asked.slice(0, page - places.length),
    ...places,
    ...asked.slice(0, page),
    ...notIn(asked.slice(0, page), missing)
      .filter((hit) => ids.has(documentOf(hit)))
      .slice(0, maxLater),
    ...asked,
    ...notIn(asked, missing).slice(0, maxLater),
    ...notIn(asked, leads).slice(0, maxLater),
  ]);
  return withFallingScores(merged, asked);
}

function notIn(known: readonly SearchHit[], hits: readonly SearchHit[]): readonly SearchHit[] {
  const ids = new Set(known.map(documentOf));
  return oncePerDocument(hits).filter((hit) => !ids.has(documentOf(hit)));
}

/** The first hit of each document. */
export function oncePerDocument(hits: readonly SearchHit[]): readonly SearchHit[] {
  const seen = new Set<string>();
  return hits.filter((hit) => {
    const isNew = !seen.has(documentOf(hit));
    seen.add(documentOf(hit));
    return isNew;
  });
}

/** Scores of different queries cannot be compared: places hand them out, as the first round gave them. */
export function withFallingScores(hits: readonly SearchHit[], scored: readonly SearchHit[]): readonly SearchHit[] {
  const last = scored.at(-1)?.score ?? 0;
  return hits.map((hit, place) => ({ ...hit, score: scored[place]?.score ?? last }));
}

export function documentOf({ chunk }: SearchHit): string {
  return chunk.documentId;
}
