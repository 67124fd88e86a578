import { z } from 'zod';
import { SearchQuery } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { deprecationHeaders, LegacySearchResponse, toJsonResponse, toLegacyResponse } from './older-search-answer.ts';
import { responseTypes } from './older-search-request.ts';
import { type OlderSearchDependencies, olderNotFound, prepareOlderSearch } from './prepare-older-search.ts';
import { runOlderSearch } from './run-older-search.ts';

const Query = z.object({
  query: SearchQuery,
  response_type: z.enum(responseTypes).default('raw'),
  limit: z.int().min(1).max(1000).default(100),
  offset: z.int().min(0).default(0),
  recency_bias: z.number().min(0).max(1).optional().describe('Taken and ignored.'),
});

/** `GET /collections/{readable_id}/search`: the oldest form of search, deprecated. */
export function getSearchEndpoint(deps: OlderSearchDependencies): Endpoint {
  return defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/search',
    summary: 'Search a collection by address, for older clients',
    description: 'New code should use `POST /collections/{readable_id}/search/instant`.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound: olderNotFound },
    params: z.object({ readable_id: z.string() }),
    query: Query,
    response: LegacySearchResponse,
    errors: [404],
    handler: async ({ params, query, caller, signal }) => {
      const { query: question, limit, offset, response_type } = query;
      const search = { query: question, limit, offset, generateAnswer: response_type === 'completion' };
      const prepared = await prepareOlderSearch(deps, caller, params.readable_id, search);
      const outcome = await runOlderSearch(deps, caller, prepared, signal);
      return toJsonResponse(toLegacyResponse(outcome, response_type), deprecationHeaders);
    },
  });
}
