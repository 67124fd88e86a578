import { sql } from 'kysely';
import type { ErrorCategory } from '../../connector-kit/index.ts';
import { documentsSource } from '../../core/connections/index.ts';
import { type Quotas, unlimited } from '../../core/quotas/index.ts';
import { LeaseLostError, type PageCommit, type RunOutcome, type SyncStore } from '../../core/sync/index.ts';
import { type ClaimedRow, toClaimedJob } from './claimed-job-row.ts';
import type { Database } from './database.ts';
import { appendLogLines } from './job-log-rows.ts';
import { noProgress, progressColumns } from './job-progress.ts';
import { writePage } from './page-commit.ts';
import { mergeUsage, parallelSyncsOf, requireWithinQuotas } from './quota-store.ts';
import { createRunDocuments } from './run-documents.ts';
import { createRunRemains } from './run-remains.ts';
import { appendSyncEvents } from './sync-events.ts';

/** Documents that failed more often are not worth a run of their own. */
const maxSoonTries = 3;

/** Any number that nothing else uses as an advisory lock. */
const claimLock = 7_236_184_001;

/**
 * Jobs and documents as a worker sees them.
 *
 * A job is claimed with `for update skip locked`: workers never wait for each other, and each row goes to one of them. The
 * lease is a column, renewed by its owner; every write of a run updates the job row `where lease_owner = me`, so that a
 * worker that was given up cannot write into the run of its successor. Each claim is an owner of its own: the successor may
 * be the same worker, as after a machine that slept.
 */
