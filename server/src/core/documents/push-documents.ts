import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import { type QuotaStore, requireRoomFor } from '../quotas/index.ts';
import type { SearcherDependencies } from '../search/index.ts';
import { type CollectionId, newId, type SourceConnectionId, SyncJobId } from '../shared/index.ts';
import {
  type BlobStore,
  contentHashOf,
  entityHashOf,
  type PushedRecord,
  sha256,
  toPushedEntity,
} from '../sync/index.ts';
import type { PushedDocument } from './document.ts';
import type { DocumentStore, PushRow, PushTarget } from './document-store.ts';

export interface PushDependencies extends SearcherDependencies {
  readonly collections: CollectionStore;
  readonly documents: DocumentStore;
  readonly blobs: BlobStore;
  /** What passages depend on, as the sync's hashes have it. */
  readonly pipeline: string;
  readonly quotas: QuotaStore;
}

export interface PushResult {
  readonly sourceConnectionId: SourceConnectionId;
  /** Taken, and with `wait` searchable unless `isPending`. */
  readonly accepted: number;
  /** The same is indexed already; nothing is done. */
  readonly unchanged: number;
  /** With `wait`: could not be indexed. */
  readonly failed: readonly { readonly id: string; readonly error: string }[];
  /** True when something is still waiting to be indexed. */
  readonly isPending: boolean;
}

/** How long a waiting push is held before it is answered with what is known. */
const maxWaitMs = 30_000;

/**
 * Takes documents into a collection. Each is identified by the caller's id: pushing it again replaces it, pushing the same
 * again does nothing. When this returns, what was accepted survives a crash; when it throws before that, their uploads are
 * removed.
 *
 * @throws AppError('not_found'), or 'invalid_request' when they are more than the organisation's quotas leave room for
 */
export async function pushDocuments(
  dependencies: PushDependencies,
  caller: Caller,
  readableId: string,
  documents: readonly PushedDocument[],
  options: { readonly wait: boolean; readonly signal: AbortSignal },
): Promise<PushResult> {
  const { documents: store } = dependencies;
  let target: PushTarget | undefined;
  let stored: StoredPush;
  try {
    const collection = await getCollection(dependencies.collections, caller, readableId);
    await requireRoomForPush(dependencies, caller, collection.id, documents);
    target = await store.ensurePushTarget(caller.scope, collection.id, caller.email);
    stored = await storePush(dependencies, caller, target, documents);
  } catch (error) {
    await discardUploads(dependencies, caller, target, documents);
    throw error;
  }
  const { rows, lastRowId, unchanged } = stored;
  const result = { sourceConnectionId: target.sourceConnectionId, unchanged, failed: [] };
  if (rows.length === 0) return { ...result, accepted: 0, isPending: false };
  if (!options.wait) return { ...result, accepted: rows.length, isPending: true };

  const isPending = await waitUntilTaken(store, caller, target, lastRowId, options.signal);
  const states = await store.findPushedStates(
    caller.scope,
    target,
    rows.map((row) => row.entityId),
  );
  const failed = states
    .filter((state) => state.state === 'failed' && !state.isPending)
    .map((state) => ({ id: state.entityId, error: state.error ?? 'Could not be indexed.' }));
  return { ...result, accepted: rows.length - failed.length, failed, isPending };
}

interface StoredPush {
  /** What is new or changed. */
  readonly rows: readonly PushRow[];
  readonly lastRowId: number;
  readonly unchanged: number;
}

/** In one transaction, so that a failure leaves nothing of it. Uploads that are not needed are removed. */
async function storePush(
  dependencies: PushDependencies,
  caller: Caller,
  target: PushTarget,
  documents: readonly PushedDocument[],
): Promise<StoredPush> {
  const { documents: store, blobs } = dependencies;
  // The same id twice in one push: the later one counts.
  const latest = [...new Map(documents.map((document) => [document.id, document])).values()];
  const kept = new Set(latest);
  for (const document of documents) {
    if (!kept.has(document) && document.file !== undefined) await blobs.delete(document.file.blobKey);
  }
  const ids = latest.map((document) => document.id);
  const known = new Map(
    (await store.findPushedStates(caller.scope, target, ids)).map((state) => [state.entityId, state]),
  );
  const rows: PushRow[] = [];
  for (const document of latest) {
    const row = toRow(document);
    const state = known.get(document.id);
    const isSame =
      state?.state === 'indexed' && !state.isPending && state.entityHash === hashOf(dependencies, document, row);
    if (!isSame) rows.push(row);
    else if (document.file !== undefined) await blobs.delete(document.file.blobKey);
  }
  const unchanged = latest.length - rows.length;
  if (rows.length === 0) return { rows, lastRowId: 0, unchanged };
  return { rows, lastRowId: await store.enqueue(caller.scope, target, newId(SyncJobId), rows), unchanged };
}

