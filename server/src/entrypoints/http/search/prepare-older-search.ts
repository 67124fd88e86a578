import type { Caller } from '../../../core/access/index.ts';
import type { LanguageModels } from '../../../core/language-models/index.ts';
import {
  type Filter,
  parseClauseFilter,
  type RetrievalStrategy,
  resolveSearcher,
  type SearchableCollection,
  type SearchDependencies,
  type SearcherDependencies,
  type SearchQuery,
  type SearchStore,
  withStoredLabels,
} from '../../../core/search/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { requireSearch } from './count-search.ts';
import type { LogSearchDependencies } from './log-search.ts';
import type { OlderSearchRequest, olderStrategies } from './older-search-request.ts';

export interface OlderSearchDependencies extends SearchDependencies, SearcherDependencies, LogSearchDependencies {
  readonly store: SearchStore;
  readonly languageModels?: LanguageModels;
  /** Default: the machine's clock. */
  readonly now?: () => Date;
}

/** What both forms of the older search come to. Null and absent mean the default. */
export interface OlderSearch {
  readonly query: SearchQuery;
  readonly strategy?: (typeof olderStrategies)[number] | null | undefined;
  readonly filter?: Readonly<Record<string, unknown>> | null | undefined;
  readonly connectionIds?: readonly string[] | null | undefined;
  readonly offset?: number | null | undefined;
  readonly limit?: number | null | undefined;
  /** Whose eyes it has; default: the caller's. */
  readonly asUser?: string | null | undefined;
  /** Search in other words too; default true, never with `keyword`. */
  readonly expandQuery?: boolean | null | undefined;
  /** Read filters out of the question; default false. */
  readonly interpretFilters?: boolean | null | undefined;
  /** Let a language model order the best hits; default true. */
  readonly rerank?: boolean | null | undefined;
  /** Answer in words; default true. */
  readonly generateAnswer?: boolean | null | undefined;
}

/** An older search that was understood, with everything looked up that it needs. */
export interface PreparedOlderSearch {
  readonly collection: SearchableCollection;
  readonly readableId: string;
  readonly query: SearchQuery;
  readonly strategy: RetrievalStrategy;
  readonly filter?: Filter;
  readonly principals?: readonly string[];
  readonly offset: number;
  readonly limit: number;
  readonly expandsQuery: boolean;
  readonly interpretsFilters: boolean;
  readonly reranks: boolean;
  readonly answers: boolean;
}

/** The contract has no upper bound; an arm is never read deeper than this. */
const maxLimit = 10_000;

/** Clients compare these words, full stop included; the tiers' have none. */
export const olderNotFound = (readableId: string): string => `Collection '${readableId}' not found.`;

export function toOlderSearch(request: OlderSearchRequest): OlderSearch {
  if (request.form === 'search') {
    const { body } = request;
    return {
      ...{ query: body.query, filter: body.filter, offset: body.offset, limit: body.limit },
      ...{ strategy: body.retrieval_strategy, connectionIds: body.source_connection_ids, asUser: body.as_user },
      expandQuery: body.expand_query,
      interpretFilters: body.interpret_filters,
      rerank: body.rerank,
      generateAnswer: body.generate_answer,
    };
  }
  const { body } = request;
  return {
    ...{ query: body.query, filter: body.filter, offset: body.offset, limit: body.limit },
    strategy: body.search_method ?? body.retrieval_strategy,
    ...{ connectionIds: body.source_connection_ids, asUser: body.as_user },
    expandQuery: body.expansion_strategy === 'no_expansion' ? false : null,
    interpretFilters: body.enable_query_interpretation,
    rerank: body.enable_reranking,
    generateAnswer: body.response_type === 'completion',
  };
}

/**
 * Checks an older search and looks up what it needs, before anything is searched or sent.
 *
 * @throws AppError('unprocessable') for paging and filters that make no sense, AppError('not_found') without the collection,
 *         AppError('invalid_request') where the searches are used up
 */
export async function prepareOlderSearch(
  deps: OlderSearchDependencies,
  caller: Caller,
  readableId: string,
  search: OlderSearch,
): Promise<PreparedOlderSearch> {
  await requireSearch(deps, caller, 'queries');
  const offset = search.offset ?? 0;
  const limit = search.limit ?? 100;
  if (offset < 0) throw new AppError('unprocessable', `'offset' should be 0 or more, not ${offset}.`);
  if (limit < 1) throw new AppError('unprocessable', `'limit' should be 1 or more, not ${limit}.`);
  const collection = await deps.store.findCollection(caller.scope, readableId);
  if (collection === undefined) throw new AppError('not_found', olderNotFound(readableId));
  const parsed = parseClauseFilter(search.filter ?? {}, { collectionIds: [collection.id, readableId] });
  const written = await withStoredLabels(parsed, () => deps.store.listConnectionIds(caller.scope, collection.id));
  const { connectionIds } = search;
  const filter =
    connectionIds === null || connectionIds === undefined
      ? written
      : withSyncs(written, await deps.store.listSyncIds(caller.scope, collection.id, connectionIds));
  const principals = await resolveSearcher(deps, caller, collection.id, search.asUser);
  const strategy = toStrategy(search.strategy);
  return {
    collection,
    readableId,
    query: search.query,
    strategy,
    ...(filter === undefined ? {} : { filter }),
    ...(principals === undefined ? {} : { principals }),
    offset,
    limit: Math.min(limit, maxLimit),
    expandsQuery: (search.expandQuery ?? true) && strategy !== 'keyword',
    interpretsFilters: search.interpretFilters ?? false,
    reranks: search.rerank ?? true,
    answers: search.generateAnswer ?? true,
  };
}

function toStrategy(strategy: OlderSearch['strategy']): RetrievalStrategy {
  if (strategy === null || strategy === undefined) return 'hybrid';
  return strategy === 'neural' ? 'semantic' : strategy;
}

function withSyncs(filter: Filter | undefined, syncIds: readonly string[]): Filter {
  const condition = { field: 'airweave_system_metadata.sync_id', operator: 'in', value: syncIds } as const;
  return (filter ?? [[]]).map((group) => [...group, condition]);
}
