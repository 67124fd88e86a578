import type { DocumentId } from '../shared/index.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import { noCounts } from './sync-job.ts';
import type { ClaimedJob } from './sync-store.ts';

const batch = 500;
/** A sweep that would remove more than half, and more than this many, waits for a person's decision. */
const suspiciousCount = 100;

function isSuspicious(unseen: number, total: number): boolean {
  return unseen > suspiciousCount && unseen * 2 > total;
}

/**
 * The sweep of a full run that ended without error: deletes what it did not see, by key range in short transactions. Where
 * that would be most of the connection, the source has more likely lost its way than its content: nothing is deleted, and
 * the number is held for a decision.
 */
export async function removeUnseen(
  dependencies: SyncDependencies,
  job: ClaimedJob & { readonly run: { readonly number: number } },
  signal: AbortSignal,
): Promise<void> {
  const { store } = dependencies;
  const { unseen, total } = await store.countUnseen(job, job.run.number);
  if (isSuspicious(unseen, total)) {
    await store.holdDeletions(job, { count: unseen, total, runNumber: job.run.number });
    dependencies.logger.warn(
      { syncJobId: job.id, unseen, total },
      'deletion of most documents is held for confirmation',
    );
    return;
  }
  await store.holdDeletions(job, null);
  let after: DocumentId | null = null;
  for (;;) {
    signal.throwIfAborted();
    const deletions = await store.listUnseen(job, job.run.number, { after, limit: batch });
    const last = deletions.at(-1);
    if (last === undefined) return;
    after = last.id;
    await store.commitPage(job, {
      version: await store.nextVersion(),
      writes: [],
      failures: [],
      kept: [],
      deletions,
      counts: { ...noCounts, deleted: deletions.length },
    });
  }
}
