import { isUtf8 } from 'node:buffer';
import { text as readText } from 'node:stream/consumers';
import type { SourceEntity } from '../../connector-kit/index.ts';
import { type IndexChunk, toSourceLabel } from '../search/index.ts';
import { isAppError } from '../shared/index.ts';
import {
  type ChunkDraft,
  ContentTooLargeError,
  contentHashOf,
  draftChunks,
  ExtractError,
  entityHashOf,
  mapConcurrently,
  type Passage,
  pipelineOf,
  type SpooledContent,
  type SyncDependencies,
  sha256,
  withPipeline,
} from '../sync/index.ts';
import type { ClaimedReindex, RecordedDocument, StagedDocument } from './reindex-store.ts';

export type RebuildDependencies = Pick<
  SyncDependencies,
  'index' | 'encoder' | 'extractor' | 'blobs' | 'spool' | 'limits' | 'logger'
>;

export interface RebuiltDocument {
  readonly chunks: readonly IndexChunk[];
  readonly staged: StagedDocument;
}

type Built =
  | { readonly document: RecordedDocument; readonly drafts: readonly ChunkDraft[]; readonly digest: string }
  | { readonly document: RecordedDocument; readonly error: string };

/** Records read and parsed at once: syncs go first. */
const concurrency = 2;

/**
 * Makes the rows of the documents' committed versions from their records alone; no source is asked. A document whose record
 * is missing or cannot be used keeps what was indexed of it, with its vectors where they come from the same encoder.
 *
 * @throws what is not one document's failure: an abort, an encoder or a blob store that does not answer
 */
export async function rebuildDocuments(
  dependencies: RebuildDependencies,
  reindex: ClaimedReindex,
  documents: readonly RecordedDocument[],
  signal: AbortSignal,
): Promise<readonly RebuiltDocument[]> {
  const built = await mapConcurrently(documents, concurrency, (document) =>
    readRecord(dependencies, reindex, document, signal),
  );
  const drafts = built.flatMap((one) => ('drafts' in one ? one.drafts : []));
  const known = await readVectors(dependencies, reindex, documents, drafts);
  const unknown = drafts.filter((draft) => !known.has(draft.chunkId));
  const vectors = new Map([...known, ...(await embed(dependencies, unknown, signal))]);
  return Promise.all(
    built.map(async (one): Promise<RebuiltDocument> => {
      if ('error' in one) return carryOver(dependencies, reindex, one.document, one.error);
      const broken = one.drafts.map((draft) => vectors.get(draft.chunkId)).find((vector) => vector instanceof Error);
      if (broken instanceof Error) {
        return carryOver(dependencies, reindex, one.document, `Could not be embedded: ${broken.message}`);
      }
      const chunks = one.drafts.map(({ input: _input, ...draft }) => {
        const vector = vectors.get(draft.chunkId);
        return { ...draft, vector: vector instanceof Float32Array ? vector : null };
      });
      return { chunks, staged: toStaged(dependencies, one.document, one.digest, chunks.length) };
    }),
  );
}

async function readRecord(
  dependencies: RebuildDependencies,
  reindex: ClaimedReindex,
  document: RecordedDocument,
  signal: AbortSignal,
): Promise<Built> {
  let spooled: SpooledContent | undefined;
  try {
    if (document.rawKey === null) {
      if ((document.sizeBytes ?? 0) > 0) return { document, error: 'Its record is missing.' };
      const drafts = toDrafts(dependencies, reindex, document, []);
      return { document, drafts, digest: sha256('') };
    }
    const content = await dependencies.blobs.get(document.rawKey);
    spooled = await dependencies.spool.spool(content, { maxBytes: dependencies.limits.maxFileBytes, signal });
    const passages = await extract(dependencies, document, spooled, signal);
    return {
      document,
      drafts: toDrafts(dependencies, reindex, document, passages),
      digest: await digestOf(document, spooled),
    };
  } catch (error) {
    signal.throwIfAborted();
    const reason = toReason(error);
    if (reason === undefined) throw error;
    return { document, error: reason };
  } finally {
    await spooled?.remove();
  }
}

/** As the sync hashes it: text as a string, a file by its bytes. */
async function digestOf(document: RecordedDocument, spooled: SpooledContent): Promise<string> {
  return isMarkdown(document, spooled) ? sha256(await textOf(spooled)) : spooled.sha256;
}

async function extract(
  dependencies: RebuildDependencies,
  document: RecordedDocument,
  spooled: SpooledContent,
  signal: AbortSignal,
): Promise<readonly Passage[]> {
  const input = isMarkdown(document, spooled)
    ? { kind: 'markdown' as const, text: await textOf(spooled), name: document.name }
    : {
        kind: 'file' as const,
        path: spooled.path,
        name: document.fileName ?? document.name,
        ...(document.mimeType === null ? {} : { mimeType: document.mimeType }),
      };
  return (await dependencies.extractor.extract(input, { signal })).passages;
}

/** Records written before file names were kept: what has a MIME type, or is no text, was a file. */
function isMarkdown(document: RecordedDocument, spooled: SpooledContent): boolean {
  if (document.fileName !== null || document.mimeType !== null) return false;
  return spooled.bytes === undefined || isUtf8(spooled.bytes);
}

function textOf(spooled: SpooledContent): Promise<string> {
  return spooled.bytes === undefined
    ? readText(spooled.open())
    : Promise.resolve(Buffer.from(spooled.bytes).toString());
}

