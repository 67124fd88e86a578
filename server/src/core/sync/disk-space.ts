import { setTimeout as delay } from 'node:timers/promises';
import type { BlobStore } from './blob-store.ts';
import { formatBytes } from './content-spool.ts';
import type { RunProgress } from './run-progress.ts';

/** The part of a run's progress that says why it stands still. */
type Waiting = Pick<RunProgress, 'waitingFor'>;

const pauseMs = 2_000;

/**
 * Runs a step of a sync that writes, and waits where the disk is full: before it, while less than `minFreeBytes` is free,
 * and after it failed for lack of space, when it is run again. Steps are idempotent, so running one twice changes nothing.
 */
export async function withDiskSpace<T>(
  step: () => Promise<T>,
  options: {
    readonly blobs: Pick<BlobStore, 'freeBytes'>;
    readonly minFreeBytes: number;
    readonly progress: Waiting;
    readonly signal: AbortSignal;
  },
): Promise<T> {
  for (;;) {
    await waitForSpace(options);
    try {
      return await step();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      options.progress.waitingFor = 'The disk is full. Free some space; the sync goes on by itself.';
      await delay(pauseMs, undefined, { signal: options.signal });
      options.progress.waitingFor = null;
    }
  }
}

async function waitForSpace(options: {
  readonly blobs: Pick<BlobStore, 'freeBytes'>;
  readonly minFreeBytes: number;
  readonly progress: Waiting;
  readonly signal: AbortSignal;
}): Promise<void> {
  for (let hasWaited = false; ; hasWaited = true) {
    options.signal.throwIfAborted();
    const free = await options.blobs.freeBytes();
    if (free === null || free >= options.minFreeBytes) {
      // What else the run waits for, such as the source of its next page, stays said.
      if (hasWaited) options.progress.waitingFor = null;
      return;
    }
    options.progress.waitingFor = `The disk is nearly full: ${formatBytes(free)} left where Weft keeps its data, ${formatBytes(options.minFreeBytes)} needed. Free some space; the sync goes on by itself.`;
    await delay(pauseMs, undefined, { signal: options.signal });
  }
}

/** ENOSPC and EDQUOT of the file system, 53100 of PostgreSQL, and the index's words for them. */
const codes = new Set(['ENOSPC', 'EDQUOT', '53100']);

export function isDiskFull(error: unknown): boolean {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    if (codes.has((current as Error & { code?: string }).code ?? '')) return true;
    if (/no space left on device|disk quota exceeded/i.test(current.message)) return true;
  }
  return false;
}
