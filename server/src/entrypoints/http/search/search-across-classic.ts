import { z } from 'zod';
import { acrossCollections, searchClassic } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { countTokens, requireSearch } from './count-search.ts';
import { presentResults } from './present-results.ts';
import {
  principalsAnywhere,
  resolveSearched,
  SearchedCollections,
  type SearchedDependencies,
} from './resolve-searched.ts';
import { toRestrictions } from './result-explanation.ts';
import {
  ClassicSearchRequest,
  ClassicSearchResponse,
  type SearchClassicDependencies,
  toPlan,
} from './search-classic.ts';

export interface SearchAcrossClassicDependencies extends SearchClassicDependencies, SearchedDependencies {}

/** `POST /search/classic`: one planned search over several collections, with one plan for all. Beside the reference. */
export function searchAcrossClassicEndpoint(deps: SearchAcrossClassicDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/search/classic',
    summary: 'Search several collections by a plan',
    description:
      'As the planned search of one collection. All are ranked as if they were one, and each result names its collection.',
    tags: ['search'],
    access: { scope: 'search' },
    body: ClassicSearchRequest.extend({ collections: SearchedCollections }).meta({ id: 'ClassicSearchAcrossRequest' }),
    example: { query: 'how did revenue grow', collections: ['finance-data'] },
    response: ClassicSearchResponse.omit({ search_id: true })
      .extend({ collections: z.array(z.string()).describe('Those that were searched.') })
      .meta({ id: 'ClassicSearchAcrossResponse' }),
    errors: [404],
    handler: async ({ body, caller, signal }) => {
      const startedAt = performance.now();
      await requireSearch(deps, caller, 'queries');
      const searched = await resolveSearched(deps, caller, body.collections, body.as_user);
      const across = acrossCollections(deps, searched);
      const model = deps.languageModels?.classic;
      const answer = await searchClassic(
        { ...across.deps, ...(model && { model }), ...(deps.now && { now: deps.now }) },
        caller.scope,
        {
          collection: across.collection,
          query: body.query,
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
          ...{ scope: caller.scope, query: body.query, hits: answer.results },
          ...{ maxTokens: body.max_tokens, expand: body.expand },
          ownerOf: ({ chunk }) => across.ownerOf(chunk.documentId),
        },
        signal,
      );
      countTokens(deps, caller, answer.call === null ? [] : [answer.call]);
      return {
        ...presented,
        total: answer.total,
        plan: toPlan(answer),
        collections: searched.map(({ collection }) => collection.readableId),
        took_ms: Math.round((performance.now() - startedAt) * 10) / 10,
        ...(body.explain ? { restrictions: toRestrictions(body.filter, principalsAnywhere(searched)) } : {}),
      };
    },
  });
}
