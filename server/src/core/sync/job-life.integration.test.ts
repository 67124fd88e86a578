import fc from 'fast-check';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture } from '../../../test/sync-fixture.ts';
import type { SourceConnection } from '../connections/index.ts';
import { newId, SyncJobId } from '../shared/index.ts';
import { activeJobStatuses, type JobStatus, jobMoves, noCounts } from './sync-job.ts';
import { type ClaimedJob, LeaseLostError, RunCancelledError, type RunOutcome } from './sync-store.ts';

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

type Worker = 'A' | 'B';
const workers: readonly Worker[] = ['A', 'B'];
const leaseMs = 60_000;

interface ModelJob {
  status: JobStatus;
  /** The claim that holds the lease. */
  holder: number | null;
  lease: 'none' | 'live' | 'expired';
  isParked: boolean;
  pages: number;
  wasCancelled: boolean;
}

/** What should be so. */
interface Model {
  readonly jobs: ModelJob[];
  /** Position in `jobs`, per claim. */
  readonly claims: number[];
  isDeleted: boolean;
}

/** What is so: the claims that workers hold, or believe to hold. */
interface Real {
  readonly connection: SourceConnection;
  readonly claims: { readonly worker: Worker; readonly job: ClaimedJob }[];
}

type Step = fc.AsyncCommand<Model, Real>;

const activeJob = ({ jobs }: Model): ModelJob | undefined =>
  jobs.find(({ status }) => activeJobStatuses.some((active) => active === status));

const syncIdOf = ({ connection }: Real) => {
  if (connection.sync === null) throw new Error('the connection has no sync');
  return connection.sync.id;
};

function isClaimable(job: ModelJob): boolean {
  if (job.status === 'pending') return true;
  return job.lease === 'expired' && (!job.isParked || job.status === 'cancelling');
}

/** A step that anybody takes at any time. */
function step(name: string, run: (model: Model, real: Real) => Promise<void>): Step {
  return {
    check: () => true,
    toString: () => name,
    run: async (model, real) => {
      await run(model, real);
      await expectAgreement(model, real);
    },
  };
}

/** A step of a worker with one of its claims, which may have been taken away long ago. */
function claimStep(
  name: string,
  at: number,
  work: {
    readonly act: (job: ClaimedJob) => Promise<unknown>;
    /** What it does when the claim holds. */
    readonly expected: (job: ModelJob, act: () => Promise<unknown>) => Promise<void>;
    readonly isPossible?: (job: ModelJob) => boolean;
    readonly isSilent?: boolean;
  },
): Step {
  const find = (model: Model) => (model.claims.length === 0 ? -1 : at % model.claims.length);
  const jobOf = (model: Model) => model.jobs[model.claims[find(model)] ?? -1];
  return {
    check: (model) => {
      const job = jobOf(model);
      return job !== undefined && (work.isPossible?.(job) ?? true);
    },
    toString: () => `${name}(claim ${at})`,
    run: async (model, real) => {
      const [job, claim] = [jobOf(model), real.claims[find(model)]];
      if (job === undefined || claim === undefined) throw new Error('there is no such claim');
      const act = () => work.act(claim.job);
      if (job.holder === find(model)) await work.expected(job, act);
      else if (work.isSilent) await act();
      else await expect(act()).rejects.toThrow(LeaseLostError);
      await expectAgreement(model, real);
    },
  };
}

const startJob = step('start', async (model, real) => {
  if (model.isDeleted) return;
  const started = fixture.connectionDependencies.connections.startJob(fixture.caller.scope, syncIdOf(real), {
    id: newId(SyncJobId),
    trigger: 'manual',
    forceFull: false,
  });
  if (activeJob(model) !== undefined) await expect(started).rejects.toThrow('already');
  else {
    await started;
    model.jobs.push(newJob());
  }
});

const tick = step('the schedule is due', async (model, real) => {
  await sql`update syncs set next_run_at = now() where id = ${syncIdOf(real)} and next_run_at is not null`.execute(
    fixture.database.system(),
  );
  const nextRunAt = () => new Date(Date.now() + 3_600_000);
  await fixture.connectionDependencies.connections.startDueJobs(new Date(Date.now() + 1_000), 10, nextRunAt);
  if (!model.isDeleted && activeJob(model) === undefined) model.jobs.push(newJob());
});

const claimBy = (worker: Worker): Step =>
  step(`${worker} claims`, async (model, real) => {
    const claimed = await fixture.dependencies.store.claimJob({ owner: worker, leaseMs, lane: 'any' });
    const job = activeJob(model);
    if (job === undefined || !isClaimable(job)) expect(claimed).toBeUndefined();
    else {
      if (claimed === undefined) throw new Error(`a job that is ${job.status} was not claimed`);
      expect(Object.keys(claimed.position.streams)).toHaveLength(job.pages === 0 ? 0 : 1);
      expect(claimed.position.streams.notes ?? 0).toBe(job.pages);
      real.claims.push({ worker, job: claimed });
      model.claims.push(model.jobs.indexOf(job));
      const status = job.status === 'pending' ? 'running' : job.status;
      Object.assign(job, { status, holder: model.claims.length - 1, lease: 'live', isParked: false });
    }
  });

