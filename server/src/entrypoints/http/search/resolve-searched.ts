import { z } from 'zod';
import { type Caller, maySeeCollection } from '../../../core/access/index.ts';
import {
  forEachBounded,
  resolveSearcher,
  type SearchableCollections,
  type SearchedCollection,
  type SearcherDependencies,
} from '../../../core/search/index.ts';
import { AppError, type CollectionId } from '../../../core/shared/index.ts';
import { collectionNotFound } from './find-searchable.ts';

export interface SearchedDependencies extends SearcherDependencies {
  readonly collections: SearchableCollections;
}

/** Collections that one search looks into. */
const maxCollections = 100;

export const SearchedCollections = z
  .array(z.string().min(1).max(255))
  .min(1)
  .max(maxCollections)
  .nullish()
  .describe(
    `Readable ids of the collections to search, at most ${maxCollections}. Default: all that the caller may search.`,
  );

/**
 * The collections that a search across several looks into, in order of their readable ids, and whose eyes it has in each.
 *
 * @param named the caller's choice; none: all that the caller may search
 * @throws AppError('not_found') naming a collection that does not exist or that the caller may not see;
 *   AppError('unprocessable') where all would be too many; as `resolveSearcher` does
 */
export async function resolveSearched(
  deps: SearchedDependencies,
  caller: Caller,
  named: readonly string[] | null | undefined,
  asUser: string | null | undefined,
): Promise<readonly SearchedCollection[]> {
  const hidden = named?.find((readableId) => !maySeeCollection(caller, readableId));
  if (hidden !== undefined) throw new AppError('not_found', collectionNotFound(hidden));
  const collections = await deps.collections.list(caller.scope, {
    readableIds: named ?? caller.collections,
    limit: maxCollections + 1,
  });
  const known = new Set(collections.map(({ readableId }) => readableId));
  const missing = named?.find((readableId) => !known.has(readableId));
  if (missing !== undefined) throw new AppError('not_found', collectionNotFound(missing));
  if (collections.length > maxCollections) {
    throw new AppError(
      'unprocessable',
      `There are more than ${maxCollections} collections to search. Name those that matter in 'collections', at most ${maxCollections} at once.`,
    );
  }
  const principals = new Map<CollectionId, readonly string[]>();
  await forEachBounded(collections, 8, async ({ id }) => {
    const own = await resolveSearcher(deps, caller, id, asUser);
    if (own !== undefined) principals.set(id, own);
  });
  return collections.map((collection) => {
    const own = principals.get(collection.id);
    return { collection, ...(own === undefined ? {} : { principals: own }) };
  });
}

/** The searcher's principals in all of the collections together; undefined where they see everything. */
export function principalsAnywhere(searched: readonly SearchedCollection[]): readonly string[] | undefined {
  const lists = searched.map(({ principals }) => principals);
  const known = lists.filter((list) => list !== undefined);
  return known.length < lists.length || lists.length === 0 ? undefined : [...new Set(known.flat())];
}
