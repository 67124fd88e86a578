import type { ContentSpool } from './content-spool.ts';
import { JobLog } from './job-log.ts';
import { type JobCounts, noCounts } from './sync-job.ts';

/** What a run is at, in this order. */
export const runPhases = ['validating', 'reading', 'sweeping', 'finishing'] as const;
export type RunPhase = (typeof runPhases)[number];

/** What a job came to over all its attempts. */
export interface RunTotals {
  readonly counts: JobCounts;
  /** Of files and texts that were read from the source. */
  readonly bytesRead: number;
  /** Pages and files asked of the source. */
  readonly apiCalls: number;
  /** How often the source was asked again. */
  readonly retries: number;
}

/** How far a run is at one moment, as it is written to its job. */
export interface ProgressSnapshot extends Omit<RunTotals, 'counts'> {
  readonly phase: RunPhase;
  readonly scope: string | null;
  /** Documents a second over the last half minute; null in the first second. */
  readonly rate: number | null;
  /** An estimate of the documents still to come; null when nothing is known about them. */
  readonly remaining: number | null;
}

const noTotals: RunTotals = { counts: noCounts, bytesRead: 0, apiCalls: 0, retries: 0 };

const rateWindowMs = 30_000;
const maxScopeLength = 200;

/**
 * What a run tells about itself while it is under way. Its worker writes it to the job with each renewal of the lease, and
 * each page's commit takes it along.
 */
export class RunProgress {
  readonly log: JobLog;
  phase: RunPhase = 'validating';
  bytesRead: number;
  apiCalls: number;
  retries: number;
  #counts: JobCounts;
  #scope: string | null = null;
  #waitingFor: string | null = null;
  #expected: number | null = null;
  readonly #startedAt = performance.now();
  #recent: { readonly at: number; handled: number }[] = [];

  /** @param before what earlier attempts came to */
  constructor(before: RunTotals = noTotals, log = new JobLog()) {
    this.log = log;
    this.bytesRead = before.bytesRead;
    this.apiCalls = before.apiCalls;
    this.retries = before.retries;
    this.#counts = before.counts;
  }

  /** Why the run stands still; null while it moves. The beginning of each wait goes to the log. */
  get waitingFor(): string | null {
    return this.#waitingFor;
  }

  set waitingFor(reason: string | null) {
    if (this.#waitingFor === null && reason !== null) this.log.warn(`Waiting: ${reason}`);
    this.#waitingFor = reason;
  }

  /** What is being read, such as a stream's name. */
  set scope(scope: string | null) {
    this.#scope = scope === null ? null : scope.slice(0, maxScopeLength).toWellFormed();
  }

  /** Committed documents of all attempts. */
  get counts(): JobCounts {
    return this.#counts;
  }

  /** How many documents of earlier runs this one has still to meet; nothing is known when there are none. */
  expect(documents: number): void {
    this.#expected = documents === 0 ? null : documents;
  }

  /** Counts what a commit has done. */
  committed(counts: JobCounts): void {
    const before = this.#counts;
    this.#counts = {
      inserted: before.inserted + counts.inserted,
      updated: before.updated + counts.updated,
      deleted: before.deleted + counts.deleted,
      kept: before.kept + counts.kept,
      failed: before.failed + counts.failed,
    };
    // What is new was not expected.
    if (this.#expected !== null) {
      this.#expected = Math.max(0, this.#expected - counts.updated - counts.kept - counts.failed);
    }
    this.#noteHandled(counts.inserted + counts.updated + counts.deleted + counts.kept + counts.failed);
  }

  snapshot(): ProgressSnapshot {
    return {
      phase: this.phase,
      scope: this.#scope,
      rate: this.#rate(),
      remaining: this.phase === 'reading' ? this.#expected : null,
      bytesRead: this.bytesRead,
      apiCalls: this.apiCalls,
      retries: this.retries,
    };
  }

  /** One entry a second, however small the pages are. */
  #noteHandled(handled: number): void {
    const at = Math.floor(performance.now() / 1_000) * 1_000;
    const newest = this.#recent.at(-1);
    if (newest?.at === at) newest.handled += handled;
    else this.#recent.push({ at, handled });
  }

  #rate(): number | null {
    const now = performance.now();
    const spanMs = Math.min(rateWindowMs, now - this.#startedAt);
    this.#recent = this.#recent.filter(({ at }) => at > now - rateWindowMs - 1_000);
    if (spanMs < 1_000) return null;
    const handled = this.#recent.reduce((sum, entry) => sum + entry.handled, 0);
    return Math.round((handled * 10_000) / spanMs) / 10;
  }
}

/** The spool, counting what comes through it. */
export function meterSpool(spool: ContentSpool, progress: RunProgress): ContentSpool {
  return {
    async spool(stream, options) {
      progress.apiCalls += 1;
      const content = await spool.spool(stream, options);
      progress.bytesRead += content.sizeBytes;
      return content;
    },
  };
}
