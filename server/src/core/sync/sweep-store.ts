import type { IndexRef } from '../search/search-index.ts';
import type { SourceConnectionId } from '../shared/index.ts';

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
}
