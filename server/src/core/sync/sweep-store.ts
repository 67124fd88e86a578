import type { IndexRef } from '../search/search-index.ts';
import type { SourceConnectionId, SyncId } from '../shared/index.ts';

export interface DeletedConnection {
  readonly id: SourceConnectionId;
  readonly index: IndexRef;
}

/** The port to what is marked deleted and waits to be removed, across organisations. */
export interface SweepStore {
  /** Deleted before the given time. */
  listDeletedConnections(before: Date): Promise<readonly DeletedConnection[]>;
  /** Removes up to `limit` documents; returns how many. */
  removeDocuments(connection: DeletedConnection, limit: number): Promise<number>;
  removeConnection(connection: DeletedConnection): Promise<void>;
  /** Deleted before the given time and with no connection left. */
  listDeletedCollections(before: Date): Promise<readonly IndexRef[]>;
  removeCollection(collection: IndexRef): Promise<void>;
  /** Live collections with superseded rows to drop and no job at work on them. */
  listCollectionsWithDrops(): Promise<readonly IndexRef[]>;
  /** In id order after `after`. */
  listSyncs(after: SyncId | null, limit: number): Promise<readonly SyncId[]>;
  /**
   * Removes up to `limit` jobs of these syncs that ended before the given time, with their logs; see `sweepEndedJobs` for what
   * stays. Returns how many.
   */
  removeEndedJobs(syncIds: readonly SyncId[], before: Date, limit: number): Promise<number>;
  /** Those of the keys that a stored push waits with, or that wait to be removed. */
  findWaitingUploads(keys: readonly string[]): Promise<ReadonlySet<string>>;
}
