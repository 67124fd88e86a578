import type { Caller } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import { AppError, type SourceConnectionId } from '../shared/index.ts';
import type { Document } from './document.ts';
import type { DocumentStore } from './document-store.ts';

interface Dependencies {
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
  return dependencies.documents.list(caller.scope, collection.id, options);
}

/** By our id, or by the caller's id of a pushed document. @throws AppError('not_found') */
export async function getDocument(
  dependencies: Dependencies,
  caller: Caller,
  readableId: string,
  documentId: string,
): Promise<Document> {
  const collection = await getCollection(dependencies.collections, caller, readableId);
  const document = await dependencies.documents.find(caller.scope, collection.id, documentId);
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
      `This document comes from the source '${document.sourceName}', which would bring it back. Delete it there, or exclude it in the connection's configuration.`,
    );
  }
  await dependencies.documents.deletePushed(caller.scope, collection.id, target, document);
  return document;
}
