import type { Logger } from '../shared/index.ts';
import { applyDrops } from './apply-drops.ts';
import { uploadPrefixOf } from './remove-stray-uploads.ts';
import type { SweepStore } from './sweep-store.ts';
import type { SyncDependencies } from './sync-dependencies.ts';

const batch = 1_000;
/** A worker that still writes for a deleted connection has noticed by then. */
const graceMs = 10_000;

/**
 * Removes what deleted connections and collections left, and what crashes left undone: index rows, blobs, documents by key
 * range in short transactions, and last the row itself, which until then is the note that there is something to do.
 */
export async function sweepDeleted(
  dependencies: Pick<SyncDependencies, 'store' | 'index' | 'blobs'> & {
    readonly sweep: SweepStore;
    readonly logger: Logger;
  },
  options: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  const { sweep, index, blobs, logger } = dependencies;
  const before = new Date(options.now.getTime() - graceMs);
  for (const connection of await sweep.listDeletedConnections(before)) {
    options.signal.throwIfAborted();
    await index.dropConnection(connection.index, connection.id);
    await blobs.deletePrefix(`raw/${connection.index.scope.organizationId}/${connection.id}`);
    while ((await sweep.removeDocuments(connection, batch)) > 0) options.signal.throwIfAborted();
    await sweep.removeConnection(connection);
    logger.info({ sourceConnectionId: connection.id }, 'what a deleted connection left is removed');
  }
  for (const collection of await sweep.listDeletedCollections(before)) {
    options.signal.throwIfAborted();
    await index.dropCollection(collection);
    await blobs.deletePrefix(uploadPrefixOf(collection.scope, collection.collectionId));
    await sweep.removeCollection(collection);
    logger.info({ collectionId: collection.collectionId }, 'what a deleted collection left is removed');
  }
  for (const ref of await sweep.listCollectionsWithDrops()) {
    options.signal.throwIfAborted();
    await applyDrops(dependencies, ref);
  }
}
