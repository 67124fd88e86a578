import { z } from 'zod';
import {
  type CountedQuery,
  type QueryLog,
  type QueryLogStore,
  queryLogModes,
  requireInsightAccess,
  searchTiers,
  type TierSummary,
  type TimedSearch,
} from '../../../core/insights/index.ts';
import type { SearchStore } from '../../../core/search/index.ts';
import { defineEndpoint, type Endpoint } from '../endpoint.ts';
import { findReportedCollection, reportParams } from './find-reported-collection.ts';

export interface InsightsDependencies {
  readonly store: Pick<QueryLogStore, 'readInsights'>;
  readonly log: Pick<QueryLog, 'readSetting'>;
  readonly collections: Pick<SearchStore, 'findCollection'>;
}

const query = {
  query_hash: z.string().describe('Tells equal queries of this collection.'),
  query: z.string().nullable().describe('Null where the query log does not keep words.'),
};
const CountedQueryAnswer = z
  .object({ ...query, count: z.int(), last_at: z.iso.datetime() })
  .meta({ id: 'CountedQuery' });

const InsightsAnswer = z
  .object({
    mode: z.enum(queryLogModes).describe('What the query log keeps now.'),
    retention_days: z.int(),
    since: z.iso.datetime(),
    is_cut: z.boolean().describe('There were more searches than are looked at: the latest 100,000.'),
    searches: z.int(),
    zero_results: z.int().describe('Searches whose first page was empty.'),
    tiers: z.array(
      z.object({
        tier: z.enum(searchTiers),
        searches: z.int(),
        zero_results: z.int(),
        p50_ms: z.number(),
        p95_ms: z.number(),
        input_tokens: z.number(),
        output_tokens: z.number(),
        cost_usd: z.number().describe('Of the searches whose price is known.'),
      }),
    ),
    days: z
      .array(z.object({ day: z.iso.date(), searches: z.int(), zero_results: z.int() }))
      .describe('In UTC; days without a search are left out.'),
    zero_result_queries: z.array(CountedQueryAnswer).describe('The most frequent first, at most 20.'),
    frequent_queries: z.array(CountedQueryAnswer).describe('At most 20.'),
    slowest: z
      .array(
        z.object({
          search_id: z.guid(),
          ...query,
          tier: z.enum(searchTiers),
          at: z.iso.datetime(),
          took_ms: z.number(),
        }),
      )
      .describe('At most 20.'),
    feedback: z.object({ good: z.int(), bad: z.int(), clicked: z.int() }),
  })
  .meta({ id: 'SearchInsights' });

/** `GET /collections/{readable_id}/insights`: what the query log says of a collection's searches. */
export function getInsightsEndpoint({ store, log, collections }: InsightsDependencies): Endpoint {
  return defineEndpoint({
    method: 'GET',
    path: '/collections/{readable_id}/insights',
    summary: 'Get search insights',
    description:
      'How often, how fast and how well a collection was searched, as far as the query log says. For owners and admins, and keys with the scope `admin`.',
    tags: ['insights'],
    access: { scope: 'admin', collectionParam: 'readable_id' },
    params: reportParams,
    query: z.object({ days: z.int().min(1).max(365).default(7).describe('How far back to look.') }),
    response: InsightsAnswer,
    errors: [404],
    handler: async ({ params, query: { days }, caller }) => {
      requireInsightAccess(caller);
      const collection = await findReportedCollection(collections, caller.scope, params.readable_id);
      const since = new Date(Date.now() - days * 86_400_000);
      const [setting, report] = await Promise.all([
        log.readSetting(caller.scope),
        store.readInsights(caller.scope, collection.id, since),
      ]);
      return {
        mode: setting.mode,
        retention_days: setting.retentionDays,
        since: since.toISOString(),
        is_cut: report.isCut,
        searches: report.tiers.reduce((sum, { searches }) => sum + searches, 0),
        zero_results: report.tiers.reduce((sum, { zeroResults }) => sum + zeroResults, 0),
        tiers: report.tiers.map(toTier),
        days: report.days.map(({ day, searches, zeroResults }) => ({ day, searches, zero_results: zeroResults })),
        zero_result_queries: report.zeroResultQueries.map(toCounted),
        frequent_queries: report.frequentQueries.map(toCounted),
        slowest: report.slowest.map(toTimed),
        feedback: report.feedback,
      };
    },
  });
}

function toTier(tier: TierSummary): z.input<typeof InsightsAnswer>['tiers'][number] {
  return {
    tier: tier.tier,
    searches: tier.searches,
    zero_results: tier.zeroResults,
    p50_ms: toTenths(tier.p50Ms),
    p95_ms: toTenths(tier.p95Ms),
    input_tokens: tier.inputTokens,
    output_tokens: tier.outputTokens,
    cost_usd: tier.cost,
  };
}

function toCounted({ hash, lastAt, ...counted }: CountedQuery): z.input<typeof CountedQueryAnswer> {
  return { query_hash: hash, query: counted.query, count: counted.count, last_at: lastAt.toISOString() };
}

function toTimed(search: TimedSearch): z.input<typeof InsightsAnswer>['slowest'][number] {
  return {
    search_id: search.id,
    query_hash: search.hash,
    query: search.query,
    tier: search.tier,
    at: search.at.toISOString(),
    took_ms: toTenths(search.tookMs),
  };
}

function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
