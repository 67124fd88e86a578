import type { Caller } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import { resolveSearcher, type SearcherDependencies, type SearchIndex, type SearchStore } from '../search/index.ts';
import { AppError, type SourceConnectionId } from '../shared/index.ts';
import type { BlobStore } from '../sync/index.ts';
import type { Document } from './document.ts';
import type { DocumentStore } from './document-store.ts';

interface Dependencies extends SearcherDependencies {
  readonly collections: CollectionStore;
  readonly documents: DocumentStore;
}

/** Every document of the collection, whatever its source, by id. @throws AppError('not_found') */
export async function listDocuments(
  dependencies: Dependencies,
  caller: Caller,
  readableId: string,
  options: {
    readonly state: Document['state'] | null;
    readonly sourceConnectionId: SourceConnectionId | null;
    /** A part of the name, in any case. */
    readonly search: string | null;
    readonly skip: number;
    readonly limit: number;
  },
): Promise<readonly Document[]> {
  const collection = await getCollection(dependencies.collections, caller, readableId);
  const principals = await resolveSearcher(dependencies, caller, collection.id);
  return dependencies.documents.list(caller.scope, collection.id, { ...options, principals });
}

/**
 * By our id, or by the caller's id of a pushed document.
 *
 * @throws AppError('not_found'), also for one that the caller may not see
 */
export async function getDocument(
  dependencies: Dependencies,
  caller: Caller,
  readableId: string,
  documentId: string,
): Promise<Document> {
  const collection = await getCollection(dependencies.collections, caller, readableId);
  const principals = await resolveSearcher(dependencies, caller, collection.id);
  const document = await dependencies.documents.find(caller.scope, collection.id, documentId, principals);
  if (document === undefined) throw new AppError('not_found', `Document '${documentId}' not found`);
  return document;
}

/**
 * Deletes a pushed document: searches do not show it from now on.
 *
 * @throws AppError('not_found'), or 'invalid_request' for a document that its source would bring back
 */
export async function deleteDocument(
  dependencies: Dependencies,
  caller: Caller,
  readableId: string,
  documentId: string,
): Promise<Document> {
  const collection = await getCollection(dependencies.collections, caller, readableId);
  const document = await getDocument(dependencies, caller, readableId, documentId);
  const target = await dependencies.documents.findPushTarget(caller.scope, collection.id);
  if (target === undefined || target.sourceConnectionId !== document.sourceConnectionId) {
    throw new AppError(
      'invalid_request',
      `This document comes from the source '${document.sourceName}', which would bring it back. Delete it there, or exclude it: POST …/documents/{document_id}/exclude.`,
    );
  }
  await dependencies.documents.deletePushed(caller.scope, collection.id, target, document);
  return document;
}

/**
 * Takes a document out of the index and keeps it out, whatever its source gives, or (`isExcluded` false) lets the next run that
 * is given it index it again.
 *
 * @throws AppError('not_found'), or 'invalid_request' for a pushed document
 */
export async function setExcluded(
  dependencies: Dependencies,
  caller: Caller,
  readableId: string,
  documentId: string,
  isExcluded: boolean,
): Promise<Document> {
  const collection = await getCollection(dependencies.collections, caller, readableId);
  const document = await getDocument(dependencies, caller, readableId, documentId);
  const target = await dependencies.documents.findPushTarget(caller.scope, collection.id);
  if (target?.sourceConnectionId === document.sourceConnectionId) {
    throw new AppError('invalid_request', 'This document was pushed: delete it instead, and push it to have it back.');
  }
  await dependencies.documents.setExcluded(caller.scope, collection.id, document.id, isExcluded);
  return getDocument(dependencies, caller, readableId, document.id);
}

/** A passage as it is in the index. */
export interface DocumentChunk {
  readonly chunkIndex: number;
  /** Above the passage, outermost first. */
  readonly headings: readonly string[];
  /** Markdown. */
  readonly text: string;
}

/** The passages of a document as searches find them, in order. @throws AppError('not_found' | 'unavailable') */
export async function readChunks(
  dependencies: Dependencies & {
    readonly index: Pick<SearchIndex, 'readDocuments'>;
    readonly search: Pick<SearchStore, 'findCollection' | 'visibleVersions'>;
  },
  caller: Caller,
  readableId: string,
  documentId: string,
  options: { readonly skip: number; readonly limit: number },
): Promise<readonly DocumentChunk[]> {
  const document = await getDocument(dependencies, caller, readableId, documentId);
  const collection = await dependencies.search.findCollection(caller.scope, readableId);
  if (collection === undefined) throw new AppError('not_found', 'Collection not found');
  const versions = await dependencies.search.visibleVersions(caller.scope, collection.id, [document.id]);
  const version = versions.get(document.id);
  if (version === undefined) return [];
  const ref = { scope: caller.scope, collectionId: collection.id, generation: collection.generation };
  const rows = await dependencies.index.readDocuments(ref, [document.id]);
  return rows
    .filter((row) => row.version >= version)
    .toSorted((a, b) => a.chunkIndex - b.chunkIndex)
    .slice(options.skip, options.skip + options.limit)
    .map(({ chunkIndex, headings, text }) => ({ chunkIndex, headings, text }));
}

/** The record as the source gave it: a file's bytes, or Markdown. @throws AppError('not_found'), also when none is kept */
export async function openRawRecord(
  dependencies: Dependencies & { readonly blobs: Pick<BlobStore, 'get'> },
  caller: Caller,
  readableId: string,
  documentId: string,
): Promise<{ readonly document: Document; readonly content: Awaited<ReturnType<BlobStore['get']>> }> {
  const document = await getDocument(dependencies, caller, readableId, documentId);
  const key = await dependencies.documents.findRawKey(caller.scope, document.id);
  if (key === undefined) throw new AppError('not_found', 'Nothing is kept of this document as its source gave it.');
  return { document, content: await dependencies.blobs.get(key) };
}
