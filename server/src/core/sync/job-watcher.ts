import type { Logger, SyncJobId } from '../shared/index.ts';
import type { SyncJob } from './sync-job.ts';

/** Told of each change of a job, and with undefined when the job is gone. */
type Listener = (job: SyncJob | undefined) => void;

export interface JobWatcherOptions {
  /** The jobs as they are now, whatever organisation they are of; those that are gone are left out. */
  readonly readJobs: (ids: readonly SyncJobId[]) => Promise<readonly SyncJob[]>;
  readonly logger: Logger;
  /** Default 1 s. */
  readonly pollEveryMs?: number;
}

/**
 * Follows jobs for whoever wants to be told of their progress: one query a second for all of them, however many follow, and
 * none while nobody does. Whether somebody may see a job is decided before.
 */
export class JobWatcher {
  readonly #options: Required<JobWatcherOptions>;
  readonly #watched = new Map<SyncJobId, { last: SyncJob; readonly listeners: Set<Listener> }>();
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;

  constructor(options: JobWatcherOptions) {
    this.#options = { pollEveryMs: 1_000, ...options };
  }

  /** Jobs that are followed. */
  get size(): number {
    return this.#watched.size;
  }

  /**
   * Calls `listener` with the job as it is, at once, and with each change, in order. Counters never decrease.
   *
   * @param job as it was read a moment ago
   * @returns a function that ends it
   */
  watch(job: SyncJob, listener: Listener): () => void {
    const watched = this.#watched.get(job.id) ?? { last: job, listeners: new Set() };
    watched.last = laterOf(watched.last, job);
    watched.listeners.add(listener);
    this.#watched.set(job.id, watched);
    listener(watched.last);
    this.#schedule();
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.#watched.get(job.id) === watched) this.#watched.delete(job.id);
      if (this.#watched.size === 0) clearTimeout(this.#timer);
    };
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#watched.clear();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#watched.size === 0 || this.#isReading) return;
    this.#timer = setTimeout(() => this.#read(), this.#options.pollEveryMs);
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    try {
      const asked = new Map(this.#watched);
      const jobs = await this.#options.readJobs([...asked.keys()]);
      const byId = new Map(jobs.map((job) => [job.id, job]));
      for (const [id, watched] of asked) {
        const job = byId.get(id);
        const later = job && laterOf(watched.last, job);
        if (later !== undefined && isSame(watched.last, later)) continue;
        if (later !== undefined) watched.last = later;
        for (const listener of [...watched.listeners]) listener(later);
      }
    } catch (error) {
      this.#options.logger.warn({ err: error }, 'the progress of jobs could not be read; trying again');
    } finally {
      this.#isReading = false;
      this.#schedule();
    }
  }
}

/** Two readings may come in either order. */
function laterOf(known: SyncJob, read: SyncJob): SyncJob {
  if (isEnded(known)) return known;
  return {
    ...read,
    counts: {
      inserted: Math.max(known.counts.inserted, read.counts.inserted),
      updated: Math.max(known.counts.updated, read.counts.updated),
      deleted: Math.max(known.counts.deleted, read.counts.deleted),
      kept: Math.max(known.counts.kept, read.counts.kept),
      failed: Math.max(known.counts.failed, read.counts.failed),
    },
    encountered: maxOfEach(known.encountered, read.encountered),
  };
}

function maxOfEach(known: SyncJob['encountered'], read: SyncJob['encountered']): SyncJob['encountered'] {
  const larger = Object.entries(known).filter(([type, count]) => count > (read[type] ?? 0));
  return larger.length === 0 ? read : { ...read, ...Object.fromEntries(larger) };
}

function isSame(before: SyncJob, after: SyncJob): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

/** Nothing follows a job's end. */
export function isEnded({ status }: Pick<SyncJob, 'status'>): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
