/**
 * Keeps other processes from doing the same kind of work to a table: runs `work` when none of them does. The name says table
 * and kind of work.
 */
export type TableLock = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Writes: the engine would have one of two that meet do its work again. Without a lock there is no other process. */
export function runAlone<T>(lock: TableLock | undefined, table: string, work: () => Promise<T>): Promise<T> {
  return lock === undefined ? work() : lock(`index write ${table}`, work);
}

/** Index builds: one process brings a table up to its rows, beside the writes of all. */
export function maintainAlone<T>(lock: TableLock | undefined, table: string, work: () => Promise<T>): Promise<T> {
  return lock === undefined ? work() : lock(`index upkeep ${table}`, work);
}
