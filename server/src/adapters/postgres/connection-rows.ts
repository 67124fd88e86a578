import { type Selectable, sql } from 'kysely';
import type { AuthMethod, SourceConnection } from '../../core/connections/index.ts';
import { AppError, type Scope, SourceConnectionId, SyncId, type SyncJobId } from '../../core/shared/index.ts';
import type { Queries } from './database.ts';
import { toSyncJob } from './sync-job-row.ts';
import type { SourceConnectionsTable, SyncJobsTable, SyncsTable } from './tables.ts';

export function selectJobs(queries: Queries, scope: Scope) {
  return queries
    .selectFrom('sync_jobs as job')
    .innerJoin('syncs as sync', 'sync.id', 'job.sync_id')
    .selectAll('job')
    .select('sync.source_connection_id')
    .where('job.organization_id', '=', scope.organizationId);
}

export async function getJob(queries: Queries, scope: Scope, jobId: SyncJobId) {
  return toSyncJob(await selectJobs(queries, scope).where('job.id', '=', jobId).executeTakeFirstOrThrow());
}

/** Connections that are not deleted, each with its sync and newest job. */
export function selectConnections(queries: Queries, scope: Scope) {
  return queries
    .selectFrom('source_connections as connection')
    .innerJoin('collections as collection', 'collection.id', 'connection.collection_id')
    .leftJoin('syncs as sync', 'sync.source_connection_id', 'connection.id')
    .leftJoin('auth_provider_connections as provider', 'provider.id', 'connection.auth_provider_connection_id')
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('sync_jobs as job')
          .selectAll('job')
          .whereRef('job.sync_id', '=', 'sync.id')
          .orderBy('job.created_at', 'desc')
          .limit(1)
          .as('latest'),
      (join) => join.onTrue(),
    )
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('source_sign_ins as begun')
          .select(['begun.link_url', 'begun.expires_at', 'begun.redirect_url'])
          .whereRef('begun.source_connection_id', '=', 'connection.id')
          .orderBy('begun.created_at', 'desc')
          .limit(1)
          .as('sign_in'),
      (join) => join.onTrue(),
    )
    .selectAll('connection')
    .select(['sign_in.link_url', 'sign_in.expires_at as link_expires_at', 'sign_in.redirect_url'])
    .select(['collection.readable_id', 'sync.id as sync_id', 'sync.status as sync_status', 'sync.cron'])
    .select(['provider.readable_id as provider_readable_id', 'provider.short_name as provider_short_name'])
    .select(['sync.time_zone', 'sync.is_continuous', 'sync.paused_by', 'sync.last_full_run_at'])
    .select(['sync.held_deletions', sql<Selectable<SyncJobsTable> | null>`to_jsonb(latest)`.as('latest_job')])
    .where('connection.organization_id', '=', scope.organizationId)
    .where('connection.deleted_at', 'is', null)
    .where('collection.deleted_at', 'is', null);
}

export async function findConnection(queries: Queries, scope: Scope, id: SourceConnectionId) {
  const row = await selectConnections(queries, scope).where('connection.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toConnection(row);
}

/** @throws AppError('not_found') */
export async function getConnection(queries: Queries, scope: Scope, id: SourceConnectionId): Promise<SourceConnection> {
  const connection = await findConnection(queries, scope, id);
  if (connection === undefined) throw new AppError('not_found', 'Source connection not found');
  return connection;
}

type ConnectionRow = Selectable<SourceConnectionsTable> & {
  link_url: string | null;
  link_expires_at: Date | null;
  redirect_url: string | null;
  readable_id: string;
  provider_readable_id: string | null;
  provider_short_name: string | null;
  sync_id: string | null;
  sync_status: Selectable<SyncsTable>['status'] | null;
  cron: string | null;
  time_zone: string | null;
  is_continuous: boolean | null;
  paused_by: Selectable<SyncsTable>['paused_by'];
  last_full_run_at: Date | null;
  held_deletions: Selectable<SyncsTable>['held_deletions'];
  latest_job: Selectable<SyncJobsTable> | null;
};

export function toConnection(row: ConnectionRow): SourceConnection {
  const { latest_job: job } = row;
  return {
    id: SourceConnectionId.parse(row.id),
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    shortName: row.short_name,
    readableCollectionId: row.readable_id,
    config: row.config,
    // Written from the same closed list.
    authMethod: row.auth_method as AuthMethod,
    isAuthenticated: row.is_authenticated,
    credentialsError: row.credentials_error,
    signIn:
      row.link_expires_at === null || row.redirect_url === null
        ? null
        : { url: row.link_url, expiresAt: row.link_expires_at, redirectUrl: row.redirect_url },
    endUserId: row.end_user_id,
    authProvider:
      row.provider_readable_id === null || row.provider_short_name === null
        ? null
        : { readableId: row.provider_readable_id, shortName: row.provider_short_name },
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    sync:
      row.sync_id === null || row.sync_status === null
        ? null
        : {
            id: SyncId.parse(row.sync_id),
            status: row.sync_status,
            pausedBy: row.paused_by,
            cron: row.cron,
            timeZone: row.time_zone ?? 'UTC',
            isContinuous: row.is_continuous ?? false,
            lastFullRunAt: row.last_full_run_at,
            heldDeletions:
              row.held_deletions === null || row.held_deletions.is_confirmed === true
                ? null
                : { count: row.held_deletions.count, total: row.held_deletions.total },
          },
    latestJob: job === null ? null : toSyncJob({ ...withDates(job), source_connection_id: row.id }),
  };
}

/** Inside a JSON value PostgreSQL writes times as text. */
function withDates(job: Selectable<SyncJobsTable>): Selectable<SyncJobsTable> {
  const date = (value: Date | string | null) => (value === null ? null : new Date(value));
  return {
    ...job,
    created_at: new Date(job.created_at),
    started_at: date(job.started_at),
    completed_at: date(job.completed_at),
    failed_at: date(job.failed_at),
  };
}
