import { type Selectable, sql, type Transaction } from 'kysely';
import type {
  AuthMethod,
  ConnectionStore,
  DueSync,
  NewConnection,
  SourceConnection,
} from '../../core/connections/index.ts';
import {
  AppError,
  OrganizationId,
  Scope,
  SourceConnectionId,
  type SyncId,
  SyncId as SyncIds,
  type SyncJobId,
} from '../../core/shared/index.ts';
import { activeJobStatuses, statesBefore } from '../../core/sync/index.ts';
import type { Database, Queries } from './database.ts';
import { notifyJobs } from './job-signal.ts';
import { isUniqueViolation } from './postgres-errors.ts';
import { toSyncJob } from './sync-job-row.ts';
import type { SourceConnectionsTable, SyncJobsTable, SyncsTable, Tables } from './tables.ts';

const oneActiveJob = 'sync_jobs_one_active';

export function createConnectionStore(database: Database): ConnectionStore {
  return {
    async insert(scope, connection) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await insertConnection(transaction, scope, connection);
          return getConnection(transaction, scope, connection.id);
        });
    },

    async find(scope, id) {
      return findConnection(database.scoped(scope), scope, id);
    },

    async list(scope, { collections, skip, limit }) {
      const rows = await selectConnections(database.scoped(scope), scope)
        .select((eb) =>
          eb
            .selectFrom('documents')
            .select((inner) => inner.fn.countAll<number>().as('count'))
            .whereRef('documents.source_connection_id', '=', 'connection.id')
            .where('documents.version', '>', 0)
            .as('document_count'),
        )
        .$if(collections !== null, (query) =>
          query.where(sql<boolean>`collection.readable_id = any(${[...(collections ?? [])]}::text[])`),
        )
        .orderBy('connection.created_at', 'desc')
        .orderBy('connection.id')
        .offset(skip)
        .limit(limit)
        .execute();
      return rows.map((row) => ({ connection: toConnection(row), documentCount: row.document_count ?? 0 }));
    },

    async countEntities(scope, id) {
      const rows = await database
        .scoped(scope)
        .selectFrom('documents')
        .select((eb) => [
          'entity_type',
          eb.fn.countAll<number>().as('count'),
          eb.fn.max('modified_at').as('last_updated'),
        ])
        .where('organization_id', '=', scope.organizationId)
        .where('source_connection_id', '=', id)
        .where('version', '>', 0)
        .groupBy('entity_type')
        .orderBy('entity_type')
        .execute();
      return rows.map((row) => ({ entityType: row.entity_type, count: row.count, lastUpdated: row.last_updated }));
    },

    async update(scope, id, changes) {
      await database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await transaction
            .updateTable('source_connections')
            .set({
              modified_at: sql<Date>`now()`,
              modified_by_email: changes.modifiedByEmail,
              ...(changes.name === undefined ? {} : { name: changes.name }),
              ...(changes.description === undefined ? {} : { description: changes.description }),
              ...(changes.config === undefined ? {} : { config: JSON.stringify(changes.config) }),
              ...(changes.sealedCredentials === undefined
                ? {}
                : { credentials: changes.sealedCredentials === null ? null : Buffer.from(changes.sealedCredentials) }),
            })
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .execute();
          if (changes.sealedCredentials !== undefined) {
            await transaction
              .updateTable('syncs')
              .set({ status: 'active', modified_at: sql<Date>`now()` })
              .where('organization_id', '=', scope.organizationId)
              .where('source_connection_id', '=', id)
              .execute();
          }
          if (changes.schedule !== undefined) {
            const { syncId, cron, nextRunAt } = changes.schedule;
            const schedule = { cron, next_run_at: nextRunAt, modified_at: new Date() };
            const { numUpdatedRows } = await transaction
              .updateTable('syncs')
              .set(schedule)
              .where('organization_id', '=', scope.organizationId)
              .where('source_connection_id', '=', id)
              .executeTakeFirst();
            if (numUpdatedRows === 0n && cron !== null) {
              await transaction
                .insertInto('syncs')
                .values({ id: syncId, organization_id: scope.organizationId, source_connection_id: id, ...schedule })
                .execute();
            }
          }
        });
    },

    async markDeleted(scope, id) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          const { numUpdatedRows } = await transaction
            .updateTable('source_connections')
            .set({ deleted_at: sql<Date>`now()` })
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .where('deleted_at', 'is', null)
            .executeTakeFirst();
          if (numUpdatedRows === 0n) return false;
          // The worker's next write finds its job no longer running and stops.
          await transaction
            .updateTable('sync_jobs')
            .set({ status: 'cancelled', completed_at: sql<Date>`now()`, lease_owner: null, lease_expires_at: null })
            .where('organization_id', '=', scope.organizationId)
            .where('status', 'in', activeJobStatuses)
            .where('sync_id', 'in', (eb) => eb.selectFrom('syncs').select('id').where('source_connection_id', '=', id))
            .execute();
          await transaction
            .updateTable('syncs')
            .set({ next_run_at: null })
            .where('organization_id', '=', scope.organizationId)
            .where('source_connection_id', '=', id)
            .execute();
          await notifyJobs(transaction);
          return true;
        });
    },

    async startJob(scope, syncId, job) {
      try {
        return await database
          .scoped(scope)
          .transaction()
          .execute(async (transaction) => {
            await insertJob(transaction, scope, syncId, job);
            return getJob(transaction, scope, job.id);
          });
      } catch (error) {
        if (!isUniqueViolation(error, oneActiveJob)) throw error;
        const active = await database
          .scoped(scope)
          .selectFrom('sync_jobs')
          .select('status')
          .where('organization_id', '=', scope.organizationId)
          .where('sync_id', '=', syncId)
          .where('status', 'in', activeJobStatuses)
          .executeTakeFirst();
        throw new AppError(
          'invalid_request',
          `Cannot start a new sync: a sync job is already ${active?.status ?? 'running'}. Wait for it to end, or cancel it.`,
          { cause: error },
        );
      }
    },

    async listJobs(scope, id, limit) {
      const rows = await selectJobs(database.scoped(scope), scope)
        .where('sync.source_connection_id', '=', id)
        .orderBy('job.created_at', 'desc')
        .orderBy('job.id')
        .limit(limit)
        .execute();
      return rows.map(toSyncJob);
    },

    async cancelJob(scope, id, jobId) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          const job = await selectJobs(transaction, scope)
            .where('job.id', '=', jobId)
            .where('sync.source_connection_id', '=', id)
            .forUpdate('job')
            .executeTakeFirst();
          if (job === undefined) throw new AppError('not_found', 'Sync job not found');
          const status = statesBefore('cancelling').includes(job.status) ? 'cancelling' : 'cancelled';
          if (job.status === 'cancelling' || !statesBefore(status).includes(job.status)) {
            throw new AppError('invalid_request', `Cannot cancel a sync job that is ${job.status}.`);
          }
          await transaction
            .updateTable('sync_jobs')
            .set({ status, ...(status === 'cancelled' ? { completed_at: sql<Date>`now()` } : {}) })
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', jobId)
            .execute();
          await notifyJobs(transaction);
          return getJob(transaction, scope, jobId);
        });
    },

    async startDueJobs(now, limit, nextRunAt) {
      return database
        .system()
        .transaction()
        .execute(async (transaction) => {
          const due = await transaction
            .selectFrom('syncs')
            .select(['id', 'organization_id', 'cron'])
            .where('next_run_at', '<=', now)
            .where('status', '=', 'active')
            .orderBy('next_run_at')
            .limit(limit)
            .forUpdate()
            .skipLocked()
            .execute();
          const started: DueSync[] = [];
          for (const row of due) {
            if (row.cron === null) continue;
            const scope = new Scope(OrganizationId.parse(row.organization_id));
            const syncId = SyncIds.parse(row.id);
            await transaction
              .updateTable('syncs')
              .set({ next_run_at: nextRunAt(row.cron) })
              .where('id', '=', row.id)
              .execute();
            await transaction
              .insertInto('sync_jobs')
              .values({
                id: crypto.randomUUID(),
                organization_id: row.organization_id,
                sync_id: row.id,
                status: 'pending',
                trigger: 'schedule',
              })
              .onConflict((conflict) =>
                conflict
                  .column('sync_id')
                  .where('status', 'in', [...activeJobStatuses])
                  .doNothing(),
              )
              .execute();
            started.push({ scope, syncId, cron: row.cron });
          }
          if (started.length > 0) await notifyJobs(transaction);
          return started;
        });
    },

    async listWatchable(shortNames) {
      const rows = await database
        .system()
        .selectFrom('source_connections as connection')
        .innerJoin('syncs as sync', 'sync.source_connection_id', 'connection.id')
        .select(['connection.id', 'connection.organization_id', 'connection.short_name', 'connection.config'])
        .select('sync.id as sync_id')
        .where('connection.deleted_at', 'is', null)
        .where(sql<boolean>`connection.short_name = any(${[...shortNames]}::text[])`)
        .execute();
      return rows.map((row) => ({
        scope: new Scope(OrganizationId.parse(row.organization_id)),
        id: SourceConnectionId.parse(row.id),
        syncId: SyncIds.parse(row.sync_id),
        shortName: row.short_name,
        config: row.config,
      }));
    },
  };
}

