import type { Scope } from '../shared/index.ts';
import type { Collection, ListedCollection } from './collection.ts';
import type { SyncConfig } from './sync-config.ts';

export type NewCollection = Omit<Collection, 'status' | 'organizationId'>;

export interface CollectionFilter {
  /** A part of the name or the readable id, in any case; `%` and `_` are SQL's wildcards. Null: all. */
  readonly search: string | null;
  /** Only these; null: all. */
  readonly readableIds: readonly string[] | null;
}

export interface CollectionChange {
  readonly name?: string | undefined;
  /** Null clears it; undefined leaves it. */
  readonly syncConfig?: SyncConfig | null | undefined;
  readonly modifiedAt: Date;
  readonly modifiedByEmail: string | null;
}

/** Where collections are kept. Deleted ones are invisible to every call. */
export interface CollectionStore {
  /** Returns false when the readable id is taken, by whatever organisation; of several at once one wins. */
  insert(scope: Scope, collection: NewCollection): Promise<boolean>;
  find(scope: Scope, readableId: string): Promise<Collection | undefined>;
  /** Newest first. */
  list(
    scope: Scope,
    filter: CollectionFilter,
    page: { readonly skip: number; readonly limit: number },
  ): Promise<readonly ListedCollection[]>;
  count(scope: Scope, filter: CollectionFilter): Promise<number>;
  /** Returns the changed collection, or undefined when there is none. */
  update(scope: Scope, readableId: string, change: CollectionChange): Promise<Collection | undefined>;
  /**
   * Hides a collection and its source connections, stops their schedules and cancels their jobs, all at once, and frees the
   * readable id. What belongs to them is removed later.
   *
   * @returns the collection as it was, or undefined when there is none
   */
  delete(scope: Scope, readableId: string): Promise<Collection | undefined>;
}
