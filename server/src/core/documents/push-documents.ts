import { setTimeout as delay } from 'node:timers/promises';
import type { Caller } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import { type QuotaStore, requireRoomFor } from '../quotas/index.ts';
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

export interface PushDependencies {
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
 * again does nothing. When this returns, what was accepted survives a crash.
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
  const collection = await getCollection(dependencies.collections, caller, readableId);
  const store = dependencies.documents;
  await requireRoomForPush(dependencies, caller, collection.id, documents);
  const target = await store.ensurePushTarget(caller.scope, collection.id, caller.email);
  // The same id twice in one push: the later one counts.
  const latest = [...new Map(documents.map((document) => [document.id, document])).values()];
  const kept = new Set(latest);
  for (const document of documents) {
    if (!kept.has(document) && document.file !== undefined) await dependencies.blobs.delete(document.file.blobKey);
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
    else if (document.file !== undefined) await dependencies.blobs.delete(document.file.blobKey);
  }
  const unchanged = latest.length - rows.length;
  const result = { sourceConnectionId: target.sourceConnectionId, unchanged, failed: [] };
  if (rows.length === 0) return { ...result, accepted: 0, isPending: false };
  const lastRowId = await store.enqueue(caller.scope, target, newId(SyncJobId), rows);
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

/** Before anything is written; uploads, which are stored already, are removed again. */
async function requireRoomForPush(
  { documents: store, quotas, blobs }: PushDependencies,
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
  try {
    await requireRoomFor(quotas, caller.scope, {
      documents: ids.length - knownIds.size,
      storageBytes: sizes.reduce((sum, size) => sum + size, 0),
    });
  } catch (error) {
    for (const { file } of documents) if (file !== undefined) await blobs.delete(file.blobKey);
    throw error;
  }
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
