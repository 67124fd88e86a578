import { sql } from 'kysely';
import {
  CollectionId,
  DocumentId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
  SyncJobId,
} from '../../core/shared/index.ts';
import {
  type ClaimedJob,
  type DocumentDeletion,
  type IndexDrop,
  type KnownDocument,
  LeaseLostError,
  type PageCommit,
  type RunOutcome,
  type RunPosition,
  type SyncJob,
  type SyncStore,
} from '../../core/sync/index.ts';
import type { Database } from './database.ts';
import { writePage } from './page-commit.ts';
import { toSyncJob } from './sync-job-row.ts';

/**
 * Jobs and documents as a worker sees them.
 *
 * A job is claimed with `for update skip locked`: workers never wait for each other, and each row goes to one of them. The
 * lease is a column, renewed by its owner; every write of a run updates the job row `where lease_owner = me`, so that a
 * worker that was given up cannot write into the run of its successor.
 */
export function createSyncStore(database: Database): SyncStore {
  const renewed = (leaseMs: number) => sql<Date>`now() + ${leaseMs} * interval '1 millisecond'`;

  return {
    async claimJob({ owner, leaseMs, lane }) {
      const { rows } = await sql<ClaimedRow>`
        with next as (
          select job.id from sync_jobs job
          where (job.status = 'pending' or (job.status in ('running', 'cancelling') and job.lease_expires_at < now()))
            and (job.resume_at is null or job.resume_at <= now() or job.status = 'cancelling')
            and ${lane === 'push' ? sql`job.trigger = 'push'` : sql`true`}
          order by job.trigger = 'push' desc, job.created_at
          for update skip locked limit 1
        ), claimed as (
          update sync_jobs job set
            status = case when job.status = 'pending' then 'running' else job.status end,
            lease_owner = ${owner}, lease_expires_at = ${renewed(leaseMs)},
            resume_at = null, waiting_for = null, attempts = job.attempts + 1, started_at = coalesce(job.started_at, now())
          from next where job.id = next.id
          returning job.*
        )
        select claimed.id, claimed.organization_id, claimed.sync_id, claimed.trigger, claimed.force_full, claimed.attempts,
          claimed.run_number, claimed.is_full, claimed.position, sync.cursors,
          connection.id as connection_id, connection.short_name, connection.config, connection.credentials,
          collection.id as collection_id, collection.index_generation, collection.dimensions
        from claimed
        join syncs sync on sync.id = claimed.sync_id
        join source_connections connection on connection.id = sync.source_connection_id
        join collections collection on collection.id = connection.collection_id`.execute(database.system());
      const row = rows[0];
      return row === undefined ? undefined : toClaimedJob(row, owner);
    },

    async renewLease(job, { leaseMs, waitingFor }) {
      const row = await database
        .scoped(job.scope)
        .updateTable('sync_jobs')
        .set({ lease_expires_at: renewed(leaseMs), waiting_for: waitingFor })
        .where('organization_id', '=', job.scope.organizationId)
        .where('id', '=', job.id)
        .where('lease_owner', '=', job.leaseOwner)
        .where('status', 'in', ['running', 'cancelling'])
        .returning('status')
        .executeTakeFirst();
      if (row === undefined) throw new LeaseLostError();
      return row.status === 'cancelling' ? 'cancelling' : 'running';
    },

    async releaseLease(job) {
      await database
        .scoped(job.scope)
        .updateTable('sync_jobs')
        .set({ lease_owner: null, lease_expires_at: sql<Date>`now() - interval '1 second'`, waiting_for: null })
        .where('organization_id', '=', job.scope.organizationId)
        .where('id', '=', job.id)
        .where('lease_owner', '=', job.leaseOwner)
        .execute();
    },

    async parkJob(job, { resumeAt, waitingFor }) {
      const row = await database
        .scoped(job.scope)
        .updateTable('sync_jobs')
        .set({
          lease_owner: null,
          lease_expires_at: sql<Date>`now() - interval '1 second'`,
          resume_at: resumeAt,
          waiting_for: waitingFor,
        })
        .where('organization_id', '=', job.scope.organizationId)
        .where('id', '=', job.id)
        .where('lease_owner', '=', job.leaseOwner)
        .where('status', 'in', ['running', 'cancelling'])
        .executeTakeFirst();
      if (row.numUpdatedRows === 0n) throw new LeaseLostError();
    },

    async releaseAllLeases() {
      await database
        .system()
        .updateTable('sync_jobs')
        .set({ lease_expires_at: sql<Date>`now() - interval '1 second'` })
        .where('status', 'in', ['running', 'cancelling'])
        .execute();
    },

    async beginRun(job, isFull) {
      return database
        .scoped(job.scope)
        .transaction()
        .execute(async (transaction) => {
          const sync = await transaction
            .updateTable('syncs')
            .set((eb) => ({ run_number: eb('run_number', '+', 1) }))
            .where('organization_id', '=', job.scope.organizationId)
            .where('id', '=', job.syncId)
            .returning('run_number')
            .executeTakeFirst();
          if (sync === undefined) throw new LeaseLostError();
          const updated = await transaction
            .updateTable('sync_jobs')
            .set({ run_number: sync.run_number, is_full: isFull })
            .where('organization_id', '=', job.scope.organizationId)
            .where('id', '=', job.id)
            .where('lease_owner', '=', job.leaseOwner)
            .executeTakeFirst();
          if (updated.numUpdatedRows === 0n) throw new LeaseLostError();
          return { number: sync.run_number, isFull };
        });
    },

    async nextVersion() {
      const { rows } = await sql<{ version: number }>`select nextval('document_versions') as version`.execute(
        database.system(),
      );
      return rows[0]?.version ?? 0;
    },

    async findDocuments(job, keys) {
      if (keys.length === 0) return [];
      const rows = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select(['id', 'entity_type', 'entity_id', 'state', 'version', 'chunk_count', 'entity_hash', 'content_hash'])
        .select(['revision', 'raw_key'])
        .where('organization_id', '=', job.scope.organizationId)
        .where('source_connection_id', '=', job.connection.id)
        .where(
          sql<boolean>`(entity_type, entity_id) in (select * from unnest(${keys.map((key) => key.type)}::text[], ${keys.map((key) => key.id)}::text[]))`,
        )
        .execute();
      return rows.map(
        (row): KnownDocument => ({
          id: DocumentId.parse(row.id),
          entityType: row.entity_type,
          entityId: row.entity_id,
          state: row.state,
          version: row.version,
          chunkCount: row.chunk_count,
          entityHash: row.entity_hash,
          contentHash: row.content_hash,
          revision: row.revision,
          rawKey: row.raw_key,
        }),
      );
    },

    async hasDocuments(job, idPrefix) {
      const row = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select('id')
        .where('organization_id', '=', job.scope.organizationId)
        .where('source_connection_id', '=', job.connection.id)
        .where(sql<boolean>`starts_with(entity_id, ${idPrefix})`)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    async commitPage(job, page: PageCommit) {
      await database
        .scoped(job.scope)
        .transaction()
        .execute((transaction) => writePage(transaction, job, page));
    },

    async countUnseen(job, runNumber) {
      const row = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select((eb) => [
          eb.fn.countAll<number>().as('total'),
          eb.fn.countAll<number>().filterWhere('seen_run', '<', runNumber).as('unseen'),
        ])
        .where('organization_id', '=', job.scope.organizationId)
        .where('source_connection_id', '=', job.connection.id)
        .executeTakeFirstOrThrow();
      return { total: row.total, unseen: row.unseen };
    },

    async listUnseen(job, runNumber, { after, limit }) {
      const rows = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select(['id', 'raw_key'])
        .where('organization_id', '=', job.scope.organizationId)
        .where('source_connection_id', '=', job.connection.id)
        .where('seen_run', '<', runNumber)
        .$if(after !== null, (query) => query.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row): DocumentDeletion => ({ id: DocumentId.parse(row.id), rawKey: row.raw_key }));
    },

    async existingDocuments(job, documentIds) {
      const rows = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select('id')
        .where('organization_id', '=', job.scope.organizationId)
        .where(sql<boolean>`id = any(${[...documentIds]}::uuid[])`)
        .execute();
      return new Set(rows.map((row) => DocumentId.parse(row.id)));
    },

    async holdDeletions(job, held) {
      const value =
        held === null ? null : JSON.stringify({ count: held.count, total: held.total, run_number: held.runNumber });
      await database
        .scoped(job.scope)
        .updateTable('syncs')
        .set({ held_deletions: value })
        .where('organization_id', '=', job.scope.organizationId)
        .where('id', '=', job.syncId)
        .execute();
    },

    async finishJob(job, outcome) {
      return database
        .scoped(job.scope)
        .transaction()
        .execute(async (transaction) => {
          // A push locks the same row before it looks for a job to join, so that none slips in between.
          await transaction
            .selectFrom('syncs')
            .select('id')
            .where('organization_id', '=', job.scope.organizationId)
            .where('id', '=', job.syncId)
            .forUpdate()
            .execute();
          if (outcome.status === 'completed') {
            const waiting = await transaction
              .selectFrom('pushed_documents')
              .select('id')
              .where('organization_id', '=', job.scope.organizationId)
              .where('sync_id', '=', job.syncId)
              .limit(1)
              .executeTakeFirst();
            if (waiting !== undefined) return false;
          }
          const updated = await transaction
            .updateTable('sync_jobs')
            .set({ ...endedColumns(outcome), lease_owner: null, lease_expires_at: null, waiting_for: null })
            .where('organization_id', '=', job.scope.organizationId)
            .where('id', '=', job.id)
            .where('lease_owner', '=', job.leaseOwner)
            .where('status', 'in', ['running', 'cancelling'])
            .executeTakeFirst();
          if (updated.numUpdatedRows === 0n) throw new LeaseLostError();
          if (outcome.status === 'failed' && outcome.errorCategory !== undefined) {
            // Broken credentials: running again would only fail again.
            await transaction
              .updateTable('syncs')
              .set({ status: 'paused', modified_at: sql<Date>`now()` })
              .where('organization_id', '=', job.scope.organizationId)
              .where('id', '=', job.syncId)
              .execute();
          }
          return true;
        });
    },

    async listLeftoverJobs(job) {
      const rows = await database
        .scoped(job.scope)
        .selectFrom('sync_jobs')
        .select('id')
        .where('organization_id', '=', job.scope.organizationId)
        .where('sync_id', '=', job.syncId)
        .where('has_leftovers', '=', true)
        .execute();
      return rows.map((row) => SyncJobId.parse(row.id));
    },

    async clearLeftovers(job, jobIds) {
      await database
        .scoped(job.scope)
        .updateTable('sync_jobs')
        .set({ has_leftovers: false })
        .where('organization_id', '=', job.scope.organizationId)
        .where(sql<boolean>`id = any(${[...jobIds]}::uuid[])`)
        .execute();
    },

    async listDrops({ scope, collectionId }, limit) {
      const rows = await database
        .scoped(scope)
        .selectFrom('index_drops')
        .select(['id', 'document_id', 'before_version', 'raw_key'])
        .where('organization_id', '=', scope.organizationId)
        .where('collection_id', '=', collectionId)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(
        (row): IndexDrop => ({
          id: row.id,
          documentId: DocumentId.parse(row.document_id),
          beforeVersion: row.before_version,
          rawKey: row.raw_key,
        }),
      );
    },

    async removeDrops(scope, ids) {
      await database
        .scoped(scope)
        .deleteFrom('index_drops')
        .where('organization_id', '=', scope.organizationId)
        .where(sql<boolean>`id = any(${[...ids]}::bigint[])`)
        .execute();
    },

    async findJob(scope, jobId): Promise<SyncJob | undefined> {
      const row = await database
        .scoped(scope)
        .selectFrom('sync_jobs as job')
        .innerJoin('syncs as sync', 'sync.id', 'job.sync_id')
        .selectAll('job')
        .select('sync.source_connection_id')
        .where('job.organization_id', '=', scope.organizationId)
        .where('job.id', '=', jobId)
        .executeTakeFirst();
      return row === undefined ? undefined : toSyncJob(row);
    },
  };
}

