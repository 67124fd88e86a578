import { isAppError, type Scope } from '../shared/index.ts';
import type { Encoder } from './encoder.ts';
import { explainHit, type HitExplanation } from './explain-hit.ts';
import type { Filter } from './filter.ts';
import { rankChunks } from './rank-chunks.ts';
import type { IndexChunk, IndexRef, SearchIndex } from './search-index.ts';
import type { SearchQuery } from './search-query.ts';
import type { SearchableCollection, SearchStore } from './search-store.ts';

export const retrievalStrategies = ['hybrid', 'semantic', 'keyword'] as const;
export type RetrievalStrategy = (typeof retrievalStrategies)[number];
export const resultGroupings = ['document', 'chunk'] as const;
export type ResultGrouping = (typeof resultGroupings)[number];

export interface SearchDependencies {
  readonly index: Pick<SearchIndex, 'retrieve' | 'fetch'>;
  /** Absent where no embedding model is used: then only the keyword arm is asked. */
  readonly encoder?: Pick<Encoder, 'name' | 'embedQuery'>;
  readonly store: Pick<SearchStore, 'visibleVersions'>;
}

export interface SearchRequest {
  readonly collection: SearchableCollection;
  readonly query: SearchQuery;
  readonly strategy: RetrievalStrategy;
  readonly filter?: Filter;
  /** From 1. */
  readonly limit: number;
  /** From 0. */
  readonly offset: number;
  /** `document`: one result each, with its best passage. */
  readonly groupBy: ResultGrouping;
  /** The searcher's principals; absent: sees everything in the scope. */
  readonly principals?: readonly string[];
  /** Whether each hit says why it is where it is; default false. */
  readonly explain?: boolean;
}

export interface SearchHit {
  readonly chunk: IndexChunk;
  /** Higher is better; 1 is best in every arm asked, deep hits go below 0. Comparable within one query only. */
  readonly score: number;
  /** Only where it was asked for. */
  readonly explanation?: HitExplanation;
}

export interface SearchAnswer {
  /** Best first. */
  readonly results: readonly SearchHit[];
  /** What was done: `keyword` also when another was asked for and the model is absent or down. */
  readonly strategy: RetrievalStrategy;
  /** Results in all, whatever the page; null where counting them would cost more than the page does. */
  readonly total: number | null;
  readonly timings: { readonly encodeMs: number; readonly retrieveMs: number; readonly fetchMs: number };
}

/**
 * One search of one collection: encode the query, ask both arms, hide what is superseded, fuse, group, and fetch the page.
 *
 * @throws AppError('unavailable') when the index does not answer in time; the signal's reason when it is aborted
 */
export async function searchCollection(
  deps: SearchDependencies,
  scope: Scope,
  request: SearchRequest,
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const startedAt = performance.now();
  const vector = request.strategy === 'keyword' ? undefined : await encode(deps, request);
  const strategy = vector === undefined ? 'keyword' : request.strategy;
  const ref: IndexRef = { scope, collectionId: request.collection.id, generation: request.collection.generation };
  const encodedAt = performance.now();
  let retrieveMs = 0;
  let fetchMs = 0;
  for (let isRetry = false; ; isRetry = true) {
    const rankingAt = performance.now();
    const ranked = await rankChunks(
      deps,
      {
        ref,
        ...(strategy === 'semantic' ? {} : { text: request.query }),
        ...(vector === undefined ? {} : { vector }),
        ...(request.filter === undefined ? {} : { filter: request.filter }),
        ...(request.principals === undefined ? {} : { principals: request.principals }),
        groupBy: request.groupBy,
        count: request.offset + request.limit,
        ...(request.explain === true ? { explain: true } : {}),
      },
      signal,
    );
    const page = ranked.hits.slice(request.offset);
    const fetchingAt = performance.now();
    retrieveMs += fetchingAt - rankingAt;
    const chunks = new Map<string, IndexChunk>();
    if (page.length > 0) {
      for (const chunk of await deps.index.fetch(
        ref,
        page.map((hit) => hit.chunkId),
      ))
        chunks.set(chunk.chunkId, chunk);
    }
    signal.throwIfAborted();
    fetchMs += performance.now() - fetchingAt;
    // A row that went between the ranking and the fetch belongs to a document that has newer rows by now, or is gone: look again, once.
    if (chunks.size < page.length && !isRetry) continue;
    const results = page.flatMap(({ chunkId, score, explanation }) => {
      const chunk = chunks.get(chunkId);
      if (chunk === undefined) return [];
      if (explanation === undefined) return [{ chunk, score }];
      return [{ chunk, score, explanation: explainHit(explanation, chunk, request.query, request.principals) }];
    });
    const timings = { encodeMs: encodedAt - startedAt, retrieveMs, fetchMs };
    return { results, strategy, total: ranked.total, timings };
  }
}

/**
 * No search fails because the model is absent, down, or not the one that the collection was indexed with: the keyword arm
 * answers alone, and the answer says so.
 */
async function encode(
  { encoder }: SearchDependencies,
  { collection, query }: SearchRequest,
): Promise<Float32Array | undefined> {
  if (encoder?.name !== collection.encoderName) return undefined;
  try {
    return await encoder.embedQuery(query);
  } catch (error) {
    if (isAppError(error, 'unavailable')) return undefined;
    throw error;
  }
}
