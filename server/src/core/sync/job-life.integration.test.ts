import fc from 'fast-check';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture } from '../../../test/sync-fixture.ts';
import { type JobStatus, jobMoves } from './sync-job.ts';
import { type Model, type Real, recover } from './testing/job-life-model.ts';
import { cancel, claimBy, finish, outcomes, startJob, steps } from './testing/job-life-steps.ts';

/**
 * The life of jobs against a model of it, through the stores that servers and workers use, on a real database. Two workers
 * claim, renew, commit and end; they crash, are too slow, and come back when others have their job; people start, cancel and
 * delete in between. The database itself writes down each move of a job.
 */
let fixture: SyncFixture;
let owner: pg.Client;
beforeAll(async () => {
  fixture = await createSyncFixture();
  owner = new pg.Client({ connectionString: fixture.databaseUrl });
  await owner.connect();
  await owner.query(`
    create table observed_moves (id bigint generated always as identity, from_status text, to_status text);
    create function observe_move() returns trigger language plpgsql security definer as $$
      begin
        insert into observed_moves (from_status, to_status)
        values (case when tg_op = 'UPDATE' then old.status end, new.status);
        return null;
      end $$;
    create trigger observe_move after insert or update of status on sync_jobs
      for each row execute function observe_move()`);
});
afterAll(async () => {
  await owner.end();
  await fixture.close();
});

/** The moves that the database saw since the last look. */
async function takeMoves(): Promise<readonly { readonly from: JobStatus | null; readonly to: JobStatus }[]> {
  const { rows } = await owner.query<{ from: JobStatus | null; to: JobStatus }>(`
    with taken as (delete from observed_moves returning id, from_status, to_status)
    select from_status as "from", to_status as "to" from taken order by id`);
  return rows;
}

test('a job moves as the table says, is written by one worker, and ends, whatever becomes of workers', {
  timeout: 120_000,
}, async () => {
  const seen = new Set<string>();
  const walk = async (commands: Iterable<fc.AsyncCommand<Model, Real>>): Promise<void> => {
    const real: Real = { fixture, connection: await fixture.connect(), claims: [] };
    const model: Model = { jobs: [], claims: [], isDeleted: false };
    await takeMoves();
    try {
      await fc.asyncModelRun(() => ({ model, real }), commands);
      await recover(model, real);
      for (const { from, to } of await takeMoves()) {
        seen.add(`${from} ${to}`);
        if (from === null) expect(to).toBe('pending');
        else if (from !== to && !(model.isDeleted && to === 'cancelled')) expect(jobMoves[from]).toContain(to);
      }
    } finally {
      // Whatever failed, the next try begins without jobs.
      await sql`delete from sync_jobs`.execute(fixture.database.system());
      await sql`update syncs set next_run_at = null`.execute(fixture.database.system());
    }
  };
  // Every move once, so that no random walk has to come by; then the walks.
  for (const outcome of outcomes) await walk([startJob, claimBy('A'), finish(0, outcome)]);
  await walk([startJob, claimBy('A'), cancel]);
  await walk([startJob, cancel]);
  const moves = [
    'running completed',
    'running failed',
    'running cancelling',
    'cancelling cancelled',
    'pending cancelled',
  ];
  for (const move of moves) expect(seen).toContain(move);
  await fc.assert(fc.asyncProperty(fc.commands(steps, { maxCommands: 40, size: 'max' }), walk), { numRuns: 100 });
});
