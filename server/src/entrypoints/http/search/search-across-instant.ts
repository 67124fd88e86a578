import { z } from 'zod';
import type { SearchStore } from '../../../core/search/index.ts';
import { acrossCollections, searchCollection } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { requireSearch } from './count-search.ts';
import { presentResults } from './present-results.ts';
import {
  principalsAnywhere,
  resolveSearched,
  SearchedCollections,
  type SearchedDependencies,
} from './resolve-searched.ts';
import { toRestrictions } from './result-explanation.ts';
import { InstantSearchRequest, InstantSearchResponse, type SearchInstantDependencies } from './search-instant.ts';

export interface SearchAcrossInstantDependencies extends SearchInstantDependencies, SearchedDependencies {
  readonly store: Pick<SearchStore, 'findCollection' | 'visibleVersions' | 'describeContents' | 'sampleFields'>;
}

/**
 * `POST /search/instant`: one hybrid search over several collections, ranked as one. Beside the reference, which searches one
 * collection at a time.
 */
export function searchAcrossInstantEndpoint(deps: SearchAcrossInstantDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/search/instant',
    summary: 'Search several collections at once',
    description:
      'As the search of one collection. All are ranked as if they were one, and each result names its collection.',
    tags: ['search'],
    access: { scope: 'search' },
    body: InstantSearchRequest.extend({ collections: SearchedCollections }).meta({ id: 'InstantSearchAcrossRequest' }),
    example: { query: 'how did revenue grow', collections: ['finance-data'] },
    response: InstantSearchResponse.omit({ search_id: true })
      .extend({ collections: z.array(z.string()).describe('Those that were searched.') })
      .meta({ id: 'InstantSearchAcrossResponse' }),
    errors: [404],
    handler: async ({ body, caller, signal }) => {
      const startedAt = performance.now();
      await requireSearch(deps, caller, 'queries');
      const searched = await resolveSearched(deps, caller, body.collections, body.as_user);
      const across = acrossCollections(deps, searched);
      const { results, strategy, total } = await searchCollection(
        across.deps,
        caller.scope,
        {
          collection: across.collection,
          query: body.query,
          strategy: body.retrieval_strategy,
          ...(body.filter === undefined ? {} : { filter: body.filter }),
          limit: body.limit,
          offset: body.offset,
          groupBy: body.group_by,
          ...(body.explain ? { explain: true } : {}),
        },
        signal,
      );
      const presented = await presentResults(
        deps,
        {
          ...{ scope: caller.scope, query: body.query, hits: results, maxTokens: body.max_tokens, expand: body.expand },
          ownerOf: ({ chunk }) => across.ownerOf(chunk.documentId),
        },
        signal,
      );
      return {
        ...presented,
        ...{ strategy, total },
        collections: searched.map(({ collection }) => collection.readableId),
        took_ms: Math.round((performance.now() - startedAt) * 10) / 10,
        ...(body.explain ? { restrictions: toRestrictions(body.filter, principalsAnywhere(searched)) } : {}),
      };
    },
  });
}