const passTime = step('time passes', async (model, real) => {
  await expireLeases(real);
  const job = activeJob(model);
  if (job?.lease === 'live') job.lease = 'expired';
  if (job !== undefined) job.isParked = false;
});

const restart = step('the server starts', async (model) => {
  await fixture.dependencies.store.releaseAllLeases();
  const job = activeJob(model);
  if (job?.status === 'running' || job?.status === 'cancelling') job.lease = 'expired';
});

const cancel = step('cancel', async (model, real) => {
  const jobs = await listJobs(real);
  const newest = jobs.at(-1);
  if (newest === undefined || model.isDeleted) return;
  const asked = fixture.connectionDependencies.connections.cancelJob(
    fixture.caller.scope,
    real.connection.id,
    SyncJobId.parse(newest.id),
  );
  const job = activeJob(model);
  if (job === undefined || job.status === 'cancelling') {
    await expect(asked).rejects.toThrow('Cannot cancel');
    return;
  }
  await asked;
  job.wasCancelled = true;
  if (job.status === 'pending') endJob(job, 'cancelled');
  else job.status = 'cancelling';
});

const deleteConnection = step('delete the connection', async (model, real) => {
  const wasThere = await fixture.connectionDependencies.connections.markDeleted(
    fixture.caller.scope,
    real.connection.id,
  );
  expect(wasThere).toBe(!model.isDeleted);
  model.isDeleted = true;
  const job = activeJob(model);
  if (job !== undefined) endJob(job, 'cancelled');
});

const crash = (worker: Worker): Step =>
  step(`${worker} crashes`, async (model, real) => {
    for (const [index, claim] of real.claims.entries()) {
      // It does nothing any more; where it held the lease, nobody renews it now.
      if (claim.worker === worker) for (const job of model.jobs) if (job.holder === index) job.holder = null;
    }
    const kept = [...real.claims.keys()].filter((index) => real.claims[index]?.worker !== worker);
    const [claims, jobs] = [kept.map((index) => real.claims[index]), kept.map((index) => model.claims[index])];
    for (const job of model.jobs) if (job.holder !== null) job.holder = kept.indexOf(job.holder);
    real.claims.splice(0, real.claims.length, ...claims.filter((claim) => claim !== undefined));
    model.claims.splice(0, model.claims.length, ...jobs.filter((job) => job !== undefined));
  });

const renew = (at: number): Step =>
  claimStep('renew', at, {
    act: (job) => fixture.dependencies.store.renewLease(job, { leaseMs, waitingFor: null }),
    expected: async (job, act) => {
      expect(await act()).toBe(job.status);
      job.lease = 'live';
    },
  });

const beginRun = (at: number): Step =>
  claimStep('begin', at, {
    act: (job) => fixture.dependencies.store.beginRun(job, true),
    expected: async (_job, act) => {
      await act();
    },
  });

const commitPage = (at: number): Step =>
  claimStep('commit', at, {
    act: async (claimed) => {
      const row = await sql<{
        pages: number;
      }>`select entities_inserted as pages from sync_jobs where id = ${claimed.id}`.execute(fixture.database.system());
      const pages = (row.rows[0]?.pages ?? 0) + 1;
      await fixture.dependencies.store.commitPage(claimed, {
        version: await fixture.dependencies.store.nextVersion(),
        writes: [],
        failures: [],
        kept: [],
        deletions: [],
        counts: { ...noCounts, inserted: 1 },
        position: { streams: { notes: pages }, done: [] },
      });
    },
    expected: async (job, act) => {
      if (job.status === 'cancelling') await expect(act()).rejects.toThrow(RunCancelledError);
      else {
        await act();
        job.pages += 1;
      }
    },
  });

const finish = (at: number, outcome: RunOutcome): Step =>
  claimStep(`end as ${outcome.status}`, at, {
    act: (job) => fixture.dependencies.store.finishJob(job, outcome),
    // A worker ends a run as cancelled only when it was told so.
    isPossible: (job) => outcome.status !== 'cancelled' || job.status === 'cancelling',
    expected: async (job, act) => {
      expect(await act()).toBe(true);
      endJob(job, job.status === 'cancelling' ? 'cancelled' : outcome.status);
    },
  });

const release = (at: number): Step =>
  claimStep('give back', at, {
    act: (job) => fixture.dependencies.store.releaseLease(job),
    isSilent: true,
    expected: async (job, act) => {
      await act();
      Object.assign(job, { holder: null, lease: 'expired' });
    },
  });

