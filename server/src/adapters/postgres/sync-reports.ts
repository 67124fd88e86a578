import { type RawBuilder, sql } from 'kysely';
import type { SyncFilter, SyncReport } from '../../core/administration/index.ts';
import { OrganizationId, type Scope, SourceConnectionId, SyncId } from '../../core/shared/index.ts';
import type { Queries } from './database.ts';
import { generatedStatement } from './scoped-dialect.ts';

export interface SyncReportOptions {
  readonly skip: number;
  readonly limit: number;
  readonly countsIndexed: boolean;
  readonly countsRaw: boolean;
}

/** Newest first. Documents are counted for the page's syncs only. */
export async function listSyncs(
  queries: Queries,
  within: Scope | null,
  filter: SyncFilter,
  { skip, limit, countsIndexed, countsRaw }: SyncReportOptions,
): Promise<readonly SyncReport[]> {
  const { rows } = await sql<SyncRow>`${generatedStatement}
    with page as (
      select sync.id, sync.organization_id, sync.status, sync.cron, sync.next_run_at, sync.created_at, sync.modified_at,
        connection.id as connection_id, connection.name, connection.short_name, connection.is_authenticated,
        collection.readable_id, organization.name as organization_name,
        latest.status as job_status, latest.created_at as job_at, latest.error as job_error
      from syncs as sync
      join source_connections as connection on connection.id = sync.source_connection_id and connection.deleted_at is null
      join collections as collection on collection.id = connection.collection_id and collection.deleted_at is null
      join organizations as organization on organization.id = sync.organization_id
      left join lateral (
        select status, created_at, error from sync_jobs where sync_id = sync.id order by created_at desc limit 1
      ) as latest on true
      where ${sql.join(conditionsOf(within, filter), sql` and `)}
      order by sync.created_at desc, sync.id offset ${skip} limit ${limit}
    ) select page.*,
        (select count(*) from documents where source_connection_id = page.connection_id) as documents,
        ${countWhere(countsIndexed, sql`version > 0 and excluded_at is null`)} as indexed,
        ${countWhere(countsRaw, sql`raw_key is not null`)} as raw
      from page order by page.created_at desc, page.id`.execute(queries);
  return rows.map(toReport);
}

function countWhere(isWanted: boolean, condition: RawBuilder<unknown>): RawBuilder<unknown> {
  if (!isWanted) return sql`null::bigint`;
  return sql`(select count(*) from documents where source_connection_id = page.connection_id and ${condition})`;
}

function conditionsOf(within: Scope | null, filter: SyncFilter): readonly RawBuilder<unknown>[] {
  const {
    syncIds,
    organizationId,
    readableCollectionId,
    sourceName,
    isAuthenticated,
    status,
    lastJobStatus,
    failedLast,
  } = filter;
  const wanted: readonly (readonly [unknown, RawBuilder<unknown>])[] = [
    [within, sql`sync.organization_id = ${within?.organizationId}`],
    [syncIds, sql`sync.id = any(${syncIds}::uuid[])`],
    [organizationId, sql`sync.organization_id = ${organizationId}`],
    [readableCollectionId, sql`collection.readable_id = ${readableCollectionId}`],
    [sourceName, sql`connection.short_name = ${sourceName}`],
    [isAuthenticated, sql`connection.is_authenticated = ${isAuthenticated}`],
    [status, sql`sync.status = ${status}`],
    [lastJobStatus, sql`latest.status = ${lastJobStatus}`],
    [
      failedLast,
      sql`(select count(*) filter (where status = 'failed') from (
        select status from sync_jobs where sync_id = sync.id order by created_at desc limit ${failedLast}) as recent) = ${failedLast}`,
    ],
  ];
  const given = wanted.filter(([value]) => value !== undefined && value !== null).map(([, condition]) => condition);
  return [sql`true`, ...given];
}

interface SyncRow {
  readonly id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly status: string;
  readonly cron: string | null;
  readonly next_run_at: Date | null;
  readonly created_at: Date;
  readonly modified_at: Date;
  readonly connection_id: string;
  readonly name: string;
  readonly short_name: string;
  readonly is_authenticated: boolean;
  readonly readable_id: string;
  readonly job_status: string | null;
  readonly job_at: Date | null;
  readonly job_error: string | null;
  readonly documents: number;
  readonly indexed: number | null;
  readonly raw: number | null;
}

function toReport(row: SyncRow): SyncReport {
  return {
    id: SyncId.parse(row.id),
    name: row.name,
    organizationId: OrganizationId.parse(row.organization_id),
    organizationName: row.organization_name,
    status: row.status,
    cron: row.cron,
    nextRunAt: row.next_run_at,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    connectionId: SourceConnectionId.parse(row.connection_id),
    sourceName: row.short_name,
    readableCollectionId: row.readable_id,
    isAuthenticated: row.is_authenticated,
    documentCount: row.documents,
    indexedCount: row.indexed,
    rawCount: row.raw,
    lastJob:
      row.job_status === null || row.job_at === null
        ? null
        : { status: row.job_status, at: row.job_at, error: row.job_error },
  };
}
