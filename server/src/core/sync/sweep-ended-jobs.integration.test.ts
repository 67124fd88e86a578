import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture } from '../../../test/sync-fixture.ts';
import { createSweepStore } from '../../adapters/postgres/sweep-store.ts';
import type { SourceConnection } from '../connections/index.ts';
import { silentLogger } from '../shared/index.ts';
import { sweepEndedJobs } from './sweep-ended-jobs.ts';

let fixture: SyncFixture;
beforeAll(async () => {
  fixture = await createSyncFixture();
});
afterAll(() => fixture.close());

interface OldJob {
  readonly status: string;
  readonly days: number;
  readonly hasLeftovers?: boolean;
}

const syncIdOf = ({ sync }: SourceConnection) => sync?.id ?? null;

/** Jobs that began and ended so many days ago, each with a line of its log. */
async function addJobs(connection: SourceConnection, jobs: readonly OldJob[]): Promise<void> {
  for (const { status, days, hasLeftovers = false } of jobs) {
    const at = new Date(Date.now() - days * 86_400_000);
    await sql`
      with job as (
        insert into sync_jobs (id, organization_id, sync_id, status, trigger, created_at, started_at, completed_at, failed_at, has_leftovers)
        values (gen_random_uuid(), ${fixture.caller.scope.organizationId}, ${syncIdOf(connection)}, ${status}, 'manual', ${at}, ${at},
          ${['completed', 'cancelled'].includes(status) ? at : null}, ${status === 'failed' ? at : null}, ${hasLeftovers})
        returning *
      ) insert into sync_job_logs (organization_id, sync_job_id, at, level, message)
        select organization_id, id, ${at}, 'info', 'a line' from job`.execute(fixture.database.system());
  }
}

/** Days ago and status of the jobs that are left, newest first; every one still has its log. */
async function listJobs(connection: SourceConnection): Promise<readonly string[]> {
  const { rows } = await sql<{ job: string; lines: number }>`
    select round(extract(epoch from now() - created_at) / 86400) || ' ' || status as job,
      (select count(*)::int from sync_job_logs where sync_job_id = sync_jobs.id) as lines
    from sync_jobs where sync_id = ${syncIdOf(connection)} order by created_at desc`.execute(fixture.database.system());
  expect(rows.filter(({ lines }) => lines !== 1)).toEqual([]);
  return rows.map(({ job }) => job);
}

const sweep = () =>
  sweepEndedJobs(
    { sweep: createSweepStore(fixture.database), logger: silentLogger },
    { now: new Date(), retentionDays: 90, signal: new AbortController().signal },
  );

test('removes jobs that ended too long ago, with their logs, and keeps what is needed', async () => {
  const busy = await fixture.connect();
  await addJobs(busy, [
    { status: 'completed', days: 120 },
    { status: 'cancelled', days: 115 },
    { status: 'cancelled', days: 110 },
    { status: 'failed', days: 105, hasLeftovers: true },
    { status: 'failed', days: 100 },
    { status: 'completed', days: 89 },
    { status: 'failed', days: 1 },
  ]);
  const failing = await fixture.connect();
  await addJobs(failing, [
    { status: 'completed', days: 400 },
    { status: 'completed', days: 300 },
    { status: 'failed', days: 200 },
    { status: 'failed', days: 100 },
  ]);
  const parked = await fixture.connect();
  await addJobs(parked, [
    { status: 'failed', days: 160 },
    { status: 'failed', days: 150 },
    { status: 'running', days: 140 },
  ]);
  await sweep();
  expect(await listJobs(busy)).toEqual(['1 failed', '89 completed', '105 failed', '110 cancelled']);
  expect(await listJobs(failing)).toEqual(['100 failed', '300 completed']);
  expect(await listJobs(parked)).toEqual(['140 running', '150 failed']);
  const { rows } = await sql`select 1 from sync_job_logs where sync_job_id not in (select id from sync_jobs)`.execute(
    fixture.database.system(),
  );
  expect(rows).toEqual([]);
});

test('removes more than one statement does', async () => {
  const connection = await fixture.connect();
  await sql`
    insert into sync_jobs (id, organization_id, sync_id, status, trigger, created_at, completed_at)
    select gen_random_uuid(), ${fixture.caller.scope.organizationId}, ${syncIdOf(connection)}, 'completed', 'schedule', at, at
    from generate_series(1, 1200) as number, lateral (select now() - interval '100 days' - number * interval '1 hour') as row(at)`.execute(
    fixture.database.system(),
  );
  await sweep();
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from sync_jobs where sync_id = ${syncIdOf(connection)}`.execute(
    fixture.database.system(),
  );
  expect(rows).toEqual([{ count: 1 }]);
});
