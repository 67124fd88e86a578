import { setTimeout as delay } from 'node:timers/promises';
import { SourceError } from '../../connector-kit/index.ts';
import { isAppError, toMessage } from '../shared/index.ts';
import { describeEnd, describeStart } from './describe-run.ts';
import type { LogLine } from './job-log.ts';
import { RunProgress } from './run-progress.ts';
import { RunStoppedError, runSync, toOutcome } from './run-sync.ts';
import { RunParkedError } from './source-waits.ts';
import { isStorageOutage } from './storage-outage.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import {
  type ClaimedJob,
  IndexReplacedError,
  LeaseLostError,
  RunCancelledError,
  type RunOutcome,
} from './sync-store.ts';

/** A database or blob store that went away is asked again after this. */
const outagePauseMs = 2_000;

export interface SyncWorkerOptions {
  /** Names this worker in leases; unique among all that run. */
  readonly owner: string;
  /** Syncs at once, pushes aside. */
  readonly concurrency: number;
  /** Pushes that run beside them, so that a push never waits for a long sync. Default 2. */
  readonly pushConcurrency?: number;
  /** How long a silent worker keeps its job. Default 30 s. */
  readonly leaseMs?: number;
  /** How often a lease is renewed and a cancellation noticed. Default 2 s. */
  readonly renewEveryMs?: number;
  /** How often an idle worker looks for work by itself, should a wake-up be lost. Default 5 s. */
  readonly pollEveryMs?: number;
}

/**
 * Takes up jobs and runs them. A job belongs to the worker that holds its lease; a worker that dies stops renewing, and
 * another takes the job up from its last committed page. `wake` is only a hint that there may be something to do.
 */
export class SyncWorker {
  readonly #dependencies: SyncDependencies;
  readonly #options: Required<SyncWorkerOptions>;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, { readonly controller: AbortController; readonly renew: () => void }>();
  readonly #lanes: Promise<void>[] = [];
  #sleepers: (() => void)[] = [];
  #wakeUps = 0;

  constructor(dependencies: SyncDependencies, options: SyncWorkerOptions) {
    this.#dependencies = dependencies;
    this.#options = { pushConcurrency: 2, leaseMs: 30_000, renewEveryMs: 2_000, pollEveryMs: 5_000, ...options };
  }

