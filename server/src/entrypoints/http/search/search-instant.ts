import { z } from 'zod';
import {
  FilterGroups,
  principalsOf,
  resultGroupings,
  retrievalStrategies,
  type SearchDependencies,
  SearchQuery,
  type SearchStore,
  searchCollection,
} from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { collectionNotFound, findSearchable } from './find-searchable.ts';
import { SearchResult, toSearchResult } from './search-result.ts';

export interface SearchInstantDependencies extends SearchDependencies {
  readonly store: Pick<SearchStore, 'findCollection' | 'visibleVersions'>;
}

const InstantSearchRequest = z
  .object({
    query: SearchQuery.meta({ description: 'What to search for, in words.' }),
    retrieval_strategy: z.enum(retrievalStrategies).default('hybrid'),
    filter: FilterGroups.meta({ description: 'Groups are joined by OR, the conditions of a group by AND.' }),
    limit: z.int().min(1).max(1000).default(100),
    offset: z.int().min(0).default(0),
    // Beside the reference: it gives chunks only, which repeats documents.
    group_by: z.enum(resultGroupings).default('document').describe('One result per document, or every passage.'),
  })
  .meta({ id: 'InstantSearchRequest' });

const InstantSearchResponse = z
  .object({
    results: z.array(SearchResult).describe('By descending relevance.'),
    strategy: z
      .enum(retrievalStrategies)
      .describe('What was done: `keyword` also when another was asked for and there is no embedding model to ask.'),
    took_ms: z.number(),
  })
  .meta({ id: 'InstantSearchResponse' });

/** `POST /collections/{readable_id}/search/instant`: one hybrid search, no language model. */
export function searchInstantEndpoint(deps: SearchInstantDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/search/instant',
    summary: 'Search a collection at once',
    description:
      'Finds passages by words and by meaning. Pages are stable: offset and limit cut one and the same ranking.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound },
    params: z.object({ readable_id: z.string() }),
    body: InstantSearchRequest,
    response: InstantSearchResponse,
    handler: async ({ params, body, caller, signal }) => {
      const startedAt = performance.now();
      const collection = await findSearchable(deps.store, caller.scope, params.readable_id);
      const principals = principalsOf(caller);
      const { results, strategy } = await searchCollection(
        deps,
        caller.scope,
        {
          collection,
          query: body.query,
          strategy: body.retrieval_strategy,
          ...(body.filter === undefined ? {} : { filter: body.filter }),
          limit: body.limit,
          offset: body.offset,
          groupBy: body.group_by,
          ...(principals === undefined ? {} : { principals }),
        },
        signal,
      );
      const tookMs = Math.round((performance.now() - startedAt) * 10) / 10;
      return { results: results.map(toSearchResult), strategy, took_ms: tookMs };
    },
  });
}
