import type { Access } from '../../connector-kit/index.ts';
import type { IndexChunk } from '../search/search-index.ts';
import { isAppError } from '../shared/index.ts';
import type { DocumentFailure, DocumentWrite, LeftOut } from './document-record.ts';
import { type ChunkDraft, draftChunks } from './draft-chunks.ts';
import { type PreparedItem, pipelineOf } from './prepare-page.ts';
import { RunParkedError } from './source-waits.ts';
import { storedAccessOf } from './stored-access.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import type { ClaimedJob } from './sync-store.ts';
import type { Extracted } from './text-extractor.ts';

type IndexItem = Extract<PreparedItem, { action: 'index' }>;
type RestampItem = Extract<PreparedItem, { action: 'restamp' }>;

export interface IndexedPage {
  readonly writes: readonly DocumentWrite[];
  readonly failures: readonly { readonly failure: DocumentFailure; readonly cause: unknown }[];
}

/**
 * Second half of a page's work, first step: embeds what has no vector yet and writes the index rows under a new version.
 * Nothing of it is shown before the commit, and the rows it replaces stay until after it.
 */
export async function indexPage(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  items: readonly PreparedItem[],
  version: number,
  signal: AbortSignal,
): Promise<IndexedPage> {
  const toIndex = items.filter((item): item is IndexItem => item.action === 'index');
  const toRestamp = items.filter((item): item is RestampItem => item.action === 'restamp');
  if (toIndex.length === 0 && toRestamp.length === 0) return { writes: [], failures: [] };

  const replaced = toIndex.flatMap((item) => (item.known && item.known.version > 0 ? [item.id] : []));
  const existing = replaced.length === 0 ? [] : await dependencies.index.readDocuments(job.index, replaced);
  const pipeline = pipelineOf(dependencies);
  const drafts = toIndex.map((item) => ({
    item,
    chunks: draftChunks(
      pipeline,
      job.index.collectionId,
      { ...columnsOf(dependencies, job, item), version },
      item.extracted.passages,
    ),
  }));
  const { vectors, errors } = await embedMissing(
    dependencies,
    job,
    drafts.flatMap((draft) => draft.chunks),
    existing,
    signal,
  );

  const chunks: IndexChunk[] = [];
  const writes: DocumentWrite[] = [];
  const failures: IndexedPage['failures'][number][] = [];
  for (const { item, chunks: draft } of drafts) {
    const error = draft.map((chunk) => errors.get(chunk.chunkId)).find((found) => found !== undefined);
    if (error !== undefined) {
      failures.push({ failure: toFailure(item, error), cause: error });
      continue;
    }
    chunks.push(...draft.map((chunk) => ({ ...chunk, vector: vectors.get(chunk.chunkId) ?? null })));
    writes.push(toWrite(item, storedAccessOf(dependencies, job, item.entity), draft.length));
  }
  for (const item of toRestamp) {
    chunks.push(...item.rows.map((row) => ({ ...row, ...columnsOf(dependencies, job, item), version })));
    writes.push(toWrite(item, storedAccessOf(dependencies, job, item.entity), item.rows.length));
  }
  await dependencies.index.upsert(job.index, chunks);
  return { writes, failures };
}

function columnsOf(dependencies: SyncDependencies, job: ClaimedJob, item: IndexItem | RestampItem) {
  const { entity } = item;
  const access = storedAccessOf(dependencies, job, entity);
  return {
    documentId: item.id,
    connectionId: job.connection.id,
    syncId: job.syncId,
    syncJobId: job.id,
    sourceName: job.connection.shortName,
    entityId: entity.id,
    entityType: entity.type,
    name: entity.name,
    breadcrumbs: entity.breadcrumbs,
    url: entity.url ?? null,
    createdAt: entity.createdAt ?? null,
    updatedAt: entity.updatedAt ?? null,
    viewers: access?.viewers ?? null,
    isPublic: access?.isPublic ?? null,
    fields: entity.fields,
  };
}

/** Vectors by chunk id: of rows that are there already, and of the encoder for the rest. */
async function embedMissing(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  drafts: readonly ChunkDraft[],
  existing: readonly IndexChunk[],
  signal: AbortSignal,
): Promise<{ vectors: ReadonlyMap<string, Float32Array>; errors: ReadonlyMap<string, Error> }> {
  const vectors = new Map<string, Float32Array>();
  const errors = new Map<string, Error>();
  if (dependencies.encoder === undefined) return { vectors, errors };
  for (const row of existing) if (row.vector !== null) vectors.set(row.chunkId, row.vector);
  const missing = drafts.filter((draft) => !vectors.has(draft.chunkId));
  const texts = missing.map((draft) => draft.input);
  const embedded = await dependencies.encoder
    .embedDocuments(texts, { signal, urgent: job.trigger === 'push' })
    .catch((error: unknown) => {
      throw toPause(error) ?? error;
    });
  for (const [position, draft] of missing.entries()) {
    const result = embedded[position];
    if (result instanceof Float32Array) vectors.set(draft.chunkId, result);
    else errors.set(draft.chunkId, result ?? new Error('the encoder gave no vector'));
  }
  return { vectors, errors };
}

/** A model of a provider that is down or at its limit is nobody's fault: the run goes on when it is back. */
function toPause(error: unknown): RunParkedError | undefined {
  if (!isAppError(error, 'unavailable') || error.retryAfterMs === undefined) return undefined;
  return new RunParkedError(error.message, new Date(Date.now() + error.retryAfterMs));
}

function toWrite(item: IndexItem | RestampItem, access: Access | null, chunkCount: number): DocumentWrite {
  const { entity } = item;
  return {
    id: item.id,
    entityId: entity.id,
    entityType: entity.type,
    name: entity.name,
    url: entity.url ?? null,
    breadcrumbs: entity.breadcrumbs,
    fields: entity.fields,
    access,
    createdAt: entity.createdAt ?? null,
    updatedAt: entity.updatedAt ?? null,
    entityHash: item.entityHash,
    contentHash: item.contentHash,
    revision: item.revision,
    rawKey: item.rawKey,
    sizeBytes: item.sizeBytes,
    fileName: entity.file === undefined ? null : (entity.file.name ?? entity.name),
    mimeType: entity.file?.mimeType ?? null,
    chunkCount,
    ...(item.action === 'index' ? { leftOut: leftOutOf(item.extracted) } : {}),
    ...(item.known && item.known.version > 0 ? { replaces: { rawKey: item.known.rawKey } } : {}),
  };
}

function leftOutOf({ isTruncated, hiddenCharacters = 0 }: Extracted): LeftOut {
  return { isTruncated, hiddenCharacters };
}

function toFailure(item: IndexItem, error: Error): DocumentFailure {
  return {
    id: item.id,
    entityId: item.entity.id,
    entityType: item.entity.type,
    name: item.entity.name,
    url: item.entity.url ?? null,
    breadcrumbs: item.entity.breadcrumbs,
    error: `Could not be embedded: ${error.message}`,
  };
}
