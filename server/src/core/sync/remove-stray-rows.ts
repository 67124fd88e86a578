import type { DocumentId, SyncJobId } from '../shared/index.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import type { ClaimedJob } from './sync-store.ts';

const batch = 1_000;

/**
 * After an attempt that ended between index write and commit, of this job or of an earlier one that failed: drops rows of
 * documents that never came to be, because the source has since deleted them. To be called by the holder of the job when
 * its pages are committed; nobody else writes documents of the sync then, and what has no row has no future.
 */
export async function removeStrayRows(dependencies: SyncDependencies, job: ClaimedJob): Promise<void> {
  const failed = await dependencies.store.listLeftoverJobs(job);
  for (const jobId of failed) await removeRowsOf(dependencies, job, jobId);
  if (job.attempts > 1) await removeRowsOf(dependencies, job, job.id);
  if (failed.length > 0) await dependencies.store.clearLeftovers(job, failed);
}

async function removeRowsOf(dependencies: SyncDependencies, job: ClaimedJob, syncJobId: SyncJobId): Promise<void> {
  const written = await dependencies.index.listDocumentIds(job.index, { syncJobId });
  for (let start = 0; start < written.length; start += batch) {
    const ids: readonly DocumentId[] = written.slice(start, start + batch);
    const existing = await dependencies.store.existingDocuments(job, ids);
    const stray = ids.filter((id) => !existing.has(id));
    if (stray.length === 0) continue;
    const beforeVersion = await dependencies.store.nextVersion();
    await dependencies.index.drop(
      job.index,
      stray.map((documentId) => ({ documentId, beforeVersion })),
    );
  }
}
