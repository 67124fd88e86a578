import { z } from 'zod';
import {
  type ClassicAnswer,
  type ClassicDependencies,
  type Condition,
  type Filter,
  FilterGroups,
  principalsOf,
  resultGroupings,
  retrievalStrategies,
  SearchQuery,
  type SearchStore,
  searchClassic,
} from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { collectionNotFound, findSearchable } from './find-searchable.ts';
import { SearchResult, toSearchResult } from './search-result.ts';

export interface SearchClassicDependencies extends ClassicDependencies {
  readonly store: Pick<SearchStore, 'findCollection' | 'visibleVersions' | 'describeContents'>;
}

const ClassicSearchRequest = z
  .object({
    query: SearchQuery.meta({ description: 'What to search for, as one would ask it.' }),
    filter: FilterGroups.meta({ description: 'Always holds, whatever the plan adds to it.' }),
    limit: z.int().min(1).max(1000).default(100),
    offset: z.int().min(0).default(0),
    // Beside the reference, as in the instant tier.
    group_by: z.enum(resultGroupings).default('document').describe('One result per document, or every passage.'),
  })
  .meta({ id: 'ClassicSearchRequest' });

const PlannedFilter = z.array(
  z.object({
    conditions: z.array(
      z.object({
        field: z.string(),
        operator: z.string(),
        value: z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.array(z.number())]),
      }),
    ),
  }),
);

const ClassicSearchResponse = z
  .object({
    results: z.array(SearchResult).describe('Best first, in the order that the plan says.'),
    plan: z.object({
      planner: z.enum(['rules']),
      strategy: z.enum(retrievalStrategies).describe('What was done in the end.'),
      query: z.string().describe('What was searched for.'),
      filters: z
        .array(z.object({ text: z.string().describe('The words that it was read from.'), filter: PlannedFilter }))
        .describe('What the question restricted, as filters of this API.'),
      phrases: z.array(z.string()).describe('What has these words in a row comes first.'),
      excluded: z.array(z.string()).describe('What has these words is left out, or comes last.'),
      order: z.enum(['relevance', 'newest']),
      dropped: z
        .array(z.object({ text: z.string(), reason: z.enum(['left_nothing']) }))
        .describe('Guesses that were given up, since nothing was left with them.'),
      steps: z.array(z.object({ name: z.string(), ms: z.number() })),
    }),
    took_ms: z.number(),
  })
  .meta({ id: 'ClassicSearchResponse' });

/**
 * `POST /collections/{readable_id}/search/classic`: a planned search. The reference answers 503 without a language model; here
 * rules plan then, and the answer says so.
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
    response: ClassicSearchResponse,
    handler: async ({ params, body, caller, signal }) => {
      const startedAt = performance.now();
      const collection = await findSearchable(deps.store, caller.scope, params.readable_id);
      const principals = principalsOf(caller);
      const answer = await searchClassic(
        deps,
        caller.scope,
        {
          collection,
          query: body.query,
          ...(body.filter === undefined ? {} : { filter: body.filter }),
          limit: body.limit,
          offset: body.offset,
          groupBy: body.group_by,
          ...(principals === undefined ? {} : { principals }),
        },
        signal,
      );
      return {
        results: answer.results.map(toSearchResult),
        plan: toPlan(answer),
        took_ms: toTenths(performance.now() - startedAt),
      };
    },
  });
}

function toPlan({ plan, strategy, dropped, steps }: ClassicAnswer): z.input<typeof ClassicSearchResponse>['plan'] {
  return {
    planner: 'rules',
    strategy,
    query: plan.query,
    filters: plan.filters.map(({ text, filter }) => ({ text, filter: toGroups(filter) })),
    phrases: [...plan.phrases],
    excluded: plan.exclusions.map(({ words }) => words),
    order: plan.order,
    dropped: dropped.map(({ text, reason }) => ({ text, reason })),
    steps: steps.map(({ name, ms }) => ({ name, ms: toTenths(ms) })),
  };
}

/** As `FilterGroups` reads them. */
function toGroups(filter: Filter): z.input<typeof PlannedFilter> {
  return filter.map((conditions) => ({
    conditions: conditions.map(({ field, operator, value }) => ({ field, operator, value: toValue(value) })),
  }));
}

function toValue(value: Condition['value']): string | number | boolean | string[] | number[] {
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== 'object') return value;
  return value.map((item) => (item instanceof Date ? item.toISOString() : item)) as string[] | number[];
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
