import type { Caller } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import { type QuotaStore, requireRoom, requireUsage } from '../quotas/index.ts';
import type { CollectionId, Scope } from '../shared/index.ts';
import type { SyncJob } from '../sync/sync-job.ts';

/** The port to starting many runs at once. */
export interface CollectionRuns {
  /** One job for every connection that is authenticated, with an active sync of a source other than pushed documents, and without an active job. */
  startAll(scope: Scope, collectionId: CollectionId): Promise<readonly SyncJob[]>;
}

/**
 * Begins a run of every source connection of a collection that can run now; the others are left out.
 * @throws AppError('not_found'), or 'invalid_request' when a quota is used up
 */
export async function refreshCollection(
  dependencies: { readonly collections: CollectionStore; readonly quotas: QuotaStore; readonly runs: CollectionRuns },
  caller: Caller,
  readableId: string,
): Promise<readonly SyncJob[]> {
  const collection = await getCollection(dependencies.collections, caller, readableId);
  await requireRoom(dependencies.quotas, caller.scope);
  await requireUsage(dependencies.quotas, caller.scope, ['entities']);
  return dependencies.runs.startAll(caller.scope, collection.id);
}