  start(): void {
    for (let i = 0; i < this.#options.concurrency; i += 1) this.#lanes.push(this.#work('any'));
    for (let i = 0; i < this.#options.pushConcurrency; i += 1) this.#lanes.push(this.#work('push'));
  }

  /** There may be a new job, or one of ours may have been cancelled. */
  wake(): void {
    this.#wakeUps += 1;
    const sleepers = this.#sleepers;
    this.#sleepers = [];
    for (const wakeUp of sleepers) wakeUp();
    // A renewal is also how a run learns that it was cancelled.
    for (const { renew } of this.#running.values()) renew();
  }

  /** Jobs under way in this worker. */
  get runningCount(): number {
    return this.#running.size;
  }

  /** Stops taking work, lets each run stop at its next step, and gives its job back. May be called twice. */
  async stop(): Promise<void> {
    this.#stop.abort(new RunStoppedError());
    for (const { controller } of this.#running.values()) controller.abort(new RunStoppedError());
    this.wake();
    await Promise.all(this.#lanes);
  }

  async #work(lane: 'any' | 'push'): Promise<void> {
    const { store, logger } = this.#dependencies;
    while (!this.#stop.signal.aborted) {
      const seen = this.#wakeUps;
      const { owner, leaseMs } = this.#options;
      const job = await store.claimJob({ owner, leaseMs, lane }).catch((error: unknown) => {
        logger.warn({ err: error }, 'no job could be claimed; trying again');
        return undefined;
      });
      if (job !== undefined) await this.#run(job);
      else if (seen === this.#wakeUps) await this.#sleep();
    }
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, this.#options.pollEveryMs);
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      this.#sleepers.push(done);
      if (this.#stop.signal.aborted) done();
    });
  }

  async #run(job: ClaimedJob): Promise<void> {
    const logger = this.#dependencies.logger.child({ syncJobId: job.id, sourceConnectionId: job.connection.id });
    const controller = new AbortController();
    if (this.#stop.signal.aborted) controller.abort(new RunStoppedError());
    const progress = new RunProgress(job.before);
    progress.log.info(describeStart(job));
    const lease = this.#keepLease(job, controller, progress);
    this.#running.set(`${job.id} ${job.leaseOwner}`, { controller, renew: lease.renew });
    const began = performance.now();
    try {
      await this.#runToTheEnd(job, controller.signal, progress);
      logger.info({ durationMs: Math.round(performance.now() - began), attempts: job.attempts }, 'sync completed');
    } catch (error) {
      // An abort may surface as any error of the call it cut short; its reason says what happened.
      const cause = controller.signal.aborted ? controller.signal.reason : await this.#causeOf(job, error);
      // A renewal under way would take back the lease that the end gives up.
      await lease.stop();
      await this.#end(job, cause, progress).catch((failure: unknown) => {
        logger.error({ err: failure }, 'the end of a run could not be written; its lease will run out');
      });
      const isExpected = isExpectedEnd(cause) || controller.signal.aborted;
      logger[isExpected ? 'warn' : 'error']({ err: cause }, 'sync ended early');
    } finally {
      await lease.stop();
      this.#running.delete(`${job.id} ${job.leaseOwner}`);
    }
    // A run's end is a good moment to bring the index up to its rows; a push is too small and too frequent for that.
    if (job.trigger !== 'push' && !this.#stop.signal.aborted) this.#optimise(job);
  }

  /** In the background: the lane goes on to its next job. */
  #optimise(job: ClaimedJob): void {
    this.#dependencies.index.optimise(job.index).catch((error: unknown) => {
      this.#dependencies.logger.warn(
        { err: error },
        'the index could not be optimised; it is tried again after the next run',
      );
    });
  }

  async #runToTheEnd(job: ClaimedJob, signal: AbortSignal, progress: RunProgress): Promise<void> {
    for (;;) {
      await runSync(this.#dependencies, job, signal, progress);
      const lines = progress.log.take();
      // False: more was pushed meanwhile.
      if (await this.#finish(job, { status: 'completed' }, progress, lines)) return;
      progress.log.putBack(lines);
    }
  }

  /** Where the index is no longer read, its table may be gone, and whatever came of that is no failure of the run. */
  async #causeOf(job: ClaimedJob, error: unknown): Promise<unknown> {
    if (toOutcome(error)?.status !== 'failed') return error;
    const isCurrent = await this.#dependencies.store.isCurrentGeneration(job).catch(() => true);
    return isCurrent ? error : new IndexReplacedError();
  }

  async #end(job: ClaimedJob, cause: unknown, progress: RunProgress): Promise<void> {
    const { store } = this.#dependencies;
    const outcome = toOutcome(cause);
    if (outcome !== undefined) {
      await this.#finish(job, outcome, progress, progress.log.take());
    } else if (cause instanceof RunStoppedError || cause instanceof IndexReplacedError) {
      const why = cause instanceof RunStoppedError ? 'The server stops' : 'The index was rebuilt meanwhile';
      progress.log.info(`${why}; the run goes on from its last committed page.`);
      await this.#writeLog(job, progress);
      await store.releaseLease(job, { progress: progress.snapshot() });
    } else if (cause instanceof RunParkedError) {
      progress.log.warn(`Waiting until ${cause.resumeAt.toISOString()}: ${cause.message}`);
      await this.#writeLog(job, progress);
      await store.parkJob(job, {
        resumeAt: cause.resumeAt,
        waitingFor: cause.message,
        progress: progress.snapshot(),
      });
    } else if (isStorageOutage(cause)) {
      // Should it not be back by then, the lease runs out, and the job is taken up all the same.
      await delay(outagePauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      await store.releaseLease(job, { progress: progress.snapshot() });
    }
  }

  async #finish(
    job: ClaimedJob,
    outcome: RunOutcome,
    progress: RunProgress,
    lines: readonly LogLine[],
  ): Promise<boolean> {
    const told = outcome.status === 'failed' ? { ...outcome, error: progress.log.redact(outcome.error) } : outcome;
    describeEnd(progress.log, told, progress.counts);
    const report = { progress: progress.snapshot(), lines: [...lines, ...progress.log.take()] };
    return this.#dependencies.store.finishJob(job, told, report);
  }

  /** A log that cannot be written is no reason to stop a run; the lines are tried again with the next ones. */
  async #writeLog(job: ClaimedJob, { log }: RunProgress): Promise<void> {
    const lines = log.take();
    if (lines.length === 0) return;
    await this.#dependencies.store.appendLog(job, lines).catch((error: unknown) => {
      log.putBack(lines);
      this.#dependencies.logger.warn({ syncJobId: job.id, reason: toMessage(error) }, 'a log could not be written');
    });
  }

  /** Keeps the lease until `stop`; aborts the run when it is cancelled or taken away. */
  #keepLease(
    job: ClaimedJob,
    controller: AbortController,
    progress: RunProgress,
  ): { readonly renew: () => void; readonly stop: () => Promise<void> } {
    const { store, logger } = this.#dependencies;
    const { leaseMs, renewEveryMs } = this.#options;
    let heldUntil = Date.now() + leaseMs;
    let pending: Promise<void> | undefined;
    const renewOnce = async (): Promise<void> => {
      try {
        const asked = Date.now();
        const status = await store.renewLease(job, {
          leaseMs,
          waitingFor: progress.waitingFor,
          progress: progress.snapshot(),
        });
        heldUntil = asked + leaseMs;
        if (status === 'cancelling') controller.abort(new RunCancelledError());
        await this.#writeLog(job, progress);
      } catch (error) {
        if (error instanceof LeaseLostError || Date.now() > heldUntil) controller.abort(new LeaseLostError());
        else logger.warn({ syncJobId: job.id, reason: toMessage(error) }, 'a lease could not be renewed; trying again');
      }
    };
    const renew = (): void => {
      pending ??= renewOnce().finally(() => {
        pending = undefined;
      });
    };
    const timer = setInterval(renew, renewEveryMs);
    return {
      renew,
      stop: async () => {
        clearInterval(timer);
        await pending;
      },
    };
  }
}

/** Anything else is a fault of ours and is logged as one. */
function isExpectedEnd(cause: unknown): boolean {
  const isOurs = toOutcome(cause)?.status === 'failed' && !(cause instanceof SourceError) && !isAppError(cause);
  return !isOurs;
}
