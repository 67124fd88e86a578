import type { SearchableCollection, SearchStore } from '../../../core/search/index.ts';
import { AppError, type Scope } from '../../../core/shared/index.ts';

/** The words of the contract for the tiered searches, which name the collection. */
export const collectionNotFound = (readableId: string): string => `Collection '${readableId}' not found`;

/** @throws AppError('not_found') */
export async function findSearchable(
  store: Pick<SearchStore, 'findCollection'>,
  scope: Scope,
  readableId: string,
): Promise<SearchableCollection> {
  const collection = await store.findCollection(scope, readableId);
  if (collection === undefined) throw new AppError('not_found', collectionNotFound(readableId));
  return collection;
}
