import { createHmac } from 'node:crypto';
import type { CollectionId } from '../shared/index.ts';

/**
 * Tells equal queries of one collection from others, and nothing more: without the key nobody can try which words it was made
 * from. Case, width and spaces do not count.
 *
 * @param key a secret of the server that is not in its database
 * @returns 16 bytes
 */
export function hashQuery(key: Uint8Array, collectionId: CollectionId, query: string): Uint8Array {
  const words = query.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
  return createHmac('sha256', key).update(`query-log ${collectionId} ${words}`).digest().subarray(0, 16);
}
