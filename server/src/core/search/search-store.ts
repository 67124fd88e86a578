import type { CollectionId, DocumentId, Scope } from '../shared/index.ts';

/** What a search must know of the collection that it looks into. */
export interface SearchableCollection {
  readonly id: CollectionId;
  /** The index generation that searches read now. */
  readonly generation: number;
  /** The encoder that made its vectors: another one's are not comparable. */
  readonly encoderName: string;
}

/** The port to what a search reads of the database. Implementation: `adapters/postgres/search-store.ts`. */
export interface SearchStore {
  findCollection(scope: Scope, readableId: string): Promise<SearchableCollection | undefined>;
  /**
   * Committed version of each given document that is live in the collection. Documents that are gone, and those whose
   * connection is being deleted, are absent. Index rows below the committed version are superseded; rows above it belong to
   * a change that is being written, and may be shown.
   */
  visibleVersions(
    scope: Scope,
    collectionId: CollectionId,
    documentIds: readonly DocumentId[],
  ): Promise<ReadonlyMap<DocumentId, number>>;
}
