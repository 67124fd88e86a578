import type { ArmHit, IndexChunk, IndexRef } from '../../../core/search/search-index.ts';
import { AppError, DocumentId } from '../../../core/shared/index.ts';
import { fromPayload, toPayload } from '../chunk-payload.ts';
import { chunkEntityIdOf } from '../search-text.ts';
import { foldText, toTerm, toWindows } from './indexed-text.ts';
import { toOwnTerms } from './own-terms.ts';
import { indexedWordsOf } from './search-words.ts';

/** What every row of a collection carries and every query of it asks for: the organisation is part of it. */
export function collectionKey(ref: Omit<IndexRef, 'generation'>): string {
  const key = [ref.scope.organizationId, ref.collectionId].map((id) => id.toLowerCase().replaceAll('-', '')).join('_');
  if (!/^[0-9a-f]{32}_[0-9a-f]{32}$/.test(key)) {
    throw new AppError('internal', 'A search index is named by the ids of its organisation and collection.');
  }
  return key;
}

/** The same for one generation of it. */
export function generationKey(ref: IndexRef): string {
  if (!Number.isSafeInteger(ref.generation) || ref.generation < 0) {
    throw new AppError('internal', 'The generation of a search index is a whole number from 0.');
  }
  return `${collectionKey(ref)}_${ref.generation}`;
}

/** Two collections may hold rows of the same chunk id, in one shared index. */
export function rowIdOf(ref: IndexRef, chunkId: string): string {
  return `${generationKey(ref)}_${chunkId}`;
}

/**
 * A row as the index stores it; see `index-mapping.ts`.
 *
 * @throws AppError('internal') when the vector has other dimensions than the index
 */
export function toStoredRow(ref: IndexRef, chunk: IndexChunk, dimensions: number): object {
  const { vector, breadcrumbs } = chunk;
  if (vector !== null && vector.length !== dimensions) {
    throw new AppError('internal', `A vector of ${vector.length} dimensions was given to an index of ${dimensions}.`);
  }
  return {
    ref: generationKey(ref),
    collection: collectionKey(ref),
    generation: ref.generation,
    hit: `${chunk.chunkId} ${chunk.documentId} ${chunk.version}`,
    document_id: chunk.documentId,
    version: chunk.version,
    connection_id: chunk.connectionId,
    ...texts('sync_id', [chunk.syncId]),
    ...texts('sync_job_id', [chunk.syncJobId]),
    ...texts('source_name', [chunk.sourceName]),
    ...texts('entity_type', [chunk.entityType]),
    ...texts('entity_id', [chunk.entityId]),
    ...texts('chunk_entity_id', [chunkEntityIdOf(chunk)]),
    ...texts('name', [chunk.name]),
    ...texts(
      'breadcrumb_ids',
      breadcrumbs.map(({ entityId }) => entityId),
    ),
    ...texts(
      'breadcrumb_names',
      breadcrumbs.map(({ name }) => name),
    ),
    ...texts(
      'breadcrumb_types',
      breadcrumbs.map(({ entityType }) => entityType),
    ),
    created_at: toMs(chunk.createdAt),
    updated_at: toMs(chunk.updatedAt),
    chunk_index: chunk.chunkIndex,
    is_restricted: chunk.viewers !== null,
    viewers: chunk.viewers?.map(toTerm) ?? [],
    is_public: chunk.isPublic,
    ...toOwnTerms(chunk.fields),
    search_text: indexedWordsOf(chunk),
    ...(vector === null ? {} : { vector: Array.from(vector), vector_bytes: toBytes(vector) }),
    payload: toPayload(chunk),
  };
}

/** A field for exact comparison and one for `contains`. */
function texts(field: string, values: readonly string[]): object {
  return {
    [field]: values.map(toTerm),
    [`${field}_folded`]: [...new Set(values.flatMap((value) => toWindows(foldText(value))))],
  };
}

function toMs(date: Date | null): number | null {
  return date === null || Number.isNaN(date.getTime()) ? null : date.getTime();
}

/** Little-endian, as base64. */
function toBytes(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, i * 4);
  return bytes.toString('base64');
}

function fromBytes(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(i * 4));
}

/** Reads a row back. The vector is null where it was not asked for. */
export function fromStoredRow(source: {
  readonly payload: string;
  readonly vector_bytes?: string | undefined;
}): IndexChunk {
  const { payload, vector_bytes: bytes } = source;
  return { ...fromPayload(payload), vector: bytes === undefined ? null : fromBytes(bytes) };
}

/** Reads the `hit` of a row. */
export function toArmHit(hit: string, score: number): ArmHit {
  const [chunkId = '', documentId, version] = hit.split(' ');
  return { chunkId, documentId: DocumentId.parse(documentId), version: Number(version), score };
}
