import { type RawBuilder, sql } from 'kysely';
import type { CountedQuery, Judgement, SearchInsights, TimedSearch } from '../../core/insights/index.ts';
import { SearchId, type SearchTier } from '../../core/insights/index.ts';
import type { CollectionId, Scope } from '../../core/shared/index.ts';
import type { Queries } from './database.ts';

/** Searches that a report looks at, the latest: a busy collection's report takes no longer than that. */
const maxSearches = 100_000;
const maxListed = 20;

interface Counted {
  readonly hash: string;
  readonly query: string | null;
  readonly count: number;
  readonly last_at: string;
}

interface Report {
  readonly looked_at: number;
  readonly tiers: SearchInsights['tiers'];
  readonly days: SearchInsights['days'];
  readonly zero: readonly Counted[];
  readonly frequent: readonly Counted[];
  readonly slowest: readonly {
    readonly id: string;
    readonly hash: string;
    readonly query: string | null;
    readonly tier: SearchTier;
    readonly at: string;
    readonly tookMs: number;
  }[];
  readonly feedback: Readonly<Record<string, number>>;
}

/** A collection's searches since a time, counted in one statement. Only first pages can have found nothing. */
export async function readInsights(
  queries: Queries,
  scope: Scope,
  collectionId: CollectionId,
  since: Date,
): Promise<SearchInsights> {
  const { rows } = await sql<Report>`
    with looked as materialized (
      select * from logged_searches
      where organization_id = ${scope.organizationId} and collection_id = ${collectionId} and at >= ${since}
      order by at desc limit ${maxSearches + 1}
    ), counted as (
      select *, (result_count = 0 and page_offset = 0) as is_zero from looked
    )
    select (select count(*) from looked) as looked_at,
      ${listOf(sql`
        select tier, count(*) as searches, count(*) filter (where is_zero) as "zeroResults",
          percentile_cont(0.5) within group (order by took_ms) as "p50Ms",
          percentile_cont(0.95) within group (order by took_ms) as "p95Ms",
          coalesce(sum(input_tokens), 0) as "inputTokens", coalesce(sum(output_tokens), 0) as "outputTokens",
          coalesce(sum(cost), 0) as cost
        from counted group by tier order by tier`)} as tiers,
      ${listOf(sql`
        select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as searches,
          count(*) filter (where is_zero) as "zeroResults"
        from counted group by day order by day`)} as days,
      ${listOf(mostAsked(sql`is_zero`))} as zero,
      ${listOf(mostAsked(sql`page_offset = 0`))} as frequent,
      ${listOf(sql`
        select id, left(encode(query_hash, 'hex'), 16) as hash, query_text as query, tier, at, took_ms as "tookMs"
        from counted order by took_ms desc, id limit ${maxListed}`)} as slowest,
      (select coalesce(json_object_agg(judgement, count), '{}') from (
        select judgement, count(*) as count from search_feedback
        where organization_id = ${scope.organizationId} and collection_id = ${collectionId} and at >= ${since}
        group by judgement) as given) as feedback`.execute(queries);
  const [report] = rows;
  return toInsights(report);
}

function listOf(select: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`(select coalesce(json_agg(one), '[]') from (${select}) as one)`;
}

function mostAsked(condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    select left(encode(query_hash, 'hex'), 16) as hash, max(query_text) as query, count(*) as count, max(at) as last_at
    from counted where ${condition} group by query_hash order by count desc, last_at desc, hash limit ${maxListed}`;
}

function toInsights(report: Report | undefined): SearchInsights {
  const given = (judgement: Judgement) => report?.feedback[judgement] ?? 0;
  return {
    isCut: (report?.looked_at ?? 0) > maxSearches,
    tiers: report?.tiers ?? [],
    days: report?.days ?? [],
    zeroResultQueries: (report?.zero ?? []).map(toCounted),
    frequentQueries: (report?.frequent ?? []).map(toCounted),
    slowest: (report?.slowest ?? []).map(
      ({ id, at, ...search }): TimedSearch => ({ ...search, id: SearchId.parse(id), at: new Date(at) }),
    ),
    feedback: { good: given('good'), bad: given('bad'), clicked: given('clicked') },
  };
}

function toCounted({ last_at, ...query }: Counted): CountedQuery {
  return { ...query, lastAt: new Date(last_at) };
}
