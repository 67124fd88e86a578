import { fileURLToPath } from 'node:url';
import { type Logger, toMessage } from '../../../core/shared/index.ts';
import { ChildPool } from '../../child-process/child-pool.ts';
import { inspectIndexes, maintainIndexes } from './index-build.ts';
import type { MaintenanceRequest } from './maintenance-child.ts';
import type { OpenTable } from './open-tables.ts';
import { timeLimitsMs } from './within-time.ts';

/** From so many rows on the work is done in a child process; below, it is over before a process would have started. */
const childMinRows = 5000;

/**
 * Merging the files of 90,000 rows takes 170 MB beside the engine with these, 350 without: fewer rows read at a time, and an
 * allocator that gives back what is free.
 */
const childSettings = {
  LANCE_DEFAULT_BATCH_SIZE: '1024',
  LANCE_DEFAULT_FRAGMENT_READAHEAD: '1',
  LANCE_DEFAULT_IO_BUFFER_SIZE: String(16 * 2 ** 20),
  MALLOC_ARENA_MAX: '2',
  MALLOC_TRIM_THRESHOLD_: String(128 * 2 ** 10),
  MALLOC_MMAP_THRESHOLD_: String(128 * 2 ** 10),
};

export interface MaintenanceRunner {
  run(open: OpenTable): Promise<void>;
  close(): Promise<void>;
}

/**
 * Brings a table's indexes up to its rows. For a large table that takes seconds of all processors and leaves hundreds of
 * megabytes behind in the allocator, so a child process does it: searches keep their speed, and the memory goes with the
 * process.
 *
 * The child works beside the table's writes: one that only adds rows never meets it, and against one that changes rows the
 * engine makes the child give up ("retryable commit conflict"), never the write. Then it is done again behind the writes.
 * Tried for a minute of inserts, replacements and deletions: 630 writes, none failed, no row lost, stale or doubled.
 *
 * @param isShared other processes write to the tables too. Then nothing is removed that a write may have begun: a process
 *   whose connection to the locks broke does not know that its turn is over
 */
export function createMaintenanceRunner(directory: string, logger: Logger, isShared: boolean): MaintenanceRunner {
  const closing = new AbortController();
  const pool = new ChildPool<MaintenanceRequest, undefined>({
    modulePath: fileURLToPath(new URL('maintenance-child.ts', import.meta.url)),
    size: 1,
    maxMemoryMb: 4096,
    env: childSettings,
    timeoutMs: timeLimitsMs.maintenance,
    // Yields to searches, but not wholly: full text is slow while much is not indexed.
    priority: 10,
    idleTimeoutMs: 10_000,
    logger,
  });
  const inChild = (open: OpenTable, isAlone: boolean) =>
    pool.run({ directory, table: open.name, isAlone: isAlone && !isShared }, { signal: closing.signal });
  const behindWrites = (open: OpenTable, work: () => Promise<void>) =>
    open.write('maintenance', timeLimitsMs.maintenance, work);
  return {
    run: async (open) => {
      if ((await open.table.countRows()) < childMinRows) {
        return behindWrites(open, () => maintainIndexes(open.table, { isAlone: !isShared }));
      }
      try {
        await inChild(open, false);
      } catch (error) {
        if (!toMessage(error).includes('commit conflict')) throw error;
        await behindWrites(open, () => inChild(open, true));
      }
      // In its turn: a write that ends meanwhile would be lost from view until the next.
      await behindWrites(open, () => open.table.checkoutLatest());
      open.hasVectorIndex = isShared || (await inspectIndexes(open.table)).hasVectorIndex;
    },
    close: () => {
      closing.abort();
      return pool.close();
    },
  };
}
