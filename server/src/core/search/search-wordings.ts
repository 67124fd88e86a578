import type { DocumentId, Scope } from '../shared/index.ts';
import {
  type SearchAnswer,
  type SearchDependencies,
  type SearchHit,
  type SearchRequest,
  searchCollection,
} from './search-collection.ts';
import type { SearchQuery } from './search-query.ts';

/** Hits of each wording that are merged. Fixed, since a page must not depend on how many hits were asked for. */
const mergedHits = 100;

/**
 * One search in several wordings: all are asked at once, and their first 100 hits are merged by the mean of the query's score
 * and the mean score of the variations. Each wording's scores are scaled so that its best hit has 1 and what it does not have 0;
 * one that finds nothing has no say. After the merged hits come the query's others, in its order.
 *
 * Half the weight is the query's because variations are guesses, a language model's as a rule, of which any may be beside the
 * point. What only they find has at most 1/2, and the query's best hit at least that (and goes first where they are equal); hits
 * that no variation has keep their order. So a bad variation adds hits below the best and takes none away, while what several
 * wordings agree on rises. The best of the scores instead of their mean would let the first hit of any variation up beside the
 * query's own.
 *
 * @throws as `searchCollection` does
 */
export async function searchWordings(
  deps: SearchDependencies,
  scope: Scope,
  request: SearchRequest,
  variations: readonly SearchQuery[],
  signal: AbortSignal,
): Promise<SearchAnswer> {
  if (variations.length === 0) return await searchCollection(deps, scope, request, signal);
  const end = request.offset + request.limit;
  const ask = (query: SearchQuery, limit: number) =>
    searchCollection(deps, scope, { ...request, query, offset: 0, limit }, signal);
  const [asked, ...varied] = await Promise.all([
    ask(request.query, Math.max(mergedHits, end)),
    ...variations.map((variation) => ask(variation, mergedHits)),
  ]);
  const merged = mergeWordings(
    asked.results,
    varied.map(({ results }) => results),
    request.groupBy === 'document' ? ({ chunk }) => chunk.documentId : ({ chunk }) => chunk.chunkId,
  );
  return { ...asked, results: merged.slice(request.offset, end), total: null };
}

interface Merged {
  readonly hit: SearchHit;
  readonly asked: number;
  readonly varied: number[];
}

/** @param keyOf what may appear once; of the passages of one document, the query's own is shown */
function mergeWordings(
  asked: readonly SearchHit[],
  varied: readonly (readonly SearchHit[])[],
  keyOf: (hit: SearchHit) => DocumentId | string,
): readonly SearchHit[] {
  const others = varied.filter((hits) => hits.length > 0);
  if (others.length === 0) return asked;
  const merged = new Map<string, Merged>();
  const scaleAsked = toScale(asked);
  for (const hit of asked.slice(0, mergedHits)) {
    merged.set(keyOf(hit), { hit, asked: scaleAsked(hit), varied: others.map(() => 0) });
  }
  for (const [place, hits] of others.entries()) {
    const scale = toScale(hits);
    for (const hit of hits.slice(0, mergedHits)) {
      const known = merged.get(keyOf(hit)) ?? { hit, asked: 0, varied: others.map(() => 0) };
      known.varied[place] = scale(hit);
      merged.set(keyOf(hit), known);
    }
  }
  const first = [...merged.values()]
    .map((entry) => ({ ...entry, score: (entry.asked + mean(entry.varied)) / 2 }))
    .sort((a, b) => b.score - a.score || b.asked - a.asked || compare(keyOf(a.hit), keyOf(b.hit)));
  const rest = asked.slice(mergedHits).filter((hit) => !merged.has(keyOf(hit)));
  return [
    ...first.map(({ hit, score }) => ({ ...hit, score })),
    ...rest.map((hit) => ({ ...hit, score: Math.min(0, scaleAsked(hit) / 2) })),
  ];
}

/** The score of what a wording does not have is that of its 100th hit; of none where it has fewer. */
function toScale(hits: readonly SearchHit[]): (hit: SearchHit) => number {
  const high = hits[0]?.score ?? 0;
  const low = hits[mergedHits - 1]?.score ?? Math.min(0, hits.at(-1)?.score ?? 0);
  return ({ score }) => (high > low ? (score - low) / (high - low) : 1);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
