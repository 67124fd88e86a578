import { sql } from 'kysely';
import type { MonthlyCounts, MonthlyUsage } from '../../core/quotas/index.ts';
import type { Scope } from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';

/** Organisations with more rows of one month get them merged. */
const maxRows = 100;

/** What an organisation did in a month, and what it has now; runs under way belong to the month that is now. */
export async function readMonth(queries: Queries, scope: Scope, month: Date): Promise<MonthlyUsage> {
  const id = scope.organizationId;
  const { rows } = await sql<MonthRow>`
    select coalesce(sum(entities), 0)::bigint + case when month_of(${month}) = month_of(now()) then (
        select coalesce(sum(entities_inserted::bigint + entities_updated), 0)::bigint from sync_jobs
        where organization_id = ${id} and status in ('created', 'pending', 'running', 'cancelling')) else 0 end as entities,
      coalesce(sum(queries), 0)::bigint as queries, coalesce(sum(tokens), 0)::bigint as tokens,
      (select count(*) from source_connections
        where organization_id = ${id} and deleted_at is null and short_name <> 'documents') as source_connections,
      (select count(*) from memberships where organization_id = ${id}) as team_members
    from usage_counts where organization_id = ${id} and month = month_of(${month})`.execute(queries);
  const row = rows[0];
  return {
    entities: row?.entities ?? 0,
    queries: row?.queries ?? 0,
    tokens: row?.tokens ?? 0,
    sourceConnections: row?.source_connections ?? 0,
    teamMembers: row?.team_members ?? 0,
  };
}

interface MonthRow {
  readonly entities: number;
  readonly queries: number;
  readonly tokens: number;
  readonly source_connections: number;
  readonly team_members: number;
}

/** The latest first. */
export async function listMonths(queries: Queries, scope: Scope): Promise<readonly MonthlyCounts[]> {
  const { rows } = await sql<MonthlyCounts>`
    select month::timestamp at time zone 'utc' as month, sum(entities)::bigint as entities,
      sum(queries)::bigint as queries, sum(tokens)::bigint as tokens
    from usage_counts where organization_id = ${scope.organizationId}
    group by usage_counts.month order by usage_counts.month desc`.execute(queries);
  return rows;
}

/** Makes one row of each month of which there are many, in all organisations. Others may add to them meanwhile. */
export async function mergeMonths(database: Database): Promise<void> {
  await sql`
    with crowded as (
      select organization_id, month from usage_counts group by organization_id, month having count(*) > ${maxRows}
    ), merged as (
      delete from usage_counts where id in (
        select id from usage_counts join crowded using (organization_id, month) for update of usage_counts skip locked)
      returning organization_id, month, entities, queries, tokens
    ) insert into usage_counts (organization_id, month, entities, queries, tokens)
    select organization_id, month, sum(entities), sum(queries), sum(tokens) from merged group by organization_id, month`.execute(
    database.system(),
  );
}
