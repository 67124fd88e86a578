import type { CollectionId, DocumentId, Scope, SourceConnectionId, SyncId } from '../shared/index.ts';
import type { OwnValue } from './filter.ts';

/** What a search must know of the collection that it looks into. */
export interface SearchableCollection {
  readonly id: CollectionId;
  /** The index generation that searches read now. */
  readonly generation: number;
  /** The encoder that made its vectors: another one's are not comparable. */
  readonly encoderName: string;
}

/** What there is to filter by in a collection. */
export interface CollectionContents {
  /** Each pair of source and entity type that has documents, at most 1,000. */
  readonly types: readonly { readonly sourceName: string; readonly entityType: string }[];
}

/** One of the sources' own fields, as some of the documents have it. */
export interface SeenField {
  /** As filters name it, without the prefix: `object.field` for the field of an object. */
  readonly name: string;
  /** What its values are in JSON, those in lists too: `string`, `number`, `boolean`, `array`, `object`. */
  readonly types: readonly string[];
  /** Documents that have it, of those looked at. */
  readonly documentCount: number;
  /** Some of the values, at most 3. Absent: not asked for. */
  readonly examples?: readonly OwnValue[];
}

export interface SeenFields {
  /** Most frequent first, at most 200. */
  readonly fields: readonly SeenField[];
  /** How many were looked at: the collection's latest, at most 1,000. */
  readonly documentCount: number;
}

/** The port to what a search reads of the database. Implementation: `adapters/postgres/search-store.ts`. */
export interface SearchStore {
  findCollection(scope: Scope, readableId: string): Promise<SearchableCollection | undefined>;
  /**
   * Committed version of each given document that is live in the collection. Documents that are gone or excluded, and those
   * whose connection is being deleted, are absent. Index rows below the committed version are superseded; rows above it belong to
   * a change that is being written, and may be shown.
   */
  visibleVersions(
    scope: Scope,
    collectionId: CollectionId,
    documentIds: readonly DocumentId[],
  ): Promise<ReadonlyMap<DocumentId, number>>;
  /** Syncs of those of the connections that are in the collection and not being deleted. */
  listSyncIds(scope: Scope, collectionId: CollectionId, connectionIds: readonly string[]): Promise<readonly SyncId[]>;
  /** Connections in the collection that are not being deleted, at most 1,000, by id. */
  listConnectionIds(scope: Scope, collectionId: CollectionId): Promise<readonly SourceConnectionId[]>;
  /** Takes time by the number of types, not of documents. */
  describeContents(scope: Scope, collectionId: CollectionId): Promise<CollectionContents>;
  /** `principals`: whose eyes to look with; absent: sees everything in the scope. */
  sampleFields(
    scope: Scope,
    collectionId: CollectionId,
    options: { readonly principals?: readonly string[] },
  ): Promise<SeenFields>;
}
