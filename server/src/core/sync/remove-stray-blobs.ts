import type { SyncDependencies } from './sync-dependencies.ts';
import type { ClaimedJob } from './sync-store.ts';

/**
 * Removes records that an attempt kept and never committed, halves of records among them, when the source has changed
 * since: no document names them, and nothing waits to remove them. Looks at every record of the connection, so it is only
 * for runs after one that was cut off; to be called by the holder of the job before it keeps anything.
 */
export async function removeStrayBlobs(
  { store, blobs }: Pick<SyncDependencies, 'store' | 'blobs'>,
  job: ClaimedJob,
): Promise<void> {
  for await (const keys of blobs.listKeys(rawPrefixOf(job))) {
    const ofDocuments = keys.flatMap((key) => {
      const id = documentIdIn(key);
      return id === undefined ? [] : [{ key, id }];
    });
    const needed = await store.findRawKeys(
      job,
      ofDocuments.map(({ id }) => id),
    );
    for (const { key } of ofDocuments) if (!needed.has(key)) await blobs.delete(key);
  }
}

/** Of the keys of all records of a connection. */
export function rawPrefixOf(job: Pick<ClaimedJob, 'scope' | 'connection'>): string {
  return `raw/${job.scope.organizationId}/${job.connection.id}`;
}

/** Undefined for what no run has made. */
function documentIdIn(key: string): string | undefined {
  return /\/(?<id>[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})-[^/]+$/.exec(key)?.groups?.id;
}
