import { z } from 'zod';
import {
  FilterGroups,
  resolveSearcher,
  resultGroupings,
  retrievalStrategies,
  type SearchDependencies,
  type SearcherDependencies,
  SearchQuery,
  type SearchStore,
  searchCollection,
  warnOfUnknownFields,
} from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { AsUser } from './as-user.ts';
import { requireSearch } from './count-search.ts';
import { collectionNotFound, findSearchable } from './find-searchable.ts';
import { type LogSearchDependencies, logSearch, MayLog, SearchIdAnswer } from './log-search.ts';
import {
  type PresentationDependencies,
  presentationAnswer,
  presentationFields,
  presentResults,
} from './present-results.ts';
import { AppliedRestrictions, Explain, toRestrictions } from './result-explanation.ts';
import { SearchResult } from './search-result.ts';

export interface SearchInstantDependencies
  extends SearchDependencies,
    SearcherDependencies,
    LogSearchDependencies,
    PresentationDependencies {
  readonly index: PresentationDependencies['index'];
  readonly store: Pick<SearchStore, 'findCollection' | 'visibleVersions' | 'sampleFields'>;
}

export const InstantSearchRequest = z
  .object({
    query: SearchQuery.meta({ description: 'What to search for, in words.' }),
    retrieval_strategy: z.enum(retrievalStrategies).default('hybrid'),
    filter: FilterGroups.meta({ description: 'Groups are joined by OR, the conditions of a group by AND.' }),
    limit: z.int().min(1).max(1000).default(100),
    offset: z.int().min(0).default(0),
    as_user: AsUser,
    // Beside the reference: it gives chunks only, which repeats documents.
    group_by: z.enum(resultGroupings).default('document').describe('One result per document, or every passage.'),
    explain: Explain,
    log: MayLog,
    ...presentationFields,
  })
  .meta({ id: 'InstantSearchRequest' });

export const InstantSearchResponse = z
  .object({
    results: z.array(SearchResult).describe('By descending relevance.'),
    strategy: z
      .enum(retrievalStrategies)
      .describe('What was done: `keyword` also when another was asked for and there is no embedding model to ask.'),
    ...presentationAnswer,
    took_ms: z.number(),
    search_id: SearchIdAnswer,
    warnings: z
      .array(z.string())
      .optional()
      .describe('Only where nothing was found: what is probably wrong with the filter.'),
    restrictions: AppliedRestrictions.optional().describe('With `explain` only.'),
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
    example: { query: 'how did revenue grow', limit: 5 },
    response: InstantSearchResponse,
    handler: async ({ params, body, caller, signal }) => {
      const startedAt = performance.now();
      await requireSearch(deps, caller, 'queries');
      const collection = await findSearchable(deps.store, caller.scope, params.readable_id);
      const principals = await resolveSearcher(deps, caller, collection.id, body.as_user);
      const { results, strategy, total } = await searchCollection(
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
          ...(body.explain ? { explain: true } : {}),
        },
        signal,
      );
      const presented = await presentResults(
        deps,
        {
          ...{ scope: caller.scope, query: body.query, hits: results, maxTokens: body.max_tokens, expand: body.expand },
          ownerOf: () => ({ collection, ...(principals === undefined ? {} : { principals }) }),
        },
        signal,
      );
      const tookMs = Math.round((performance.now() - startedAt) * 10) / 10;
      const searchId = logSearch(deps, caller, {
        ...{ collectionId: collection.id, tier: 'instant', query: body.query, strategy, offset: body.offset },
        ...(body.filter === undefined ? {} : { filter: body.filter }),
        ...{ results, tookMs, isKept: body.log },
      });
      const warnings =
        results.length > 0 || body.offset > 0
          ? []
          : await warnOfUnknownFields(deps.store, caller.scope, collection.id, body.filter, principals);
      return {
        ...presented,
        ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
        strategy,
        total,
        took_ms: tookMs,
        search_id: searchId,
        ...(body.explain ? { restrictions: toRestrictions(body.filter, principals) } : {}),
      };
    },
  });
}
