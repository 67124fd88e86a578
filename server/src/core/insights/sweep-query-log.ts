import type { Logger } from '../shared/index.ts';
import type { QueryLogSetting, QueryLogSweepStore } from './query-log-store.ts';

const batch = 1_000;

/**
 * Removes what no setting allows any longer: searches that are too old, all of organisations that turned the log off, and the
 * words where only hashes are kept. In short statements, so that nobody waits for it.
 *
 * @throws what the store throws; the signal's reason between two batches
 */
export async function sweepQueryLog(
  deps: { readonly store: QueryLogSweepStore; readonly defaults: QueryLogSetting; readonly logger: Logger },
  options: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  const { store, defaults, logger } = deps;
  const removed = await inBatches(() => store.removeSearches(defaults, options.now, batch), options.signal);
  const erased = await inBatches(() => store.eraseWords(defaults, batch), options.signal);
  if (removed + erased > 0) logger.info({ removed, erased }, 'the query log was shortened');
}

async function inBatches(work: () => Promise<number>, signal: AbortSignal): Promise<number> {
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    const count = await work();
    total += count;
    if (count === 0) return total;
  }
}