/** Removes the uploads of a push that failed, but those that were stored all the same before the connection was lost. */
async function discardUploads(
  { documents: store, blobs }: PushDependencies,
  caller: Caller,
  target: PushTarget | undefined,
  documents: readonly PushedDocument[],
): Promise<void> {
  const keys = documents.flatMap(({ file }) => (file === undefined ? [] : [file.blobKey]));
  if (keys.length === 0) return;
  try {
    const waiting = target === undefined ? new Set() : await store.findWaitingUploads(caller.scope, target, keys);
    for (const key of keys) if (!waiting.has(key)) await blobs.delete(key);
  } catch {
    // The database or the blob store is down, which the push's own error says; `removeStrayUploads` comes by later.
  }
}

/** Before anything is written. */
async function requireRoomForPush(
  { documents: store, quotas }: PushDependencies,
  caller: Caller,
  collectionId: CollectionId,
  documents: readonly PushedDocument[],
): Promise<void> {
  const ids = [...new Set(documents.map((document) => document.id))];
  const target = await store.findPushTarget(caller.scope, collectionId);
  const known = target === undefined ? [] : await store.findPushedStates(caller.scope, target, ids);
  const knownIds = new Set(known.map((state) => state.entityId));
  const added = documents.filter((document) => !knownIds.has(document.id));
  const sizes = added.map(({ file, text = '' }) => file?.sizeBytes ?? Buffer.byteLength(text));
  await requireRoomFor(quotas, caller.scope, {
    documents: ids.length - knownIds.size,
    storageBytes: sizes.reduce((sum, size) => sum + size, 0),
  });
}

function toRow(document: PushedDocument): PushRow {
  const { file } = document;
  const record: PushedRecord = {
    name: document.name,
    ...(document.text === undefined ? {} : { text: document.text }),
    ...(document.url === undefined ? {} : { url: document.url }),
    ...(document.metadata === undefined ? {} : { metadata: document.metadata }),
    ...(document.createdAt === undefined ? {} : { created_at: document.createdAt.toISOString() }),
    ...(document.updatedAt === undefined ? {} : { updated_at: document.updatedAt.toISOString() }),
    ...(document.access === undefined
      ? {}
      : { access: { viewers: document.access.viewers, is_public: document.access.isPublic } }),
    ...(file === undefined
      ? {}
      : {
          file: {
            name: file.name,
            size: file.sizeBytes,
            ...(file.mimeType === undefined ? {} : { mime_type: file.mimeType }),
          },
        }),
  };
  return { entityId: document.id, record: { ...record }, blobKey: file?.blobKey ?? null };
}

/** The entity hash that the sync will come to, from the same parts. */
function hashOf(dependencies: PushDependencies, document: PushedDocument, row: PushRow): string {
  const entity = toPushedEntity(row, dependencies.blobs);
  const digest = document.file?.sha256 ?? sha256(document.text ?? '');
  return entityHashOf(entity, contentHashOf(dependencies.pipeline, entity.name, digest));
}

/** @returns true when the time ran out first */
async function waitUntilTaken(
  store: DocumentStore,
  caller: Caller,
  target: PushTarget,
  lastRowId: number,
  signal: AbortSignal,
): Promise<boolean> {
  const until = Date.now() + maxWaitMs;
  for (let pauseMs = 5; Date.now() < until; pauseMs = Math.min(pauseMs * 1.3, 100)) {
    if (!(await store.isPending(caller.scope, target, lastRowId))) return false;
    await delay(pauseMs, undefined, { signal });
  }
  return true;
}