/** Why this one record cannot be used; undefined: it is not the record's fault. */
function toReason(error: unknown): string | undefined {
  if (error instanceof ExtractError || error instanceof ContentTooLargeError) return error.message;
  if (isAppError(error, 'not_found')) return 'Its record is missing.';
  const code = (error as { code?: unknown } | null)?.code;
  // What zlib, and the end of a stream that was cut off, say of a damaged record.
  if (typeof code === 'string' && /^(Z_|ERR_STREAM_PREMATURE_CLOSE|ERR_ZSTD|ZSTD_|ERR_BROTLI)/.test(code)) {
    return 'Its record is damaged.';
  }
  return undefined;
}

function toDrafts(
  dependencies: RebuildDependencies,
  reindex: ClaimedReindex,
  document: RecordedDocument,
  passages: readonly Passage[],
): readonly ChunkDraft[] {
  const columns = {
    documentId: document.id,
    version: document.version,
    connectionId: document.connectionId,
    syncId: document.syncId,
    // The rows were written by this rebuild and by no job.
    syncJobId: reindex.id,
    sourceName: document.sourceName,
    entityId: document.entityId,
    entityType: document.entityType,
    name: document.name,
    breadcrumbs: document.breadcrumbs,
    url: document.url,
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
    viewers: document.access?.viewers ?? null,
    isPublic: document.access?.isPublic ?? null,
    fields: document.fields,
  };
  return draftChunks(pipelineOf(dependencies), reindex.collectionId, columns, passages);
}

/**
 * What the old index has of the same chunks, whose ids say that encoder and input are the same, by chunk id. An old index that
 * cannot be read is no reason to fail.
 */
async function readVectors(
  { index, encoder, logger }: RebuildDependencies,
  reindex: ClaimedReindex,
  documents: readonly RecordedDocument[],
  drafts: readonly ChunkDraft[],
): Promise<ReadonlyMap<string, Float32Array>> {
  const vectors = new Map<string, Float32Array>();
  if (encoder === undefined || encoder.name !== reindex.currentEncoderName || drafts.length === 0) return vectors;
  try {
    const rows = await index.readDocuments(
      reindex.current,
      documents.map(({ id }) => id),
    );
    for (const { chunkId, vector } of rows) if (vector !== null) vectors.set(chunkId, vector);
  } catch (error) {
    if (!isAppError(error)) throw error;
    logger.warn({ err: error }, 'the old index could not be read; all passages are embedded again');
  }
  return vectors;
}

async function embed(
  { encoder }: RebuildDependencies,
  drafts: readonly ChunkDraft[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Float32Array | Error>> {
  const vectors = new Map<string, Float32Array | Error>();
  if (encoder === undefined || drafts.length === 0) return vectors;
  const embedded = await encoder.embedDocuments(
    drafts.map((draft) => draft.input),
    { signal },
  );
  for (const [position, draft] of drafts.entries()) {
    vectors.set(draft.chunkId, embedded[position] ?? new Error('the encoder gave no vector'));
  }
  return vectors;
}

function toStaged(
  dependencies: RebuildDependencies,
  document: RecordedDocument,
  digest: string,
  chunkCount: number,
): StagedDocument {
  const pipeline = pipelineOf(dependencies);
  const contentHash = contentHashOf(pipeline, document.name, digest);
  return {
    documentId: document.id,
    version: document.version,
    chunkCount,
    contentHash,
    // Without one, the next run was to look at it again whatever the hashes say.
    entityHash: document.entityHash === null ? null : entityHashOf(toEntity(document), contentHash),
    revision: document.revision === null ? null : withPipeline(pipeline, document.revision),
    error: null,
  };
}

function toEntity(document: RecordedDocument): SourceEntity {
  return {
    id: document.entityId,
    type: document.entityType,
    name: document.name,
    breadcrumbs: document.breadcrumbs,
    fields: document.fields,
    ...(document.url === null ? {} : { url: document.url }),
    ...(document.createdAt === null ? {} : { createdAt: document.createdAt }),
    ...(document.updatedAt === null ? {} : { updatedAt: document.updatedAt }),
    ...(document.access === null
      ? {}
      : {
          access: {
            // As the source gives them to the next run, which compares hashes.
            viewers: document.access.viewers.map((label) => toSourceLabel(label, document.connectionId)),
            isPublic: document.access.isPublic,
          },
        }),
  };
}

async function carryOver(
  { index, encoder, logger }: RebuildDependencies,
  reindex: ClaimedReindex,
  document: RecordedDocument,
  reason: string,
): Promise<RebuiltDocument> {
  const rows = (await index.readDocuments(reindex.current, [document.id])).filter(
    (row) => row.version === document.version,
  );
  const isSameEncoder = encoder?.name === reindex.currentEncoderName;
  const chunks = rows.map((row) => (isSameEncoder ? row : { ...row, vector: null }));
  logger.warn({ documentId: document.id, reason }, 'a document could not be rebuilt; what was indexed is kept');
  const error = `${reason} What was indexed of it stays searchable; the next sync reads it again from its source.`;
  const hashes = { entityHash: null, contentHash: null, revision: null };
  return {
    chunks,
    staged: { documentId: document.id, version: document.version, chunkCount: chunks.length, ...hashes, error },
  };
}