/** Also used where a push makes the collection's implicit connection. */
export async function insertConnection(
  transaction: Transaction<Tables>,
  scope: Scope,
  connection: NewConnection,
): Promise<void> {
  // Locked, so that a delete of the collection either sees this connection or is seen here.
  const collection = await transaction
    .selectFrom('collections')
    .select('id')
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', connection.collectionId)
    .where('deleted_at', 'is', null)
    .forShare()
    .executeTakeFirst();
  if (collection === undefined) throw new AppError('not_found', 'Collection not found');
  await transaction
    .insertInto('source_connections')
    .values({
      id: connection.id,
      organization_id: scope.organizationId,
      collection_id: connection.collectionId,
      name: connection.name,
      description: connection.description,
      short_name: connection.shortName,
      config: JSON.stringify(connection.config),
      credentials: connection.sealedCredentials === null ? null : Buffer.from(connection.sealedCredentials),
      auth_method: connection.authMethod,
      is_authenticated: true,
      created_by_email: connection.createdByEmail,
      modified_by_email: connection.createdByEmail,
    })
    .execute();
  if (connection.sync === null) return;
  await transaction
    .insertInto('syncs')
    .values({
      id: connection.sync.id,
      organization_id: scope.organizationId,
      source_connection_id: connection.id,
      cron: connection.sync.cron,
      next_run_at: connection.sync.nextRunAt,
    })
    .execute();
  if (connection.job !== null) {
    await insertJob(transaction, scope, connection.sync.id, { ...connection.job, forceFull: false });
  }
}

