import type { DocumentId } from '../shared/index.ts';
import type { RunProgress } from './run-progress.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { noCounts } from './sync-job.ts';
import type { ClaimedJob } from './sync-store.ts';

const batch = 500;
/** A sweep that would remove more than half, and more than this many, waits for a person's decision. */
const suspiciousCount = 100;

function isSuspicious({ unseen, total, confirmed }: { unseen: number; total: number; confirmed: number }): boolean {
  return unseen > suspiciousCount && unseen * 2 > total && unseen > confirmed;
}

/**
 * The sweep of a full run that ended without error: deletes what it did not see, by key range in short transactions. Where
 * that would be most of the connection, the source has more likely lost its way than its content: nothing is deleted, and
 * the number is held for a decision. Once it was confirmed, a run that misses no more than that is let through.
 */
export async function removeUnseen(
  dependencies: SyncDependencies,
  job: ClaimedJob & { readonly run: { readonly number: number } },
  signal: AbortSignal,
  progress: RunProgress,
): Promise<void> {
  const { store } = dependencies;
  const counted = await store.countUnseen(job, job.run.number);
  const { unseen, total } = counted;
  if (isSuspicious(counted)) {
    await store.holdDeletions(job, { count: unseen, total, runNumber: job.run.number });
    dependencies.logger.warn(
      { syncJobId: job.id, unseen, total },
      'deletion of most documents is held for confirmation',
    );
    progress.log.warn(`${unseen} of ${total} documents were not found any more; deleting them waits for a decision.`);
    return;
  }
  if (unseen > 0) progress.log.info(`Deleting ${unseen} documents that were not found any more.`);
  let after: DocumentId | null = null;
  for (;;) {
    signal.throwIfAborted();
    const deletions = await store.listUnseen(job, job.run.number, { after, limit: batch });
    const last = deletions.at(-1);
    if (last === undefined) break;
    after = last.id;
    const counts = { ...noCounts, deleted: deletions.length };
    await store.commitPage(job, {
      version: await store.nextVersion(),
      writes: [],
      failures: [],
      kept: [],
      deletions,
      counts,
      progress: progress.snapshot(),
    });
    progress.committed(counts);
  }
  // Last: a sweep that is cut off goes on with the decision that let it through.
  await store.holdDeletions(job, null);
}
