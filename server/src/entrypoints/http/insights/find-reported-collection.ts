import { z } from 'zod';
import type { SearchableCollection, SearchStore } from '../../../core/search/index.ts';
import { AppError, type Scope } from '../../../core/shared/index.ts';

/** Any text: what is no readable id names no collection, and is 404. */
export const reportParams = z.object({ readable_id: z.string() });

/** @throws AppError('not_found') */
export async function findReportedCollection(
  store: Pick<SearchStore, 'findCollection'>,
  scope: Scope,
  readableId: string,
): Promise<SearchableCollection> {
  const collection = await store.findCollection(scope, readableId);
  if (collection === undefined) throw new AppError('not_found', 'Collection not found');
  return collection;
}