export async function insertJob(
  transaction: Transaction<Tables>,
  scope: Scope,
  syncId: SyncId,
  job: { readonly id: SyncJobId; readonly trigger: SyncJobsTable['trigger']; readonly forceFull: boolean },
): Promise<void> {
  await transaction
    .insertInto('sync_jobs')
    .values({
      id: job.id,
      organization_id: scope.organizationId,
      sync_id: syncId,
      status: 'pending',
      trigger: job.trigger,
      force_full: job.forceFull,
    })
    .execute();
  await notifyJobs(transaction);
}

function selectJobs(queries: Queries, scope: Scope) {
  return queries
    .selectFrom('sync_jobs as job')
    .innerJoin('syncs as sync', 'sync.id', 'job.sync_id')
    .selectAll('job')
    .select('sync.source_connection_id')
    .where('job.organization_id', '=', scope.organizationId);
}

async function getJob(queries: Queries, scope: Scope, jobId: SyncJobId) {
  return toSyncJob(await selectJobs(queries, scope).where('job.id', '=', jobId).executeTakeFirstOrThrow());
}

function selectConnections(queries: Queries, scope: Scope) {
  return queries
    .selectFrom('source_connections as connection')
    .innerJoin('collections as collection', 'collection.id', 'connection.collection_id')
    .leftJoin('syncs as sync', 'sync.source_connection_id', 'connection.id')
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
    .selectAll('connection')
    .select(['collection.readable_id', 'sync.id as sync_id', 'sync.status as sync_status', 'sync.cron'])
    .select(['sync.held_deletions', sql<Selectable<SyncJobsTable> | null>`to_jsonb(latest)`.as('latest_job')])
    .where('connection.organization_id', '=', scope.organizationId)
    .where('connection.deleted_at', 'is', null)
    .where('collection.deleted_at', 'is', null);
}

async function findConnection(queries: Queries, scope: Scope, id: SourceConnectionId) {
  const row = await selectConnections(queries, scope).where('connection.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toConnection(row);
}

async function getConnection(queries: Queries, scope: Scope, id: SourceConnectionId): Promise<SourceConnection> {
  const connection = await findConnection(queries, scope, id);
  if (connection === undefined) throw new AppError('not_found', 'Source connection not found');
  return connection;
}

type ConnectionRow = Selectable<SourceConnectionsTable> & {
  readable_id: string;
  sync_id: string | null;
  sync_status: Selectable<SyncsTable>['status'] | null;
  cron: string | null;
  held_deletions: Selectable<SyncsTable>['held_deletions'];
  latest_job: Selectable<SyncJobsTable> | null;
};

function toConnection(row: ConnectionRow): SourceConnection {
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
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    sync:
      row.sync_id === null || row.sync_status === null
        ? null
        : {
            id: SyncIds.parse(row.sync_id),
            status: row.sync_status,
            cron: row.cron,
            heldDeletions:
              row.held_deletions === null ? null : { count: row.held_deletions.count, total: row.held_deletions.total },
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
  };
}
