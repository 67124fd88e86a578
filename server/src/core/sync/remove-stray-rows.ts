import type { DocumentId } from '../shared/index.ts';
import { removeStrayBlobs } from './remove-stray-blobs.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import type { ClaimedJob } from './sync-store.ts';

const batch = 1_000;

/**
 * Undoes what an attempt left that ended between index write and commit, before anything new is written. The source may have
 * changed its mind since: rows of documents that never came to be are dropped, and documents that were about to change are
 * indexed anew when they are read next. To be called by the holder of the job; nobody else writes documents of the sync.
 */
export async function removeStrayRows(dependencies: SyncDependencies, job: ClaimedJob): Promise<void> {
  const { store, index } = dependencies;
  const leftovers = await store.listLeftovers(job);
  if (leftovers.length === 0) return;
  for (const { jobId, committedVersion } of leftovers) {
    const written = await index.listDocumentIds(job.index, { syncJobId: jobId, aboveVersion: committedVersion });
    for (let start = 0; start < written.length; start += batch) {
      const ids: readonly DocumentId[] = written.slice(start, start + batch);
      const existing = await store.existingDocuments(job, ids);
      await store.forgetHashes(job, [...existing]);
      const beforeVersion = await store.nextVersion();
      const stray = ids.filter((id) => !existing.has(id)).map((documentId) => ({ documentId, beforeVersion }));
      if (stray.length > 0) await index.drop(job.index, stray);
    }
  }
  await removeStrayBlobs(dependencies, job);
  await store.clearLeftovers(
    job,
    leftovers.map(({ jobId }) => jobId),
  );
}
