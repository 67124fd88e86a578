import type { GroupMembership } from '../../connector-kit/index.ts';
import type { Caller } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import type { MembershipState, MembershipStore } from '../search/index.ts';
import type { DocumentStore } from './document-store.ts';

export interface MembershipDependencies {
  readonly collections: CollectionStore;
  readonly documents: Pick<DocumentStore, 'ensurePushTarget'>;
  readonly memberships: Pick<MembershipStore, 'replace'>;
}

const batchSize = 5_000;

/**
 * Says who is in which group, for the documents that are pushed to a collection. Replaces what was said before as a whole:
 * searches that begin after this returns go by it, and none by a part of it.
 *
 * @throws AppError('not_found')
 */
export async function replaceMemberships(
  { collections, documents, memberships }: MembershipDependencies,
  caller: Caller,
  readableId: string,
  given: readonly GroupMembership[],
): Promise<MembershipState> {
  const collection = await getCollection(collections, caller, readableId);
  const { sourceConnectionId } = await documents.ensurePushTarget(caller.scope, collection.id, caller.email);
  return memberships.replace(caller.scope, sourceConnectionId, inBatches(given));
}

async function* inBatches(given: readonly GroupMembership[]): AsyncGenerator<readonly GroupMembership[]> {
  for (let start = 0; start < given.length; start += batchSize) yield given.slice(start, start + batchSize);
}
