import { type Caller, requireCollection } from '../access/index.ts';
import { AppError, CollectionId, newId } from '../shared/index.ts';
import type { Collection, ListedCollection } from './collection.ts';
import type { CollectionChange, CollectionStore, NewCollection } from './collection-store.ts';
import { generateReadableId } from './readable-id.ts';
import type { SyncConfig } from './sync-config.ts';

/** What new collections are indexed with. */
export interface CollectionEncoder {
  readonly name: string;
  /** 0: not known yet. */
  readonly dimensions: number;
}

/** Of a server without an encoder. */
const noEncoderName = 'none';

/**
 * Whether the collection was indexed with another encoder than that of now, so that it is searched by words alone until its
 * index is rebuilt. Not where there is none now, or its name is not known yet: a rebuild would give nothing.
 */
export function needsReindex(collection: Pick<Collection, 'encoderName'>, encoder: CollectionEncoder): boolean {
  if (encoder.name === noEncoderName || encoder.dimensions === 0) return false;
  return collection.encoderName !== encoder.name;
}

export interface CollectionInput {
  readonly name: string;
  /** Null: made from the name. */
  readonly readableId: string | null;
  readonly syncConfig: SyncConfig | null;
}

/** Two generated ids in a row are alike once in two thousand million collections of one name. */
const generateAttempts = 3;

/**
 * Makes an empty collection.
 *
 * @throws AppError('invalid_request') when the readable id is taken, also by another organisation
 * @throws AppError('forbidden') for an API key that is limited to certain collections
 * @throws AppError('unavailable') while the dimensions of a remote embedding model are not known
 */
export async function createCollection(
  store: CollectionStore,
  encoder: CollectionEncoder,
  caller: Caller,
  input: CollectionInput,
): Promise<Collection> {
  if (caller.collections !== null) {
    throw new AppError('forbidden', 'This API key is limited to certain collections and cannot make new ones.');
  }
  if (encoder.dimensions === 0) {
    throw new AppError(
      'unavailable',
      'The embedding model has not answered since the start, so that its dimensions are not known. See `weft models test`, ' +
        'try again when it answers, or set EMBEDDING_DIMENSIONS.',
    );
  }
  const now = new Date();
  const collection: Omit<NewCollection, 'readableId'> = {
    id: newId(CollectionId),
    name: input.name,
    syncConfig: input.syncConfig,
    encoderName: encoder.name,
    dimensions: encoder.dimensions,
    createdAt: now,
    modifiedAt: now,
    createdByEmail: caller.email,
    modifiedByEmail: caller.email,
  };
  for (let attempt = 1; attempt <= generateAttempts; attempt += 1) {
    const readableId = input.readableId ?? generateReadableId(input.name);
    if (await store.insert(caller.scope, { ...collection, readableId })) {
      return { ...collection, readableId, organizationId: caller.scope.organizationId, status: 'NEEDS_SOURCE' };
    }
    if (input.readableId !== null) {
      throw new AppError('invalid_request', `A collection with the readable_id '${readableId}' already exists.`);
    }
  }
  throw new AppError('unavailable', 'No free readable_id was found. Try again.', { retryAfterMs: 1_000 });
}

/** @throws AppError('not_found'), also when the caller's key is kept from it */
export async function getCollection(store: CollectionStore, caller: Caller, readableId: string): Promise<Collection> {
  requireCollection(caller, readableId);
  return (await store.find(caller.scope, readableId)) ?? collectionNotFound();
}

/** The collections that the caller may see, newest first. */
export async function listCollections(
  store: CollectionStore,
  caller: Caller,
  options: { readonly search: string | null; readonly skip: number; readonly limit: number },
): Promise<readonly ListedCollection[]> {
  return store.list(caller.scope, { search: options.search, readableIds: caller.collections }, options);
}

export async function countCollections(store: CollectionStore, caller: Caller, search: string | null): Promise<number> {
  return store.count(caller.scope, { search, readableIds: caller.collections });
}

/** Changes what is given; without any change the modification's date and author are still renewed. @throws AppError('not_found') */
export async function updateCollection(
  store: CollectionStore,
  caller: Caller,
  readableId: string,
  change: Pick<CollectionChange, 'name' | 'syncConfig'>,
): Promise<Collection> {
  requireCollection(caller, readableId);
  const complete = { ...change, modifiedAt: new Date(), modifiedByEmail: caller.email };
  return (await store.update(caller.scope, readableId, complete)) ?? collectionNotFound();
}

/** Deletes a collection with all that belongs to it; returns it as it was. @throws AppError('not_found') */
export async function deleteCollection(
  store: CollectionStore,
  caller: Caller,
  readableId: string,
): Promise<Collection> {
  requireCollection(caller, readableId);
  return (await store.delete(caller.scope, readableId)) ?? collectionNotFound();
}

function collectionNotFound(): never {
  throw new AppError('not_found', 'Collection not found');
}
