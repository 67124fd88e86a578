import { isAppError } from '../../shared/index.ts';
import { type SearchHit, searchCollection } from '../search-collection.ts';
import type { AgenticDependencies, AgenticRequest } from './agentic-search.ts';
import { type AgenticTarget, selectWithin } from './agentic-target.ts';

/** Filters name so many documents at most; those beyond keep the order of collecting. */
const maxRanked = 200;
/** Damping of reciprocal ranks; the usual one. */
const rankOffset = 60;

/**
 * Puts what was collected in order: what ranks high for the question as it was asked, and what was collected early. Scores are
 * those of that one ranking, so that they can be compared, and fall.
 */
export async function orderCollected(
  deps: AgenticDependencies,
  target: AgenticTarget,
  request: AgenticRequest,
  collected: readonly SearchHit[],
  signal: AbortSignal,
): Promise<readonly SearchHit[]> {
  if (collected.length < 2) return collected;
  const ranked = collected.slice(0, maxRanked);
  const results = await rank(deps, target, request, ranked, signal);
  const ranks = new Map(results.map(({ chunk }, rank) => [chunk.documentId, rank]));
  const scores = new Map(results.map(({ chunk, score }) => [chunk.documentId, score]));
  const rankValue = (hit: SearchHit, place: number): number => {
    const rank = ranks.get(hit.chunk.documentId);
    return 1 / (rankOffset + place + 1) + (rank === undefined ? 0 : 1 / (rankOffset + rank + 1));
  };
  const ordered = ranked
    .map((hit, place) => ({ hit, value: rankValue(hit, place) }))
    .toSorted((a, b) => b.value - a.value)
    .map(({ hit }) => hit);
  const all = [...ordered, ...collected.slice(maxRanked)];
  const falling = all.map(({ chunk }) => scores.get(chunk.documentId) ?? 0).toSorted((a, b) => b - a);
  return all.map((hit, place) => ({ ...hit, score: falling[place] ?? 0 }));
}

async function rank(
  deps: AgenticDependencies,
  target: AgenticTarget,
  request: AgenticRequest,
  hits: readonly SearchHit[],
  signal: AbortSignal,
): Promise<readonly SearchHit[]> {
  const entityIds = [...new Set(hits.map(({ chunk }) => chunk.entityId))];
  try {
    const { results } = await searchCollection(
      deps,
      target.scope,
      {
        collection: target.collection,
        query: request.query,
        strategy: 'hybrid',
        ...selectWithin(target, [
          [{ field: 'airweave_system_metadata.original_entity_id', operator: 'in', value: entityIds }],
        ]),
        offset: 0,
        limit: maxRanked,
        groupBy: 'document',
      },
      signal,
    );
    return results;
  } catch (error) {
    // What was collected is worth showing in its own order too.
    if (isAppError(error, 'unavailable')) return [];
    throw error;
  }
}
