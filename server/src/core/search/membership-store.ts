import type { GroupMembership } from '../../connector-kit/index.ts';
import type { CollectionId, Scope, SourceConnectionId } from '../shared/index.ts';

/** What is known of a connection's memberships. */
export interface MembershipState {
  /** False: never loaded, or the last try failed. Then its restricted documents are shown to nobody. */
  readonly isLoaded: boolean;
  /** When what is in force was loaded. */
  readonly loadedAt: Date | null;
  /** How many there are of what is in force. */
  readonly count: number;
  /** Why the last try failed. */
  readonly error: string | null;
}

/** The port to the groups of sources. Implementation: `adapters/postgres/membership-store.ts`. */
export interface MembershipStore {
  /**
   * The labels, as documents hold them, that a searcher has by the memberships of the collection's connections: itself, and all
   * groups that it belongs to, at any depth, once each and in a fixed order. Only connections whose memberships are loaded count.
   *
   * @param label a user or group in a source's spelling, comparable
   * @throws AppError('unprocessable') when there are more than 20,000: a part of them would hide documents at random
   */
  expand(scope: Scope, collectionId: CollectionId, label: string): Promise<readonly string[]>;
  /**
   * Replaces a connection's memberships as a whole. Searches see the old ones until all new ones are written, and then only these.
   * When two overlap, the one that began later wins.
   *
   * @param batches at most 10,000 each; repeated ones count once
   * @throws what `batches` throws; then the old ones stay in force
   */
  replace(
    scope: Scope,
    connectionId: SourceConnectionId,
    batches: AsyncIterable<readonly GroupMembership[]>,
  ): Promise<MembershipState>;
  /** Says that a connection's memberships are not known any more. @param reason for a person */
  markNotLoaded(scope: Scope, connectionId: SourceConnectionId, reason: string): Promise<void>;
  /** Undefined when nobody ever tried to load them. */
  find(scope: Scope, connectionId: SourceConnectionId): Promise<MembershipState | undefined>;
}
