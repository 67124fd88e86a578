import { sql } from 'kysely';
import { type LoggedSearch, maxFeedbackPerSearch, type QueryLogStore } from '../../core/insights/index.ts';
import type { Scope } from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';
import { readInsights } from './query-log-insights.ts';
import { toStorableJson } from './storable-json.ts';

/** What is kept of searches; see `migrations/0011_query_log.sql`. */
export function createQueryLogStore(database: Database): QueryLogStore {
  return {
    async findSetting(scope) {
      const row = await database
        .scoped(scope)
        .selectFrom('query_log_settings')
        .select(['mode', 'retention_days'])
        .where('organization_id', '=', scope.organizationId)
        .executeTakeFirst();
      return row && { mode: row.mode, retentionDays: row.retention_days };
    },

    async saveSetting(scope, { mode, retentionDays }) {
      const setting = { mode, retention_days: retentionDays };
      await database
        .scoped(scope)
        .insertInto('query_log_settings')
        .values({ organization_id: scope.organizationId, ...setting })
        .onConflict((conflict) => conflict.column('organization_id').doUpdateSet(setting))
        .execute();
    },

    insert: (scope, searches) => insertSearches(database.scoped(scope), scope, searches),

    async saveFeedback(scope, search, feedback, at) {
      // The lock on the search keeps two calls from going past the limit together.
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          const known = await transaction
            .selectFrom('logged_searches')
            .select('id')
            .where('organization_id', '=', scope.organizationId)
            .where('collection_id', '=', search.collectionId)
            .where('id', '=', search.id)
            .forUpdate()
            .executeTakeFirst();
          if (known === undefined) return 'unknown_search';
          const { rows } = await sql<{ others: number }>`
            select count(*) as others from search_feedback
            where search_id = ${search.id} and organization_id = ${scope.organizationId}
              and entity_id <> all(${feedback.map(({ entityId }) => entityId)}::text[])`.execute(transaction);
          if ((rows[0]?.others ?? 0) + feedback.length > maxFeedbackPerSearch) return 'too_many';
          await transaction
            .insertInto('search_feedback')
            .values(
              feedback.map(({ entityId, judgement, grade }) => ({
                search_id: search.id,
                entity_id: entityId,
                judgement,
                grade,
                organization_id: scope.organizationId,
                collection_id: search.collectionId,
                at,
              })),
            )
            .onConflict((conflict) =>
              conflict.columns(['search_id', 'entity_id']).doUpdateSet((eb) => ({
                judgement: eb.ref('excluded.judgement'),
                grade: eb.ref('excluded.grade'),
                at: eb.ref('excluded.at'),
              })),
            )
            .execute();
          return 'saved';
        });
    },

    readInsights: (scope, collectionId, since) => readInsights(database.scoped(scope), scope, collectionId, since),

    async listJudgedQueries(scope, collectionId, limit) {
      // What people said in words goes before clicks; where they do not agree, the mean counts.
      const { rows } = await sql<{ id: string; text: string; judgements: Record<string, number> }>`
        with judged as (
          select search.query_hash, feedback.entity_id, max(search.query_text) as query_text, max(feedback.at) as at,
            coalesce(
              round(avg(feedback.grade) filter (where feedback.judgement <> 'clicked')), max(feedback.grade)
            )::integer as grade
          from search_feedback feedback join logged_searches search on search.id = feedback.search_id
          where feedback.organization_id = ${scope.organizationId} and feedback.collection_id = ${collectionId}
            and search.organization_id = ${scope.organizationId} and search.query_text is not null
          group by search.query_hash, feedback.entity_id
        )
        select left(encode(query_hash, 'hex'), 16) as id, max(query_text) as text,
          json_object_agg(entity_id, grade order by entity_id) as judgements
        from judged group by query_hash having max(grade) > 0
        order by max(at) desc, id limit ${limit}`.execute(database.scoped(scope));
      return rows;
    },
  };
}

async function insertSearches(queries: Queries, scope: Scope, searches: readonly LoggedSearch[]): Promise<void> {
  const rows = searches.map((search) => ({
    id: search.id,
    collection_id: search.collectionId,
    at: search.at,
    tier: search.tier,
    strategy: search.strategy,
    planner: search.planner,
    caller_kind: search.callerKind,
    api_key_id: search.apiKeyId,
    query_hash: Buffer.from(search.queryHash).toString('hex'),
    query_text: search.queryText,
    filter_shape: search.filterShape,
    page_offset: search.offset,
    result_count: search.resultCount,
    top_score: search.topScore,
    took_ms: search.tookMs,
    input_tokens: search.usage?.inputTokens ?? null,
    output_tokens: search.usage?.outputTokens ?? null,
    cost: search.usage?.cost ?? null,
  }));
  await sql`
    insert into logged_searches (id, organization_id, collection_id, at, tier, strategy, planner, caller_kind, api_key_id,
      query_hash, query_text, filter_shape, page_offset, result_count, top_score, took_ms, input_tokens, output_tokens, cost)
    select row.id, ${scope.organizationId}, row.collection_id, row.at, row.tier, row.strategy, row.planner, row.caller_kind,
      row.api_key_id, decode(row.query_hash, 'hex'), row.query_text, row.filter_shape, row.page_offset, row.result_count,
      row.top_score, row.took_ms, row.input_tokens, row.output_tokens, row.cost
    from jsonb_to_recordset(${toStorableJson(rows)}::jsonb) as row (id uuid, collection_id uuid, at timestamptz, tier text,
      strategy text, planner text, caller_kind text, api_key_id uuid, query_hash text, query_text text, filter_shape text,
      page_offset integer, result_count integer, top_score real, took_ms real, input_tokens integer, output_tokens integer,
      cost double precision)
    join collections on collections.id = row.collection_id and collections.organization_id = ${scope.organizationId}
      and collections.deleted_at is null
    on conflict (id) do nothing`.execute(queries);
}
