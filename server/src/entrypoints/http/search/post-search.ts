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
import { type OlderSearchDependencies, olderNotFound, runOlderSearch } from './run-older-search.ts';

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
    response: z.union([LegacySearchResponse, OlderSearchResponse]),
    errors: [404],
    handler: async ({ params, body: request, caller, signal }) => {
      const { readable_id } = params;
      if (request.form === 'legacy') {
        const { body } = request;
        const strategy = body.search_method ?? body.retrieval_strategy;
        const search = { ...body, strategy, connectionIds: body.source_connection_ids };
        const hits = await runOlderSearch(deps, caller, readable_id, search, signal);
        return toJsonResponse(toLegacyResponse(hits, body.response_type), deprecationHeaders);
      }
      const { body } = request;
      const search = { ...body, strategy: body.retrieval_strategy, connectionIds: body.source_connection_ids };
      const hits = await runOlderSearch(deps, caller, readable_id, search, signal);
      const isRemovedAsked = (body.temporal_relevance ?? 0) > 0;
      return isRemovedAsked ? toJsonResponse(toSearchResponse(hits), removedFeatureHeaders) : toSearchResponse(hits);
    },
  });
}
