import { sql } from 'kysely';
import type { ConnectionStore } from '../../core/connections/index.ts';
import { connectionEvent } from '../../core/events/index.ts';
import { AppError, OrganizationId, Scope, SourceConnectionId, SyncId } from '../../core/shared/index.ts';
import { activeJobStatuses, statesBefore } from '../../core/sync/index.ts';
import { insertConnection, insertJob } from './connection-inserts.ts';
import {
  findConnection,
  getConnection,
  getJob,
  selectConnections,
  selectJobs,
  toConnection,
} from './connection-rows.ts';
import { createConnectionSchedules } from './connection-schedules.ts';
import type { Database } from './database.ts';
import { appendEvents } from './event-outbox.ts';
import { readLogLines } from './job-log-rows.ts';
import { notifyJobs } from './job-signal.ts';
import { isUniqueViolation } from './postgres-errors.ts';
import { appendSyncEvents } from './sync-events.ts';
import { toSyncJob } from './sync-job-row.ts';

const oneActiveJob = 'sync_jobs_one_active';

export function createConnectionStore(database: Database): ConnectionStore {
  return {
    ...createConnectionSchedules(database),

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

    async findBySync(scope, syncId) {
      const row = await selectConnections(database.scoped(scope), scope)
        .where('sync.id', '=', syncId)
        .executeTakeFirst();
      return row === undefined ? undefined : toConnection(row);
    },

    async list(scope, { collections, within, skip, limit }) {
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
        .$if(within?.shortNames != null, (query) =>
          query.where(sql<boolean>`connection.short_name = any(${[...(within?.shortNames ?? [])]}::text[])`),
        )
        .$if(within !== undefined && within.exceptShortNames.length > 0, (query) =>
          query.where(sql<boolean>`connection.short_name <> all(${[...(within?.exceptShortNames ?? [])]}::text[])`),
        )
        .$if(within?.endUserId != null, (query) =>
          query.where(sql<boolean>`coalesce(connection.end_user_id, ${within?.endUserId}) = ${within?.endUserId}`),
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
                : {
                    credentials: changes.sealedCredentials === null ? null : Buffer.from(changes.sealedCredentials),
                    credentials_error: null,
                  }),
            })
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .execute();
          if (changes.sealedCredentials !== undefined) {
            await transaction
              .updateTable('syncs')
              .set({ status: 'active', paused_by: null, modified_at: sql<Date>`now()` })
              .where('organization_id', '=', scope.organizationId)
              .where('source_connection_id', '=', id)
              .where('paused_by', '=', 'credentials')
              .execute();
          }
          if (changes.schedule !== undefined) {
            const { syncId, cron, timeZone, isContinuous, nextRunAt } = changes.schedule;
            const schedule = {
              cron,
              time_zone: timeZone,
              is_continuous: isContinuous,
              next_run_at: nextRunAt,
              modified_at: new Date(),
            };
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
          const connection = await findConnection(transaction, scope, id);
          if (connection === undefined) return false;
          const { numUpdatedRows } = await transaction
            .updateTable('source_connections')
            .set({ deleted_at: sql<Date>`now()` })
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .where('deleted_at', 'is', null)
            .executeTakeFirst();
          if (numUpdatedRows === 0n) return false;
          // The worker's next write finds its job no longer running and stops.
          const cancelled = await transaction
            .updateTable('sync_jobs')
            .set({ status: 'cancelled', completed_at: sql<Date>`now()`, lease_owner: null, lease_expires_at: null })
            .where('organization_id', '=', scope.organizationId)
            .where('status', 'in', activeJobStatuses)
            .where('sync_id', 'in', (eb) => eb.selectFrom('syncs').select('id').where('source_connection_id', '=', id))
            .returning('id')
            .execute();
          await transaction
            .updateTable('syncs')
            .set({ next_run_at: null })
            .where('organization_id', '=', scope.organizationId)
            .where('source_connection_id', '=', id)
            .execute();
          await appendSyncEvents(
            transaction,
            cancelled.map((job) => job.id),
            'sync.cancelled',
          );
          const deleted = {
            ...connection,
            sourceType: connection.shortName,
            collectionReadableId: connection.readableCollectionId,
          };
          await appendEvents(transaction, scope, [connectionEvent('source_connection.deleted', deleted, new Date())]);
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

    async findJob(scope, jobId) {
      const row = await selectJobs(database.scoped(scope), scope).where('job.id', '=', jobId).executeTakeFirst();
      return row === undefined ? undefined : toSyncJob(row);
    },

    async readJobs(ids) {
      const rows = await database
        .system()
        .selectFrom('sync_jobs as job')
        .innerJoin('syncs as sync', 'sync.id', 'job.sync_id')
        .selectAll('job')
        .select('sync.source_connection_id')
        .where(sql<boolean>`job.id = any(${[...ids]}::uuid[])`)
        .execute();
      return rows.map(toSyncJob);
    },

    async readJobLog(scope, jobId) {
      return readLogLines(database.scoped(scope), scope, jobId);
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
          await appendSyncEvents(transaction, [jobId], status === 'cancelled' ? 'sync.cancelled' : 'sync.cancelling');
          await notifyJobs(transaction);
          return getJob(transaction, scope, jobId);
        });
    },

    async pause(scope, id) {
      await database
        .scoped(scope)
        .updateTable('syncs')
        .set({ status: 'paused', paused_by: 'person', modified_at: sql<Date>`now()` })
        .where('organization_id', '=', scope.organizationId)
        .where('source_connection_id', '=', id)
        .where('status', '=', 'active')
        .execute();
    },

    async resume(scope, id, nextRunAt) {
      await database
        .scoped(scope)
        .updateTable('syncs')
        .set({ status: 'active', paused_by: null, next_run_at: nextRunAt, modified_at: sql<Date>`now()` })
        .where('organization_id', '=', scope.organizationId)
        .where('source_connection_id', '=', id)
        .where('paused_by', 'is not', null)
        .execute();
    },

    async decideDeletions(scope, id, decision) {
      const decided = sql<string | null>`held_deletions || '{"is_confirmed": true}'::jsonb`;
      const { numUpdatedRows } = await database
        .scoped(scope)
        .updateTable('syncs')
        .set({ held_deletions: decision === 'confirm' ? decided : null })
        .where('organization_id', '=', scope.organizationId)
        .where('source_connection_id', '=', id)
        .where('held_deletions', 'is not', null)
        .where(sql<boolean>`not held_deletions ? 'is_confirmed'`)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async listWatchable(shortNames) {
      const rows = await database
        .system()
        .selectFrom('source_connections as connection')
        .innerJoin('syncs as sync', 'sync.source_connection_id', 'connection.id')
        .select(['connection.id', 'connection.organization_id', 'connection.short_name', 'connection.config'])
        .select('sync.id as sync_id')
        .where('connection.deleted_at', 'is', null)
        .where('sync.status', '=', 'active')
        .where(sql<boolean>`connection.short_name = any(${[...shortNames]}::text[])`)
        .execute();
      return rows.map((row) => ({
        scope: new Scope(OrganizationId.parse(row.organization_id)),
        id: SourceConnectionId.parse(row.id),
        syncId: SyncId.parse(row.sync_id),
        shortName: row.short_name,
        config: row.config,
      }));
    },
  };
}
