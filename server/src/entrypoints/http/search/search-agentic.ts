import { z } from 'zod';
import { resolveSearcher } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { AgenticSearchResponse, toAgenticAnswer } from './agentic-answer.ts';
import { type AgenticSearchDependencies, AgenticSearchRequest, runAgenticSearch } from './agentic-request.ts';
import { requireSearch } from './count-search.ts';
import { collectionNotFound, findSearchable } from './find-searchable.ts';

/**
 * `POST /collections/{readable_id}/search/agentic`: rounds of searching and reading. The reference answers 503 without a language
 * model; here rules work in rounds then, and the answer says so.
 */
export function searchAgenticEndpoint(deps: AgenticSearchDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/search/agentic',
    summary: 'Search a collection in rounds',
    description:
      'Searches, reads, follows up and looks for what is missing, within a budget of time, calls and tokens. A language model plans where there is one; rules do without one, and when it is down.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound },
    params: z.object({ readable_id: z.string() }),
    body: AgenticSearchRequest,
    example: { query: 'Which reports tell why revenue grew?' },
    response: AgenticSearchResponse,
    // The search has a budget of its own, which ends it earlier.
    timeoutMs: null,
    handler: async ({ params, body, caller, signal }) => {
      const startedAt = performance.now();
      await requireSearch(deps, caller, 'tokens');
      const collection = await findSearchable(deps.store, caller.scope, params.readable_id);
      const principals = await resolveSearcher(deps, caller, collection.id, body.as_user);
      const prepared = { caller, collection, principals, body };
      const answer = await runAgenticSearch(deps, prepared, () => undefined, signal);
      return await toAgenticAnswer(deps, prepared, answer, startedAt, signal);
    },
  });
}
