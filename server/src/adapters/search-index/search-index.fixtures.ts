import { createHash } from 'node:crypto';
import type { IndexChunk, IndexRef, SearchIndex } from '../../core/search/search-index.ts';
import {
  CollectionId,
  DocumentId,
  newId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
} from '../../core/shared/index.ts';

/** Of the vectors that tests use. */
export const dimensions = 8;
export const connectionId = newId(SourceConnectionId);
export const syncId = newId(SyncId);

export function refOf(organizationId: string, collectionId: string): IndexRef {
  return {
    scope: new Scope(OrganizationId.parse(organizationId)),
    collectionId: CollectionId.parse(collectionId),
    generation: 1,
  };
}

export function newRef(generation = 1): IndexRef {
  return { scope: new Scope(newId(OrganizationId)), collectionId: newId(CollectionId), generation };
}

/** A chunk with whatever the test does not say filled in; its id follows from its document, version, number and text. */
export function chunk(some: Partial<IndexChunk> = {}): IndexChunk {
  const documentId = some.documentId ?? newId(DocumentId);
  const text = some.text ?? 'plain words';
  const key = [documentId, some.chunkIndex ?? 0, some.name, text].join('\n');
  return {
    chunkId: createHash('sha256').update(key).digest('hex'),
    documentId,
    version: 1,
    connectionId,
    syncId,
    syncJobId: 'job-1',
    sourceName: 'files',
    entityId: documentId,
    entityType: 'FileEntity',
    name: 'untitled',
    breadcrumbs: [],
    url: null,
    createdAt: null,
    updatedAt: null,
    chunkIndex: 0,
    chunkCount: 1,
    headings: [],
    text,
    viewers: null,
    isPublic: null,
    fields: {},
    vector: null,
    ...some,
  };
}

/** A unit vector that leans to one axis. */
export function axis(index: number, lean = 0): Float32Array {
  const vector = new Float32Array(dimensions);
  vector[index] = Math.sqrt(1 - lean * lean);
  vector[(index + 1) % dimensions] = lean;
  return vector;
}

/** A new generation that holds the chunks. */
export async function fill(index: SearchIndex, chunks: readonly IndexChunk[]): Promise<IndexRef> {
  const ref = newRef();
  await index.create(ref, { dimensions });
  await index.upsert(ref, chunks);
  return ref;
}

type Identified = { readonly chunkId: string };

export function idsOf(hits: readonly Identified[] | undefined): readonly string[] {
  return hits?.map(({ chunkId }) => chunkId) ?? [];
}

export function sortedIdsOf(hits: readonly Identified[] | undefined): readonly string[] {
  return idsOf(hits).toSorted();
}
