import { z } from 'zod';
import type { ArmHit, IndexRef, RetrieveRequest, RetrieveResult } from '../../../core/search/search-index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { topHits } from '../top-hits.ts';
import { generationKey, toArmHit } from './chunk-documents.ts';
import { type Cluster, limitsMs } from './cluster.ts';
import { isPassingStatus, unavailable } from './cluster-errors.ts';
import { compileFilter } from './compile-filter.ts';
import { toTerm } from './indexed-text.ts';
import { anyOf, anyTerm, not, type Query } from './query.ts';
import { queryWordsOf } from './search-words.ts';

/** Of one arm; a cluster gives no more. */
const maxHits = 10_000;

const Found = z.object({
  status: z.number().optional(),
  error: z.object({ type: z.string().optional() }).optional(),
  timed_out: z.boolean().optional(),
  hits: z.object({ hits: z.array(z.object({ sort: z.tuple([z.number(), z.string()]) })).default([]) }).optional(),
});
const Answer = z.object({ responses: z.array(Found) });
type Found = z.infer<typeof Found>;

/** Both arms in one request, ids only. */
export async function retrieveFrom(
  cluster: Cluster,
  index: string,
  dimensions: number,
  ref: IndexRef,
  request: RetrieveRequest,
): Promise<RetrieveResult> {
  const { text, vector, limit } = request;
  if (vector !== undefined && vector.length !== dimensions) {
    throw new AppError('internal', `A query of ${vector.length} dimensions was put to an index of ${dimensions}.`);
  }
  const filter = visibleRows(ref, request);
  const words = text === undefined ? '' : queryWordsOf(text);
  // One more than wanted shows whether a tie goes on behind the last.
  const count = Math.min(limit + 1, maxHits);
  const searches = [
    ...(words === '' ? [] : [keywordSearch(words, filter, Math.min(limit, maxHits))]),
    ...(vector === undefined ? [] : [semanticSearch(vector, filter, count)]),
  ];
  const found = await searchAll(cluster, index, ref, searches);
  const keyword = words === '' ? [] : toHits(found[0], (score) => score);
  const nearest = toHits(found.at(-1), toDotProduct);
  return {
    ...(text === undefined ? {} : { keyword }),
    ...(vector === undefined
      ? {}
      : {
          semantic: await topHits(
            limit,
            async (wanted) => {
              if (wanted === count) return nearest;
              const [more] = await searchAll(cluster, index, ref, [semanticSearch(vector, filter, wanted)]);
              return toHits(more, toDotProduct);
            },
            maxHits,
          ),
        }),
  };
}

/** The generation, the filter and the searcher, all of which are applied before anything is ranked. */
function visibleRows(ref: IndexRef, { filter, principals }: RetrieveRequest): readonly Query[] {
  return [
    anyTerm('ref', [generationKey(ref)]),
    ...(filter === undefined ? [] : [compileFilter(filter)]),
    ...(principals === undefined
      ? []
      : [
          anyOf([
            not(anyTerm('is_restricted', ['true'])),
            anyTerm('is_public', ['true']),
            anyTerm('viewers', principals.map(toTerm)),
          ]),
        ]),
  ];
}

/** Ties in order of `hit`, which begins with the chunk id. Sort values are all that is read of a row. */
const idsOnly = {
  _source: false,
  stored_fields: '_none_',
  track_total_hits: false,
  sort: [{ _score: 'desc' }, { hit: 'asc' }],
} as const;

/** The query is data: its words are joined by OR. */
function keywordSearch(words: string, filter: readonly Query[], size: number): object {
  return { ...idsOnly, size, query: { bool: { must: [{ match: { search_text: { query: words } } }], filter } } };
}

function semanticSearch(vector: Float32Array, filter: readonly Query[], k: number): object {
  return {
    ...idsOnly,
    size: k,
    query: { knn: { vector: { vector: Array.from(vector), k, filter: { bool: { filter } } } } },
  };
}

async function searchAll(
  cluster: Cluster,
  index: string,
  ref: IndexRef,
  searches: readonly object[],
): Promise<readonly Found[]> {
  if (searches.length === 0) return [];
  // Always the same copy of the shard while it is there: copies count removed rows differently, which moves scores.
  const { collectionId } = ref;
  const header = { index, routing: collectionId, preference: collectionId, allow_partial_search_results: false };
  const { responses } = await cluster.request(Answer, {
    method: 'POST',
    path: '/_msearch',
    query: {
      filter_path: 'responses.hits.hits.sort,responses.error.type,responses.status,responses.timed_out',
    },
    lines: searches.map((search) => `${JSON.stringify(header)}\n${JSON.stringify(search)}\n`).join(''),
    what: 'query',
    limits: limitsMs.read,
  });
  for (const { status = 200, error, timed_out: isLate } of responses) {
    if (error === undefined && isLate !== true) continue;
    if (isLate === true || isPassingStatus(status))
      throw unavailable('is overloaded or recovering (query). Try again.');
    throw new AppError(
      'internal',
      `The search cluster refused a query (status ${status}: ${error?.type ?? 'unknown'}).`,
    );
  }
  return responses;
}

function toHits(found: Found | undefined, toScore: (score: number) => number): readonly ArmHit[] {
  return found?.hits?.hits.map(({ sort: [score, hit] }) => toArmHit(hit, toScore(score))) ?? [];
}

/** The engine gives 1 + x for a product x from 0, and 1 / (1 - x) for one below. */
function toDotProduct(score: number): number {
  return score >= 1 ? score - 1 : 1 - 1 / score;
}
