import { type Page, type SourceEntity, SourceError } from '../../connector-kit/index.ts';
import type { IndexChunk } from '../search/search-index.ts';
import type { DocumentId } from '../shared/index.ts';
import { ContentTooLargeError, type SpooledContent } from './content-spool.ts';
import { isDiskFull } from './disk-space.ts';
import type { DocumentFailure, FailureBlame, KnownDocument } from './document-record.ts';
import { contentHashOf, documentIdOf, entityHashOf, sha256 } from './hashes.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { rawPrefixOf } from './remove-stray-blobs.ts';
import { isGuarded, storedAccessOf } from './stored-access.ts';
import type { SyncDependencies } from './sync-dependencies.ts';
import type { ClaimedJob } from './sync-store.ts';
import { ExtractError, type Extracted } from './text-extractor.ts';

/** What is to be done with one entity of a page. */
export type PreparedItem =
  /** Nothing changed. */
  | {
      readonly action: 'keep';
      readonly id: DocumentId;
      readonly entityType: string;
      readonly revision: string | null;
    }
  /** Only metadata changed: the index rows get new columns, nothing is parsed or embedded. */
  | (ChangedDocument & {
      readonly action: 'restamp';
      readonly known: KnownDocument;
      readonly rows: readonly IndexChunk[];
    })
  /** New, or its text changed. */
  | (ChangedDocument & { readonly action: 'index'; readonly extracted: Extracted })
  | { readonly action: 'fail'; readonly failure: DocumentFailure; readonly cause: unknown };

interface ChangedDocument {
  readonly id: DocumentId;
  readonly entity: SourceEntity;
  readonly known?: KnownDocument;
  readonly contentHash: string;
  readonly entityHash: string;
  readonly revision: string | null;
  readonly sizeBytes: number | null;
  readonly rawKey: string | null;
}

/** Files opened and parsed at once within a page. */
const concurrency = 8;

/**
 * First half of a page's work: compares with what is known, reads the content of what may have changed, keeps its raw
 * record, and turns it into passages. Writes nothing to database or index.
 *
 * @throws what is not one entity's failure: an abort, a full disk, refused credentials
 */
export async function preparePage(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  page: Page,
  signal: AbortSignal,
): Promise<readonly PreparedItem[]> {
  const entities = lastOfEach(page.entities);
  const known = await dependencies.store.findDocuments(
    job,
    entities.map((entity) => ({ type: entity.type, id: entity.id })),
  );
  const knownById = new Map(known.map((document) => [document.id, document]));
  const failures = (page.failures ?? []).map((failure): PreparedItem => {
    const error = new SourceError('entity', failure.reason);
    return toFailure(job, { ...failure, breadcrumbs: [], fields: {} }, error);
  });
  const items = await mapConcurrently(entities, concurrency, async (entity): Promise<PreparedItem> => {
    const id = documentIdOf(job.connection.id, entity.type, entity.id);
    try {
      return await prepareEntity(dependencies, job, entity, id, knownById.get(id), signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isDiskFull(error) || concernsWholeSource(error)) throw error;
      return toFailure(job, entity, error);
    }
  });
  return [...items, ...failures];
}

/** Every other entity would fail of it as well; waiting, or a person, may help. */
function concernsWholeSource(error: unknown): boolean {
  return error instanceof SourceError && (error.kind === 'credentials' || error.kind === 'rate_limited');
}

/** An id that comes twice in a page is the same entity; the later one is newer. */
function lastOfEach(entities: readonly SourceEntity[]): readonly SourceEntity[] {
  return [...new Map(entities.map((entity) => [`${entity.type}\n${entity.id}`, entity])).values()];
}

async function prepareEntity(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  entity: SourceEntity,
  id: DocumentId,
  known: KnownDocument | undefined,
  signal: AbortSignal,
): Promise<PreparedItem> {
  const revision = markOf(dependencies, entity);
  if (known?.isExcluded === true) return { action: 'keep', id, entityType: entity.type, revision: known.revision };
  if (isUntouched(revision, known, (contentHash) => hashOf(dependencies, job, entity, contentHash)))
    return { action: 'keep', id, entityType: entity.type, revision };

  const content = await readContent(dependencies, entity, signal);
  try {
    const contentHash = contentHashOf(pipelineOf(dependencies), entity.name, content.digest);
    const entityHash = hashOf(dependencies, job, entity, contentHash);
    if (known?.state === 'indexed' && known.entityHash === entityHash) {
      return { action: 'keep', id, entityType: entity.type, revision };
    }
    const changed = { id, entity, contentHash, entityHash, revision, sizeBytes: content.sizeBytes };
    if (known?.state === 'indexed' && known.contentHash === contentHash) {
      const rows = await dependencies.index.readDocuments(job.index, [id]);
      if (isWhole(rows, known)) return { action: 'restamp', ...changed, known, rows, rawKey: known.rawKey };
    }
    const extracted = await extract(dependencies, job, entity, content, signal);
    const rawKey = await keepRawRecord(dependencies, job, id, content);
    return { action: 'index', ...changed, ...(known === undefined ? {} : { known }), extracted, rawKey };
  } finally {
    await content.spooled?.remove();
  }
}

