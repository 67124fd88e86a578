import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { JobListener } from './adapters/postgres/job-signal.ts';
import type { ConnectionStore, ConnectorRegistry } from './core/connections/index.ts';
import { type ReindexStore, runNextReindex, sweepReindexes } from './core/reindex/index.ts';
import {
  correctedStart,
  nextStartAt,
  type SweepStore,
  type SyncDependencies,
  SyncWorker,
  sweepDeleted,
} from './core/sync/index.ts';
import { ConnectionWatcher } from './entrypoints/worker/connection-watcher.ts';
import { PeriodicTask } from './entrypoints/worker/periodic-task.ts';
import type { Storage } from './open-storage.ts';

const scheduleEveryMs = 15_000;
const sweepEveryMs = 15_000;
const watchEveryMs = 5_000;
const reindexEveryMs = 2_000;
const maxDueJobs = 100;

export interface WorkerDependencies {
  readonly sync: SyncDependencies;
  readonly sweep: SweepStore;
  readonly reindexes: ReindexStore;
  /** Width of an index without vectors. */
  readonly emptyDimensions: number;
  readonly connections: ConnectionStore;
  readonly connectors: ConnectorRegistry;
  readonly connection: pg.ClientConfig;
  readonly sharing: Storage['sharing'];
  /** How many syncs run at once in this process. */
  readonly concurrency: number;
}

/** Starts everything that works without being asked: syncs, schedules, watches, and the removal of what was deleted. */
export async function startWorkers(
  dependencies: WorkerDependencies,
  starting: AsyncDisposableStack,
): Promise<SyncWorker> {
  const { sync, connections, connectors, sharing, reindexes, emptyDimensions } = dependencies;
  const { logger, policy } = sync;
  // Alone, whoever held a lease before is gone. Beside others, the leases of the dead run out.
  if (sharing === undefined) await Promise.all([sync.store.releaseAllLeases(), reindexes.releaseAllLeases()]);

  const worker = new SyncWorker(sync, { owner: randomUUID(), concurrency: dependencies.concurrency });
  worker.start();
  starting.defer(() => worker.stop());
  const watcher = new ConnectionWatcher({
    ...{ connections, connectors, policy, logger },
    ...(sharing === undefined ? {} : { claims: sharing.claims }),
  });
  sharing?.claims.onLost(() => watcher.claimsLost());
  starting.defer(() => watcher.close());
  const listener = new JobListener(dependencies.connection, () => worker.wake(), logger);
  await listener.start();
  starting.defer(() => listener.close());

  // At the start nobody knows what the clock did before: this is as if it had been set back.
  let lastLookAt = new Date(8.64e15);
  // A due schedule is a row that one process locks and moves on, so all may look.
  const startDueJobs = async () => {
    const now = new Date();
    if (now < lastLookAt) {
      await connections.correctSchedules(now, (schedule, planned, syncId) =>
        correctedStart(schedule, planned, { now, syncId }),
      );
    }
    lastLookAt = now;
    await connections.startDueJobs(now, maxDueJobs, (schedule, syncId) => nextStartAt(schedule, now, syncId));
  };
  const sweep = async (signal: AbortSignal) => {
    await sweepDeleted({ ...sync, sweep: dependencies.sweep }, { now: new Date(), signal });
    await sweepReindexes({ index: sync.index, reindexes }, { now: new Date(), signal });
  };
  const sweepAlone = async (signal: AbortSignal) => {
    if (sharing === undefined) await sweep(signal);
    else await sharing.locks.tryRun('sweep', () => sweep(signal));
  };
  const owner = randomUUID();
  const reindex = async (signal: AbortSignal) => {
    await runNextReindex({ ...sync, reindexes, emptyDimensions }, { owner, signal });
  };
  const tasks = [
    new PeriodicTask('reindex', reindexEveryMs, reindex, logger),
    new PeriodicTask('schedules', scheduleEveryMs, startDueJobs, logger),
    new PeriodicTask('watches', watchEveryMs, () => watcher.refresh(), logger),
    new PeriodicTask('sweep', sweepEveryMs, sweepAlone, logger),
  ];
  for (const task of tasks) {
    task.start();
    starting.defer(() => task.stop());
  }
  return worker;
}