const park = (at: number): Step =>
  claimStep('park', at, {
    act: (job) =>
      fixture.dependencies.store.parkJob(job, {
        resumeAt: new Date(Date.now() + 3_600_000),
        waitingFor: 'the source is at its limit',
      }),
    expected: async (job, act) => {
      await act();
      Object.assign(job, { holder: null, lease: 'expired', isParked: true });
    },
  });

const holdDeletions = (at: number): Step =>
  claimStep('hold deletions', at, {
    act: async (claimed) => {
      const held = { count: 101, total: 200, runNumber: 1 };
      await fixture.dependencies.store.holdDeletions(claimed, held);
      const noted = await sql<{ held: object | null }>`
        select held_deletions as held from syncs where id = ${claimed.syncId}`.execute(fixture.database.system());
      await sql`update syncs set held_deletions = null where id = ${claimed.syncId}`.execute(fixture.database.system());
      if (noted.rows[0]?.held === null) throw new LeaseLostError();
    },
    expected: async (_job, act) => {
      await act();
    },
  });

const newJob = (): ModelJob => ({
  status: 'pending',
  holder: null,
  lease: 'none',
  isParked: false,
  pages: 0,
  wasCancelled: false,
});

function endJob(job: ModelJob, status: JobStatus): void {
  Object.assign(job, { status, holder: null, lease: 'none', isParked: false });
}

interface JobRow {
  readonly id: string;
  readonly status: JobStatus;
  readonly pages: number;
}

async function listJobs(real: Real): Promise<readonly JobRow[]> {
  const { rows } = await sql<JobRow>`select id, status, entities_inserted as pages from sync_jobs
    where sync_id = ${syncIdOf(real)} order by created_at, id`.execute(fixture.database.system());
  return rows;
}

async function expireLeases(real: Real): Promise<void> {
  await sql`update sync_jobs set lease_expires_at = now() - interval '1 second', resume_at = now()
    where sync_id = ${syncIdOf(real)} and status in ('running', 'cancelling')`.execute(fixture.database.system());
}

/** State and pages of every job are the model's: what was refused has left no trace, and at most one job is active. */
async function expectAgreement(model: Model, real: Real): Promise<void> {
  const jobs = await listJobs(real);
  expect(jobs.map(({ status, pages }) => ({ status, pages }))).toEqual(
    model.jobs.map(({ status, pages }) => ({ status, pages })),
  );
  expect(jobs.filter(({ status }) => activeJobStatuses.some((active) => active === status)).length).toBeLessThan(2);
}

/** Every worker is dead. Time passes, one comes, and all must end. */
async function recover(model: Model, real: Real): Promise<void> {
  await expireLeases(real);
  for (let claims = 0; claims < 10; claims += 1) {
    const claimed = await fixture.dependencies.store.claimJob({ owner: 'C', leaseMs, lane: 'any' });
    if (claimed === undefined) break;
    const status = await fixture.dependencies.store.renewLease(claimed, { leaseMs, waitingFor: null });
    const ended = status === 'cancelling' ? 'cancelled' : 'completed';
    expect(await fixture.dependencies.store.finishJob(claimed, { status: ended })).toBe(true);
  }
  const jobs = await listJobs(real);
  for (const [position, { status }] of jobs.entries()) {
    expect(jobMoves[status]).toEqual([]);
    if (model.jobs[position]?.wasCancelled) expect(status).toBe('cancelled');
  }
}

/** The moves that the database saw since the last look. */
async function takeMoves(): Promise<readonly { readonly from: JobStatus | null; readonly to: JobStatus }[]> {
  const { rows } = await owner.query<{ from: JobStatus | null; to: JobStatus }>(`
    with taken as (delete from observed_moves returning id, from_status, to_status)
    select from_status as "from", to_status as "to" from taken order by id`);
  return rows;
}

const at = fc.nat({ max: 20 });
const worker = fc.constantFrom(...workers);
const outcomes: readonly RunOutcome[] = [
  { status: 'completed' },
  { status: 'failed', error: 'the source is broken' },
  { status: 'cancelled' },
];
const steps = [
  fc.constant(startJob),
  fc.constant(tick),
  worker.map(claimBy),
  worker.map(claimBy),
  fc.constant(passTime),
  fc.constant(restart),
  fc.constant(cancel),
  fc.constant(deleteConnection),
  worker.map(crash),
  at.map(renew),
  at.map(beginRun),
  at.map(commitPage),
  at.map(release),
  at.map(park),
  at.map(holdDeletions),
  fc.tuple(at, fc.constantFrom(...outcomes)).map(([which, outcome]) => finish(which, outcome)),
];

test('a job moves as the table says, is written by one worker, and ends, whatever becomes of workers', {
  timeout: 120_000,
}, async () => {
  const seen = new Set<string>();
  const walk = async (commands: Iterable<fc.AsyncCommand<Model, Real>>): Promise<void> => {
    const real: Real = { connection: await fixture.connect(), claims: [] };
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
