import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { JobListener } from './adapters/postgres/job-signal.ts';
import { type AccountStore, type OrganizationStore, sweepAccounts } from './core/accounts/index.ts';
import { type AuditReader, sweepAuditLog } from './core/audit/index.ts';
import type { ConnectionStore, ConnectorRegistry } from './core/connections/index.ts';
import { type QueryLogSetting, type QueryLogSweepStore, sweepQueryLog } from './core/insights/index.ts';
import { type ReindexStore, runNextReindex, sweepReindexes } from './core/reindex/index.ts';
import { type IdleTokenDependencies, renewIdleTokens } from './core/sign-in/index.ts';
import {
  correctedStart,
  nextStartAt,
  removeStrayUploads,
  type SweepStore,
  type SyncDependencies,
  SyncWorker,
  sweepDeleted,
  sweepEndedJobs,
} from './core/sync/index.ts';
import { ConnectionWatcher } from './entrypoints/worker/connection-watcher.ts';
import { PeriodicTask } from './entrypoints/worker/periodic-task.ts';
import type { Storage } from './open-storage.ts';

const scheduleEveryMs = 15_000;
const sweepEveryMs = 15_000;
const watchEveryMs = 5_000;
const reindexEveryMs = 2_000;
const queryLogEveryMs = 30_000;
const signInsEveryMs = 10 * 60_000;
const jobsEveryMs = 3_600_000;
const usageEveryMs = 3_600_000;
const accountsEveryMs = 5 * 60_000;
const auditLogEveryMs = 30 * 60_000;
const uploadsEveryMs = 6 * 3_600_000;
const maxDueJobs = 100;
const scheduleBatch = 1_000;

export interface WorkerDependencies {
  readonly sync: SyncDependencies;
  readonly sweep: SweepStore;
  readonly queryLog: { readonly store: QueryLogSweepStore; readonly defaults: QueryLogSetting };
  /** Makes few rows of what is counted in many, and forgets what nobody asks for. */
  readonly tidyUsage: () => Promise<void>;
  /** For how many days jobs that ended are kept. */
  readonly jobRetentionDays: number;
  readonly accounts: AccountStore;
  readonly organizations: OrganizationStore;
  readonly auditLog: AuditReader;
  /** For how many days entries are kept of organisations that have set nothing themselves. */
  readonly auditLogDays: number;
  /** Of the sources that people signed in to. */
  readonly signIn: Pick<IdleTokenDependencies, 'tokens' | 'access'>;
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
      await connections.correctSchedules(now, scheduleBatch, (schedule, planned, syncId) =>
        correctedStart(schedule, planned, { now, syncId }),
      );
    }
    lastLookAt = now;
    await connections.startDueJobs(now, maxDueJobs, (schedule, syncId) => nextStartAt(schedule, now, syncId));
  };
  const owner = randomUUID();
  const reindex = async (signal: AbortSignal) => {
    await runNextReindex({ ...sync, reindexes, emptyDimensions }, { owner, signal });
  };
  const tasks = [
    new PeriodicTask('reindex', reindexEveryMs, reindex, logger),
    new PeriodicTask('schedules', scheduleEveryMs, startDueJobs, logger),
    new PeriodicTask('watches', watchEveryMs, () => watcher.refresh(), logger),
    ...createSweepTasks(dependencies),
  ];
  for (const task of tasks) {
    task.start();
    starting.defer(() => task.stop());
  }
  return worker;
}

/** What removes the old and the stray. One process at a time does it; the others leave it out. */
function createSweepTasks(dependencies: WorkerDependencies): readonly PeriodicTask[] {
  const { sync, sweep, reindexes, queryLog, jobRetentionDays: retentionDays, sharing } = dependencies;
  const { connectors, signIn } = dependencies;
  const { accounts, organizations, auditLog, auditLogDays: defaultDays } = dependencies;
  const { logger } = sync;
  const sweepTask = (name: string, everyMs: number, work: (now: Date, signal: AbortSignal) => Promise<void>) => {
    const run = (signal: AbortSignal) => work(new Date(), signal);
    const runAlone = async (signal: AbortSignal) => {
      if (sharing === undefined) await run(signal);
      else await sharing.locks.tryRun(name, () => run(signal));
    };
    return new PeriodicTask(name, everyMs, runAlone, logger);
  };
  return [
    sweepTask('sweep', sweepEveryMs, async (now, signal) => {
      await sweepDeleted({ ...sync, sweep }, { now, signal });
      await sweepReindexes({ index: sync.index, reindexes }, { now, signal });
    }),
    sweepTask('query-log', queryLogEveryMs, (now, signal) => sweepQueryLog({ ...queryLog, logger }, { now, signal })),
    sweepTask('jobs', jobsEveryMs, (now, signal) => sweepEndedJobs({ sweep, logger }, { now, retentionDays, signal })),
    sweepTask('sign-ins', signInsEveryMs, (now, signal) =>
      renewIdleTokens({ ...signIn, connectors, logger }, { now, signal }),
    ),
    sweepTask('usage', usageEveryMs, () => dependencies.tidyUsage()),
    sweepTask('accounts', accountsEveryMs, (now, signal) =>
      sweepAccounts({ accounts, organizations, logger }, { now, signal }),
    ),
    sweepTask('audit-log', auditLogEveryMs, (now, signal) =>
      sweepAuditLog({ reader: auditLog, logger }, { now, defaultDays, signal }),
    ),
    sweepTask('uploads', uploadsEveryMs, (now, signal) =>
      removeStrayUploads({ sweep, blobs: sync.blobs, logger }, { now, signal }),
    ),
  ];
}
