import type { Caller } from '../../../core/access/index.ts';
import {
  type Filter,
  parseClauseFilter,
  principalsOf,
  type RetrievalStrategy,
  type SearchDependencies,
  type SearchHit,
  type SearchQuery,
  type SearchStore,
  searchCollection,
} from '../../../core/search/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import type { olderStrategies } from './older-search-request.ts';

export interface OlderSearchDependencies extends SearchDependencies {
  readonly store: Pick<SearchStore, 'findCollection' | 'visibleVersions' | 'listSyncIds'>;
}

/** What both forms of the older search come to. Null and absent mean the default. */
export interface OlderSearch {
  readonly query: SearchQuery;
  readonly strategy?: (typeof olderStrategies)[number] | null | undefined;
  readonly filter?: Readonly<Record<string, unknown>> | null | undefined;
  readonly connectionIds?: readonly string[] | null | undefined;
  readonly offset?: number | null | undefined;
  readonly limit?: number | null | undefined;
}

/** The contract has no upper bound; an arm is never read deeper than this. */
const maxLimit = 10_000;

/** Clients compare these words, full stop included; the tiers' have none. */
export const olderNotFound = (readableId: string): string => `Collection '${readableId}' not found.`;

/**
 * The older search as one instant search: expansion, interpreted filters, reranking and answers need a language model, and are
 * left out without one.
 *
 * @throws AppError('unprocessable') for paging and filters that make no sense, AppError('not_found') without the collection
 */
export async function runOlderSearch(
  deps: OlderSearchDependencies,
  caller: Caller,
  readableId: string,
  search: OlderSearch,
  signal: AbortSignal,
): Promise<readonly SearchHit[]> {
  const offset = search.offset ?? 0;
  const limit = search.limit ?? 100;
  if (offset < 0) throw new AppError('unprocessable', `'offset' should be 0 or more, not ${offset}.`);
  if (limit < 1) throw new AppError('unprocessable', `'limit' should be 1 or more, not ${limit}.`);
  const collection = await deps.store.findCollection(caller.scope, readableId);
  if (collection === undefined) throw new AppError('not_found', olderNotFound(readableId));
  const written = parseClauseFilter(search.filter ?? {}, { collectionIds: [collection.id, readableId] });
  const { connectionIds } = search;
  const filter =
    connectionIds === null || connectionIds === undefined
      ? written
      : withSyncs(written, await deps.store.listSyncIds(caller.scope, collection.id, connectionIds));
  const principals = principalsOf(caller);
  const { results } = await searchCollection(
    deps,
    caller.scope,
    {
      collection,
      query: search.query,
      strategy: toStrategy(search.strategy),
      ...(filter === undefined ? {} : { filter }),
      limit: Math.min(limit, maxLimit),
      offset,
      groupBy: 'document',
      ...(principals === undefined ? {} : { principals }),
    },
    signal,
  );
  return results;
}

function toStrategy(strategy: OlderSearch['strategy']): RetrievalStrategy {
  if (strategy === null || strategy === undefined) return 'hybrid';
  return strategy === 'neural' ? 'semantic' : strategy;
}

function withSyncs(filter: Filter | undefined, syncIds: readonly string[]): Filter {
  const condition = { field: 'airweave_system_metadata.sync_id', operator: 'in', value: syncIds } as const;
  return (filter ?? [[]]).map((group) => [...group, condition]);
}
