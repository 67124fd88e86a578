import { z } from 'zod';
import type { LanguageModels } from '../../../core/language-models/index.ts';
import {
  type ClassicAnswer,
  type ClassicDependencies,
  FilterGroups,
  planners,
  resolveSearcher,
  resultGroupings,
  retrievalStrategies,
  type SearcherDependencies,
  SearchQuery,
  type SearchStore,
  searchClassic,
  writeFilter,
} from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { AsUser } from './as-user.ts';
import { requireSearch } from './count-search.ts';
import { collectionNotFound, findSearchable } from './find-searchable.ts';
import { type LogSearchDependencies, logSearch, MayLog, SearchIdAnswer } from './log-search.ts';
import { ModelUse, toModelUse } from './model-use.ts';
import {
  type PresentationDependencies,
  presentationAnswer,
  presentationFields,
  presentResults,
} from './present-results.ts';
import { AppliedRestrictions, Explain, toRestrictions } from './result-explanation.ts';
import { SearchResult } from './search-result.ts';

export interface SearchClassicDependencies
  extends Omit<ClassicDependencies, 'model'>,
    SearcherDependencies,
    LogSearchDependencies,
    Pick<PresentationDependencies, 'freshness'> {
  readonly index: PresentationDependencies['index'];
  readonly store: Pick<SearchStore, 'findCollection' | 'visibleVersions' | 'describeContents' | 'sampleFields'>;
  readonly languageModels?: LanguageModels;
}

export const ClassicSearchRequest = z
  .object({
    query: SearchQuery.meta({ description: 'What to search for, as one would ask it.' }),
    filter: FilterGroups.meta({ description: 'Always holds, whatever the plan adds to it.' }),
    limit: z.int().min(1).max(1000).default(100),
    offset: z.int().min(0).default(0),
    as_user: AsUser,
    // Beside the reference, as in the instant tier.
    group_by: z.enum(resultGroupings).default('document').describe('One result per document, or every passage.'),
    explain: Explain,
    log: MayLog,
    ...presentationFields,
  })
  .meta({ id: 'ClassicSearchRequest' });

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const PlannedFilter = z.array(
  z.object({
    conditions: z.array(
      z.object({
        field: z.string(),
        operator: z.string(),
        value: z.union([scalar, z.array(scalar)]),
      }),
    ),
  }),
);

export const ClassicSearchResponse = z
  .object({
    results: z.array(SearchResult).describe('Best first, in the order that the plan says.'),
    plan: z.object({
      planner: z.enum(planners),
      why_rules: z
        .string()
        .nullable()
        .describe(
          'Why no language model planned: `no_model`, `model_unavailable`, `model_slow`, `model_failed`, `model_nonsense` or `question_too_long`; null where one did.',
        ),
      model: ModelUse.nullable().describe('What was asked to plan, also where nothing came of it.'),
      strategy: z.enum(retrievalStrategies).describe('What was done in the end.'),
      query: z.string().describe('What was searched for.'),
      variations: z.array(z.string()).describe('Other wordings that were searched for too, with its weight together.'),
      filters: z
        .array(z.object({ text: z.string().describe('The words that it was read from.'), filter: PlannedFilter }))
        .describe('What the question restricted, as filters of this API.'),
      phrases: z.array(z.string()).describe('What has these words in a row comes first.'),
      excluded: z.array(z.string()).describe('What has these words is left out, or comes last.'),
      order: z.enum(['relevance', 'newest']),
      dropped: z
        .array(z.object({ text: z.string(), reason: z.enum(['left_nothing', 'invalid']) }))
        .describe('Guesses that were given up: nothing was left with them, or they were no filter at all.'),
      steps: z.array(z.object({ name: z.string(), ms: z.number() })),
    }),
    ...presentationAnswer,
    took_ms: z.number(),
    search_id: SearchIdAnswer,
    restrictions: AppliedRestrictions.optional().describe(
      "With `explain` only: the request's own filter, beside those of the plan.",
    ),
  })
  .meta({ id: 'ClassicSearchResponse' });

/**
 * `POST /collections/{readable_id}/search/classic`: a planned search. A language model plans where there is one; without one,
 * and where it is down, slow or talks nonsense, rules do, and the answer says so.
 */
export function searchClassicEndpoint(deps: SearchClassicDependencies): Endpoint {
  return defineEndpoint({
    method: 'POST',
    path: '/collections/{readable_id}/search/classic',
    summary: 'Search a collection by a plan',
    description:
      'Reads sources, dates, quotes, exclusions and order out of the question, and says what it made of it. Guesses that leave nothing are dropped.',
    tags: ['search'],
    access: { scope: 'search', collectionParam: 'readable_id', collectionNotFound },
    params: z.object({ readable_id: z.string() }),
    body: ClassicSearchRequest,
    example: { query: 'how did revenue grow in the last quarter', limit: 5 },
    response: ClassicSearchResponse,
    handler: async ({ params, body, caller, signal }) => {
      const startedAt = performance.now();
      await requireSearch(deps, caller, 'queries');
      const collection = await findSearchable(deps.store, caller.scope, params.readable_id);
      const principals = await resolveSearcher(deps, caller, collection.id, body.as_user);
      const answer = await searchClassic(
        { ...deps, ...(deps.languageModels?.classic && { model: deps.languageModels.classic }) },
        caller.scope,
        {
          collection,
          query: body.query,
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
          ...{ scope: caller.scope, query: body.query, hits: answer.results },
          ...{ maxTokens: body.max_tokens, expand: body.expand },
          ownerOf: () => ({ collection, ...(principals === undefined ? {} : { principals }) }),
        },
        signal,
      );
      const tookMs = toTenths(performance.now() - startedAt);
      const searchId = logSearch(deps, caller, {
        ...{ collectionId: collection.id, tier: 'classic', query: body.query, strategy: answer.strategy },
        ...(body.filter === undefined ? {} : { filter: body.filter }),
        ...{ planner: answer.planner, modelCall: answer.call, results: answer.results, offset: body.offset, tookMs },
        isKept: body.log,
      });
      return {
        ...presented,
        total: answer.total,
        plan: toPlan(answer),
        took_ms: tookMs,
        search_id: searchId,
        ...(body.explain ? { restrictions: toRestrictions(body.filter, principals) } : {}),
      };
    },
  });
}

export function toPlan({
  plan,
  strategy,
  dropped,
  steps,
  ...planned
}: ClassicAnswer): z.input<typeof ClassicSearchResponse>['plan'] {
  return {
    planner: planned.planner,
    why_rules: planned.whyRules,
    model: planned.call && toModelUse(planned.call),
    strategy,
    query: plan.query,
    variations: [...plan.variations],
    filters: plan.filters.map(({ text, filter }) => ({ text, filter: writeFilter(filter) })),
    phrases: [...plan.phrases],
    excluded: plan.exclusions.map(({ words }) => words),
    order: plan.order,
    dropped: dropped.map(({ text, reason }) => ({ text, reason })),
    steps: steps.map(({ name, ms }) => ({ name, ms: toTenths(ms) })),
  };
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
