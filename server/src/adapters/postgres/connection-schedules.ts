import { type Selectable, sql } from 'kysely';
import type { ConnectionStore, DueSync } from '../../core/connections/index.ts';
import { OrganizationId, Scope, SyncId } from '../../core/shared/index.ts';
import { activeJobStatuses } from '../../core/sync/index.ts';
import type { Database } from './database.ts';
import { notifyJobs } from './job-signal.ts';
import { appendSyncEvents } from './sync-events.ts';
import type { SyncsTable } from './tables.ts';

/** The part of the connection store that runs schedules, of all organisations. */
export function createConnectionSchedules(
  database: Database,
): Pick<ConnectionStore, 'startDueJobs' | 'correctSchedules'> {
  return {
    async startDueJobs(now, limit, nextStartAt) {
      return database
        .system()
        .transaction()
        .execute(async (transaction) => {
          const due = await transaction
            .selectFrom('syncs')
            .select(['id', 'organization_id', 'cron', 'time_zone'])
            .where('next_run_at', '<=', now)
            .where('status', '=', 'active')
            .orderBy('next_run_at')
            .limit(limit)
            .forUpdate()
            .skipLocked()
            .execute();
          const started: DueSync[] = [];
          const jobs: string[] = [];
          for (const row of due) {
            if (row.cron === null) continue;
            const scope = new Scope(OrganizationId.parse(row.organization_id));
            const syncId = SyncId.parse(row.id);
            await transaction
              .updateTable('syncs')
              .set({ next_run_at: nextStartAt({ cron: row.cron, timeZone: row.time_zone }, syncId) })
              .where('id', '=', row.id)
              .execute();
            const job = await transaction
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
                  // Literals: with parameters, a plan that serves every value cannot tell which partial index is meant.
                  .where(
                    'status',
                    'in',
                    activeJobStatuses.map((status) => sql.lit(status)),
                  )
                  .doNothing(),
              )
              .returning('id')
              .executeTakeFirst();
            if (job !== undefined) jobs.push(job.id);
            started.push({ scope, syncId });
          }
          await appendSyncEvents(transaction, jobs, 'sync.pending');
          if (started.length > 0) await notifyJobs(transaction);
          return started;
        });
    },

    async correctSchedules(now, batch, correct) {
      for (let after: string | null = null; ; ) {
        const rows: readonly Pick<Selectable<SyncsTable>, 'id' | 'cron' | 'time_zone' | 'next_run_at'>[] =
          await database
            .system()
            .selectFrom('syncs')
            .select(['id', 'cron', 'time_zone', 'next_run_at'])
            .where('next_run_at', '>', now)
            .where('status', '=', 'active')
            .$if(after !== null, (query) => query.where('id', '>', after))
            .orderBy('id')
            .limit(batch)
            .execute();
        for (const { id, cron, time_zone: timeZone, next_run_at: planned } of rows) {
          if (cron === null || planned === null) continue;
          const start = correct({ cron, timeZone }, planned, SyncId.parse(id));
          if (start === null) continue;
          await database
            .system()
            .updateTable('syncs')
            .set({ next_run_at: start })
            .where('id', '=', id)
            // Planned anew meanwhile, it is right.
            .where(sql<boolean>`date_trunc('milliseconds', next_run_at) = ${planned}`)
            .execute();
        }
        after = rows.at(-1)?.id ?? null;
        if (rows.length < batch) return;
      }
    },
  };
}
