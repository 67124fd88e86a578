import type { Caller } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import { AppError } from '../shared/index.ts';
import type { Reindex } from './reindex.ts';
import type { ReindexStore } from './reindex-store.ts';

export interface ReindexAccess {
  readonly collections: CollectionStore;
  readonly reindexes: ReindexStore;
}

/**
 * Asks for a rebuild of the collection's index; a worker takes it up.
 *
 * @throws AppError('not_found'), AppError('conflict') while one is under way
 */
export async function startReindex(deps: ReindexAccess, caller: Caller, readableId: string): Promise<Reindex> {
  await getCollection(deps.collections, caller, readableId);
  const reindex = await deps.reindexes.create(caller.scope, readableId);
  if (reindex === 'gone') throw new AppError('not_found', 'Collection not found');
  if (reindex === undefined) {
    throw new AppError('conflict', 'The index of this collection is being rebuilt already. Wait for it, or cancel it.');
  }
  return reindex;
}

/** The latest rebuild. @throws AppError('not_found') also when there was none yet */
export async function getReindex(deps: ReindexAccess, caller: Caller, readableId: string): Promise<Reindex> {
  const collection = await getCollection(deps.collections, caller, readableId);
  const reindex = await deps.reindexes.findLatest(caller.scope, collection.id);
  if (reindex === undefined) throw new AppError('not_found', 'The index of this collection was never rebuilt.');
  return reindex;
}

/**
 * Ends the rebuild under way; searches go on reading what they read.
 *
 * @throws AppError('not_found'), AppError('conflict') when there is none, or the new index is in use already
 */
export async function cancelReindex(deps: ReindexAccess, caller: Caller, readableId: string): Promise<Reindex> {
  const collection = await getCollection(deps.collections, caller, readableId);
  const reindex = await deps.reindexes.cancel(caller.scope, collection.id);
  if (reindex === undefined) {
    throw new AppError('conflict', 'No rebuild of this collection’s index is under way, or it is nearly done.');
  }
  return reindex;
}
