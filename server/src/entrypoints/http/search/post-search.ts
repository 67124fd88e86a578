import { z } from 'zod';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import {
  deprecationHeaders,
  LegacySearchResponse,
  OlderSearchResponse,
  removedFeatureHeaders,
  toJsonResponse,
  toLegacyResponse,
  toSearchResponse,
} from './older-search-answer.ts';
import { OlderSearchBody } from './older-search-request.ts';
import {
  type OlderSearchDependencies,
  olderNotFound,
  prepareOlderSearch,
  toOlderSearch,
} from './prepare-older-search.ts';
import { runOlderSearch } from './run-older-search.ts';

/** `POST /collections/{readable_id}/search`: the search of clients up to 0.7, in both of its forms. */
export function postSearchEndpoint(deps: OlderSearchDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/search',
    summary: 'Search a collection, for older clients',
    description: 'Which of the two bodies was sent is told from its keys. New code should use `/search/instant`.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound: olderNotFound },
    params: z.object({ readable_id: z.string() }),
    body: OlderSearchBody,
    example: { query: 'how did revenue grow', retrieval_strategy: 'keyword', generate_answer: false },
    response: z.union([LegacySearchResponse, OlderSearchResponse]),
    errors: [404],
    handler: async ({ params, body: request, caller, signal }) => {
      const prepared = await prepareOlderSearch(deps, caller, params.readable_id, toOlderSearch(request));
      const outcome = await runOlderSearch(deps, caller, prepared, signal);
      if (request.form === 'legacy') {
        return toJsonResponse(toLegacyResponse(outcome, request.body.response_type), deprecationHeaders);
      }
      const isRemovedAsked = (request.body.temporal_relevance ?? 0) > 0;
      return isRemovedAsked
        ? toJsonResponse(toSearchResponse(outcome), removedFeatureHeaders)
        : toSearchResponse(outcome);
    },
  });
}