/** By the labels as the source gives them, as pushes do; where the source's users are its own, also by that. */
function hashOf(dependencies: SyncDependencies, job: ClaimedJob, entity: SourceEntity, contentHash: string): string {
  const access = isGuarded(dependencies, job) ? storedAccessOf(dependencies, job, entity) : null;
  return entityHashOf(access === null ? entity : { ...entity, access }, contentHash);
}

/** The source's mark of the content, together with what made passages of it: after an upgrade no mark is trusted. */
function markOf(dependencies: SyncDependencies, entity: SourceEntity): string | null {
  if (entity.revision === undefined) return null;
  return `${sha256(pipelineOf(dependencies)).slice(0, 16)} ${sha256(entity.revision)}`;
}

/** The mark of the same content after it was made into passages by another pipeline. */
export function withPipeline(pipeline: string, mark: string): string | null {
  const [, content] = mark.split(' ');
  return content === undefined ? null : `${sha256(pipeline).slice(0, 16)} ${content}`;
}

/** True when the source's own mark says that the content is what was indexed, and the metadata is the same too. */
function isUntouched(
  revision: string | null,
  known: KnownDocument | undefined,
  hashWith: (contentHash: string) => string,
): boolean {
  if (known === undefined || known.state !== 'indexed' || known.contentHash === null) return false;
  if (revision === null || revision !== known.revision) return false;
  return hashWith(known.contentHash) === known.entityHash;
}

/** False when an attempt that was cut off has left rows of its own among them: then the document is indexed anew. */
function isWhole(rows: readonly IndexChunk[], known: KnownDocument): boolean {
  return rows.length === known.chunkCount && rows.every((row) => row.version === known.version);
}

/** What passages depend on besides the document: a change here makes every document be indexed anew. */
export function pipelineOf(dependencies: Pick<SyncDependencies, 'extractor' | 'encoder'>): string {
  return `${dependencies.extractor.version} ${dependencies.encoder?.name ?? 'no encoder'}`;
}

interface Content {
  readonly digest: string;
  readonly sizeBytes: number | null;
  readonly text?: string;
  readonly spooled?: SpooledContent;
}

async function readContent(
  dependencies: SyncDependencies,
  entity: SourceEntity,
  signal: AbortSignal,
): Promise<Content> {
  const { maxFileBytes } = dependencies.limits;
  if (entity.file === undefined) {
    const text = entity.text ?? '';
    const sizeBytes = Buffer.byteLength(text);
    if (sizeBytes > maxFileBytes) throw new ContentTooLargeError(maxFileBytes);
    return { digest: sha256(text), sizeBytes: entity.text === undefined ? null : sizeBytes, text };
  }
  if (entity.file.size !== undefined && entity.file.size > maxFileBytes) throw new ContentTooLargeError(maxFileBytes);
  const stream = await entity.file.open(signal);
  const spooled = await dependencies.spool.spool(stream, { maxBytes: maxFileBytes, signal });
  return { digest: spooled.sha256, sizeBytes: spooled.sizeBytes, spooled };
}

async function extract(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  entity: SourceEntity,
  content: Content,
  signal: AbortSignal,
): Promise<Extracted> {
  const input =
    content.spooled === undefined
      ? { kind: 'markdown' as const, text: content.text ?? '', name: entity.name }
      : {
          kind: 'file' as const,
          path: content.spooled.path,
          name: entity.file?.name ?? entity.name,
          ...(entity.file?.mimeType === undefined ? {} : { mimeType: entity.file.mimeType }),
        };
  return dependencies.extractor.extract(input, { signal, urgent: job.trigger === 'push' });
}

/** The record as the source gave it, so that a new index can be built without asking the source again. */
async function keepRawRecord(
  dependencies: SyncDependencies,
  job: ClaimedJob,
  id: DocumentId,
  content: Content,
): Promise<string | null> {
  if (content.spooled === undefined && (content.text ?? '') === '') return null;
  // Named by its content: after a crash the same record is written over itself, never beside.
  const key = `${rawPrefixOf(job)}/${id.slice(0, 2)}/${id}-${content.digest.slice(0, 16)}`;
  await dependencies.blobs.put(
    key,
    content.spooled?.bytes ?? content.spooled?.open() ?? Buffer.from(content.text ?? ''),
  );
  return key;
}

function blameOf(cause: unknown): FailureBlame {
  if (cause instanceof ExtractError || cause instanceof ContentTooLargeError) return 'document';
  if (cause instanceof SourceError) return cause.kind === 'entity' ? 'document' : 'source';
  return 'weft';
}

function toFailure(
  job: ClaimedJob,
  entity: Pick<SourceEntity, 'id' | 'type' | 'name' | 'breadcrumbs' | 'fields'> & { readonly url?: string },
  cause: unknown,
): PreparedItem {
  const reason = cause instanceof ExtractError || cause instanceof SourceError || cause instanceof ContentTooLargeError;
  return {
    action: 'fail',
    cause,
    failure: {
      id: documentIdOf(job.connection.id, entity.type, entity.id),
      entityId: entity.id,
      entityType: entity.type,
      name: entity.name,
      url: entity.url ?? null,
      breadcrumbs: entity.breadcrumbs,
      blame: blameOf(cause),
      error: reason ? cause.message : `Could not be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    },
  };
}
