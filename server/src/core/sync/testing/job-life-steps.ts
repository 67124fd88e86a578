import fc from 'fast-check';
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { SyncFixture } from '../../../../test/sync-fixture.ts';
import { newId, SyncJobId } from '../../shared/index.ts';
import { noCounts } from '../sync-job.ts';
import { type ClaimedJob, LeaseLostError, RunCancelledError, type RunOutcome } from '../sync-store.ts';
import {
  activeJob,
  endJob,
  expectAgreement,
  expireLeases,
  isClaimable,
  leaseMs,
  listJobs,
  type Model,
  type ModelJob,
  newJob,
  type Real,
  syncIdOf,
  type Worker,
  workers,
} from './job-life-model.ts';

/** What workers and people do with jobs: each step is done to the model and through the stores, and both are compared. */
type Step = fc.AsyncCommand<Model, Real>;

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
    readonly act: (job: ClaimedJob, fixture: SyncFixture) => Promise<unknown>;
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
      const act = () => work.act(claim.job, real.fixture);
      if (job.holder === find(model)) await work.expected(job, act);
      else if (work.isSilent) await act();
      else await expect(act()).rejects.toThrow(LeaseLostError);
      await expectAgreement(model, real);
    },
  };
}

export const startJob = step('start', async (model, real) => {
  if (model.isDeleted) return;
  const started = real.fixture.connectionDependencies.connections.startJob(real.fixture.caller.scope, syncIdOf(real), {
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
    real.fixture.database.system(),
  );
  const nextRunAt = () => new Date(Date.now() + 3_600_000);
  await real.fixture.connectionDependencies.connections.startDueJobs(new Date(Date.now() + 1_000), 10, nextRunAt);
  if (!model.isDeleted && activeJob(model) === undefined) model.jobs.push(newJob());
});

export const claimBy = (worker: Worker): Step =>
  step(`${worker} claims`, async (model, real) => {
    const claimed = await real.fixture.dependencies.store.claimJob({ owner: worker, leaseMs, lane: 'any' });
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

const restart = step('the server starts', async (model, real) => {
  await real.fixture.dependencies.store.releaseAllLeases();
  const job = activeJob(model);
  if (job?.status === 'running' || job?.status === 'cancelling') job.lease = 'expired';
});

export const cancel = step('cancel', async (model, real) => {
  const jobs = await listJobs(real);
  const newest = jobs.at(-1);
  if (newest === undefined || model.isDeleted) return;
  const asked = real.fixture.connectionDependencies.connections.cancelJob(
    real.fixture.caller.scope,
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
  const wasThere = await real.fixture.connectionDependencies.connections.markDeleted(
    real.fixture.caller.scope,
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
    act: (job, { dependencies }) => dependencies.store.renewLease(job, { leaseMs, waitingFor: null }),
    expected: async (job, act) => {
      expect(await act()).toBe(job.status);
      job.lease = 'live';
    },
  });

const beginRun = (at: number): Step =>
  claimStep('begin', at, {
    act: (job, { dependencies }) => dependencies.store.beginRun(job, true),
    expected: async (_job, act) => {
      await act();
    },
  });

const commitPage = (at: number): Step =>
  claimStep('commit', at, {
    act: async (claimed, { database, dependencies }) => {
      const row = await sql<{
        pages: number;
      }>`select entities_inserted as pages from sync_jobs where id = ${claimed.id}`.execute(database.system());
      const pages = (row.rows[0]?.pages ?? 0) + 1;
      await dependencies.store.commitPage(claimed, {
        version: await dependencies.store.nextVersion(),
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

export const finish = (at: number, outcome: RunOutcome): Step =>
  claimStep(`end as ${outcome.status}`, at, {
    act: (job, { dependencies }) => dependencies.store.finishJob(job, outcome),
    // A worker ends a run as cancelled only when it was told so.
    isPossible: (job) => outcome.status !== 'cancelled' || job.status === 'cancelling',
    expected: async (job, act) => {
      expect(await act()).toBe(true);
      endJob(job, job.status === 'cancelling' ? 'cancelled' : outcome.status);
    },
  });

const release = (at: number): Step =>
  claimStep('give back', at, {
    act: (job, { dependencies }) => dependencies.store.releaseLease(job),
    isSilent: true,
    expected: async (job, act) => {
      await act();
      Object.assign(job, { holder: null, lease: 'expired' });
    },
  });

const park = (at: number): Step =>
  claimStep('park', at, {
    act: (job, { dependencies }) =>
      dependencies.store.parkJob(job, {
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
    act: async (claimed, { database, dependencies }) => {
      const held = { count: 101, total: 200, runNumber: 1 };
      await dependencies.store.holdDeletions(claimed, held);
      const noted = await sql<{ held: object | null }>`
        select held_deletions as held from syncs where id = ${claimed.syncId}`.execute(database.system());
      await sql`update syncs set held_deletions = null where id = ${claimed.syncId}`.execute(database.system());
      if (noted.rows[0]?.held === null) throw new LeaseLostError();
    },
    expected: async (_job, act) => {
      await act();
    },
  });

const at = fc.nat({ max: 20 });
const worker = fc.constantFrom(...workers);
export const outcomes: readonly RunOutcome[] = [
  { status: 'completed' },
  { status: 'failed', error: 'the source is broken' },
  { status: 'cancelled' },
];
/** Any step, in any order. */
export const steps = [
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