/** @param quotas for organisations without quotas of their own; default: unlimited */
export function createSyncStore(database: Database, quotas: Quotas = unlimited): SyncStore {
  const renewed = (leaseMs: number) => sql<Date>`now() + ${leaseMs} * interval '1 millisecond'`;
  // A lease from long after now was given before the clock was set back; its holder, if it lives, loses it and no work.
  const hasEnded = (leaseMs: number) =>
    sql`(job.lease_expires_at < now() or job.lease_expires_at > now() + ${Math.max(2 * leaseMs, 60_000)} * interval '1 millisecond')`;

  // What runs already, or was lost while it ran, has its place; what waits, for its turn or for its source, needs one.
  const hasRoom = sql`(job.status = 'cancelling' or (job.status = 'running' and job.resume_at is null) or coalesce((
    select count(*) from sync_jobs busy
    where busy.organization_id = job.organization_id and busy.status in ('running', 'cancelling')
      and busy.trigger <> 'push' and busy.resume_at is null
  ) < ${parallelSyncsOf(sql`job.organization_id`, quotas)}, true))`;

  // Whoever cancelled the run that waits for it has shown no claim either.
  const isClaimed = sql`not exists (
    select from sync_jobs unclaimed where unclaimed.sync_id = job.sync_id and unclaimed.awaits_claim
  )`;

  return {
    ...createRunDocuments(database),
    ...createRunRemains(database),

    async claimJob({ owner, leaseMs, lane }) {
      const claim = sql<ClaimedRow>`
        with next as (
          select job.id from sync_jobs job
          where ${isClaimed} and (job.status = 'pending' or (job.status in ('running', 'cancelling') and ${hasEnded(leaseMs)}))
            and (job.resume_at is null or job.resume_at <= now() or job.status = 'cancelling')
            and ${lane === 'push' ? sql`job.trigger = 'push'` : sql`(job.trigger = 'push' or ${hasRoom})`}
          order by job.trigger = 'push' desc, job.created_at
          for update skip locked limit 1
        ), claimed as (
          update sync_jobs job set
            status = case when job.status = 'pending' then 'running' else job.status end,
            lease_owner = ${owner}::text || '#' || (job.attempts + 1), lease_expires_at = ${renewed(leaseMs)},
            resume_at = null, waiting_for = null, attempts = job.attempts + 1, has_leftovers = job.attempts > 0, started_at = coalesce(job.started_at, now())
          from next where job.id = next.id
          returning job.*
        )
        select claimed.id, claimed.organization_id, claimed.sync_id, claimed.trigger, claimed.force_full, claimed.attempts,
          claimed.run_number, claimed.is_full, claimed.position, sync.cursors,
          -- Confirmed deletions wait for a full run: it is due.
          case when sync.held_deletions ? 'is_confirmed' then null else sync.last_full_run_at end as last_full_run_at,
          exists (
            select from documents where source_connection_id = connection.id and excluded_at is null and version = 0
              and state = 'indexed' and connection.short_name <> ${documentsSource}
            union all
            select from documents where source_connection_id = connection.id and state = 'failed' and tries < ${maxSoonTries}
              and excluded_at is null
          ) as has_recent_failures,
          claimed.entities_inserted, claimed.entities_updated, claimed.entities_deleted, claimed.entities_kept,
          claimed.entities_skipped, claimed.bytes_read, claimed.api_calls, claimed.retries,
          connection.id as connection_id, connection.short_name, connection.auth_method, connection.config, connection.credentials,
          connection.auth_provider_connection_id, connection.auth_provider_config,
          (select array_agg(selected.source_node_id order by selected.position) from browse_selections selected
            where selected.source_connection_id = connection.id) as selection,
          collection.id as collection_id, collection.index_generation, collection.dimensions, collection.encoder_name
        from claimed
        join syncs sync on sync.id = claimed.sync_id
        join source_connections connection on connection.id = sync.source_connection_id
        join collections collection on collection.id = connection.collection_id`;
      // One claim at a time: two at once would both find room for one.
      const { rows } = await database
        .system()
        .transaction()
        .execute(async (transaction) => {
          await sql`select pg_advisory_xact_lock(${claimLock})`.execute(transaction);
          const result = await claim.execute(transaction);
          // What was taken up before goes on: that is not told again.
          const begun = result.rows.filter((row) => row.attempts === 1);
          await appendSyncEvents(
            transaction,
            begun.map((row) => row.id),
            'sync.running',
          );
          return result;
        });
      const row = rows[0];
      return row === undefined ? undefined : toClaimedJob(row, owner);
    },

    async renewLease(job, { leaseMs, waitingFor, progress }) {
      const row = await database
        .scoped(job.scope)
        .updateTable('sync_jobs')
        .set({
          lease_expires_at: renewed(leaseMs),
          waiting_for: waitingFor,
          ...(progress === undefined ? {} : progressColumns(progress)),
        })
        .where('organization_id', '=', job.scope.organizationId)
        .where('id', '=', job.id)
        .where('lease_owner', '=', job.leaseOwner)
        .where('status', 'in', ['running', 'cancelling'])
        .returning('status')
        .executeTakeFirst();
      if (row === undefined) throw new LeaseLostError();
      return row.status === 'cancelling' ? 'cancelling' : 'running';
    },

    async releaseLease(job, { progress } = {}) {
      await database
        .scoped(job.scope)
        .updateTable('sync_jobs')
        .set({
          ...(progress === undefined ? {} : progressColumns(progress)),
          lease_owner: null,
          lease_expires_at: sql<Date>`now() - interval '1 second'`,
          waiting_for: null,
        })
        .where('organization_id', '=', job.scope.organizationId)
        .where('id', '=', job.id)
        .where('lease_owner', '=', job.leaseOwner)
        .execute();
    },

    async parkJob(job, { resumeAt, waitingFor, progress }) {
      const row = await database
        .scoped(job.scope)
        .updateTable('sync_jobs')
        .set({
          ...(progress === undefined ? {} : progressColumns(progress)),
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

    async isCurrentGeneration({ scope, index }) {
      const row = await database
        .scoped(scope)
        .selectFrom('collections')
        .select('index_generation')
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', index.collectionId)
        .executeTakeFirst();
      return row === undefined || row.index_generation === index.generation;
    },

    async commitPage(job, page: PageCommit) {
      await database
        .scoped(job.scope)
        .transaction()
        .execute(async (transaction) => {
          await writePage(transaction, job, page);
          if (page.writes.length + page.failures.length > 0) await requireWithinQuotas(transaction, job.scope, quotas);
        });
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
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('sync_jobs')
              .select('sync_jobs.id')
              .where('sync_jobs.id', '=', job.id)
              .where('sync_jobs.lease_owner', '=', job.leaseOwner),
          ),
        )
        .execute();
    },

    async finishJob(job, outcome, report) {
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
            .set({
              ...(report === undefined ? {} : progressColumns(report.progress)),
              ...endedColumns(outcome),
              ...noProgress,
              lease_owner: null,
              lease_expires_at: null,
              waiting_for: null,
            })
            .where('organization_id', '=', job.scope.organizationId)
            .where('id', '=', job.id)
            .where('lease_owner', '=', job.leaseOwner)
            .where('status', 'in', ['running', 'cancelling'])
            .returning([sql<RunOutcome['status']>`status`.as('status'), 'is_full'])
            .executeTakeFirst();
          if (updated === undefined) throw new LeaseLostError();
          if (updated.status === 'completed' && updated.is_full === true) {
            await transaction
              .updateTable('syncs')
              .set({ last_full_run_at: sql<Date>`now()` })
              .where('organization_id', '=', job.scope.organizationId)
              .where('id', '=', job.syncId)
              .execute();
          }
          await appendLogLines(transaction, job, report?.lines ?? []);
          await appendSyncEvents(transaction, [job.id], endedEvents[updated.status]);
          await mergeUsage(transaction, job.scope);
          if (outcome.status === 'failed' && outcome.errorCategory !== undefined) {
            // Broken credentials: running again would only fail again.
            await transaction
              .updateTable('syncs')
              .set({ status: 'paused', paused_by: 'credentials', modified_at: sql<Date>`now()` })
              .where('organization_id', '=', job.scope.organizationId)
              .where('id', '=', job.syncId)
              // A person's pause stays theirs: new credentials must not end it.
              .where('status', '=', 'active')
              .execute();
          }
          return true;
        });
    },
  };
}

const endedEvents = {
  completed: 'sync.completed',
  failed: 'sync.failed',
  cancelled: 'sync.cancelled',
} as const satisfies Record<RunOutcome['status'], string>;

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
      // As above: what was asked for, not what went wrong on the way there.
      return {
        status: sql<'failed'>`case status when 'cancelling' then 'cancelled' else 'failed' end`,
        completed_at: sql<Date | null>`case status when 'cancelling' then now() end`,
        failed_at: sql<Date | null>`case status when 'cancelling' then null else now() end`,
        error: sql<string | null>`case status when 'cancelling' then null else ${outcome.error}::text end`,
        error_category: sql<ErrorCategory | null>`case status when 'cancelling' then null else ${outcome.errorCategory ?? null}::text end`,
        has_leftovers: true,
      };
  }
}
