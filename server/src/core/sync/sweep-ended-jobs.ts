import type { Logger, SyncId } from '../shared/index.ts';
import type { SweepStore } from './sweep-store.ts';

const batch = 500;
const dayMs = 86_400_000;

/**
 * Removes jobs that ended long ago, with their logs, in short statements. What is needed stays however old it is: of each sync
 * the newest job of each status, which says how fresh its documents are, and one that may have left index rows behind.
 *
 * @throws what the store throws; the signal's reason between two batches
 */
export async function sweepEndedJobs(
  dependencies: { readonly sweep: Pick<SweepStore, 'listSyncs' | 'removeEndedJobs'>; readonly logger: Logger },
  options: { readonly now: Date; readonly retentionDays: number; readonly signal: AbortSignal },
): Promise<void> {
  const { sweep, logger } = dependencies;
  const before = new Date(options.now.getTime() - options.retentionDays * dayMs);
  let removed = 0;
  let after: SyncId | null = null;
  do {
    const syncs: readonly SyncId[] = await sweep.listSyncs(after, batch);
    let count: number;
    do {
      options.signal.throwIfAborted();
      count = await sweep.removeEndedJobs(syncs, before, batch);
      removed += count;
    } while (count === batch);
    after = syncs.length < batch ? null : (syncs.at(-1) ?? null);
  } while (after !== null);
  if (removed > 0) logger.info({ removed }, 'old sync jobs are removed');
}