function endedColumns(outcome: RunOutcome) {
  switch (outcome.status) {
    case 'completed':
      // A cancellation that came too late to stop anything still ends as what was asked for.
      return {
        status: sql<'completed'>`case status when 'cancelling' then 'cancelled' else 'completed' end`,
        completed_at: sql<Date>`now()`,
      };
    case 'cancelled':
      return { status: 'cancelled' as const, completed_at: sql<Date>`now()`, has_leftovers: true };
    case 'failed':
      return {
        status: 'failed' as const,
        failed_at: sql<Date>`now()`,
        error: outcome.error,
        error_category: outcome.errorCategory ?? null,
        has_leftovers: true,
      };
  }
}

interface ClaimedRow {
  id: string;
  organization_id: string;
  sync_id: string;
  trigger: ClaimedJob['trigger'];
  force_full: boolean;
  attempts: number;
  run_number: number | null;
  is_full: boolean | null;
  position: { streams?: RunPosition['streams']; done?: RunPosition['done'] };
  cursors: ClaimedJob['cursors'];
  connection_id: string;
  short_name: string;
  config: ClaimedJob['connection']['config'];
  credentials: Buffer | null;
  collection_id: string;
  index_generation: number;
  dimensions: number;
}

function toClaimedJob(row: ClaimedRow, owner: string): ClaimedJob {
  const scope = new Scope(OrganizationId.parse(row.organization_id));
  return {
    id: SyncJobId.parse(row.id),
    scope,
    syncId: SyncId.parse(row.sync_id),
    trigger: row.trigger,
    forceFull: row.force_full,
    leaseOwner: owner,
    attempts: row.attempts,
    run: row.run_number === null ? null : { number: row.run_number, isFull: row.is_full ?? false },
    position: { streams: row.position.streams ?? {}, done: row.position.done ?? [] },
    cursors: row.cursors,
    connection: {
      id: SourceConnectionId.parse(row.connection_id),
      shortName: row.short_name,
      config: row.config,
      sealedCredentials: row.credentials,
    },
    index: { scope, collectionId: CollectionId.parse(row.collection_id), generation: row.index_generation },
    dimensions: row.dimensions,
  };
}
