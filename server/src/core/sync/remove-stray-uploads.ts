import { randomUUID } from 'node:crypto';
import type { CollectionId, Logger, Scope } from '../shared/index.ts';
import type { BlobStore } from './blob-store.ts';
import type { SweepStore } from './sweep-store.ts';

/** The key of every upload begins so. */
const prefix = 'pushed';
/** The slowest upload is over by then, and the push that it is part of. */
const graceMs = 24 * 3_600_000;

/** Of the keys of all uploads to a collection. */
export function uploadPrefixOf(scope: Scope, collectionId: CollectionId): string {
  return `${prefix}/${scope.organizationId}/${collectionId}`;
}

/** A new key, which says when the upload began: until its push is stored, nothing else tells it from a stray one. */
export function newUploadKey(scope: Scope, collectionId: CollectionId, begunAt: Date): string {
  return `${uploadPrefixOf(scope, collectionId)}/${begunAt.getTime()}-${randomUUID()}`;
}

/**
 * Removes uploads of pushes that a crash cut off before they were stored, halves of files among them. There are few uploads
 * at any time: a run that indexes one moves its bytes to the document's record.
 */
export async function removeStrayUploads(
  {
    sweep,
    blobs,
    logger,
  }: {
    readonly sweep: Pick<SweepStore, 'findWaitingUploads'>;
    readonly blobs: BlobStore;
    readonly logger: Logger;
  },
  options: { readonly now: Date; readonly signal: AbortSignal },
): Promise<void> {
  const before = options.now.getTime() - graceMs;
  let removed = 0;
  for await (const keys of blobs.listKeys(prefix)) {
    options.signal.throwIfAborted();
    const old = keys.filter((key) => begunAtOf(key) < before);
    const waiting = await sweep.findWaitingUploads(old);
    const stray = old.filter((key) => !waiting.has(key));
    for (const key of stray) await blobs.delete(key);
    removed += stray.length;
  }
  if (removed > 0) logger.info({ removed }, 'uploads that no push came of are removed');
}

/** In ms since 1970; never, for a key that does not say: it goes with its collection. */
function begunAtOf(key: string): number {
  const begunAt = /\/(?<begunAt>\d{13})-[\da-f-]{36}(?:\.partial-[^/]+)?$/.exec(key)?.groups?.begunAt;
  return begunAt === undefined ? Number.POSITIVE_INFINITY : Number(begunAt);
}
