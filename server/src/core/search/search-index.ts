import type { CollectionId, DocumentId, JsonObject, Scope, SourceConnectionId, SyncId } from '../shared/index.ts';
import type { Filter } from './filter.ts';

/**
 * One generation of one collection's index. The scope is part of every call: an adapter reads and writes nothing outside it.
 */
export interface IndexRef {
  readonly scope: Scope;
  readonly collectionId: CollectionId;
  /** Counts up with each rebuild; readers keep the generation they began with. */
  readonly generation: number;
}

/** One searchable piece of a document, as the index stores it. */
export interface IndexChunk {
  /** SHA-256 hex of (collection, connection, entity type and id, chunk number, passage hash): writing twice changes nothing. */
  readonly chunkId: string;
  readonly documentId: DocumentId;
  /** Version of the document this row belongs to; only grows. Rows below the document's committed version are superseded. */
  readonly version: number;
  readonly connectionId: SourceConnectionId;
  readonly syncId: SyncId;
  readonly syncJobId: string;
  readonly sourceName: string;
  /** The source's own id. */
  readonly entityId: string;
  readonly entityType: string;
  readonly name: string;
  readonly breadcrumbs: readonly { readonly entityId: string; readonly name: string; readonly entityType: string }[];
  readonly url: string | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  /** From 0. */
  readonly chunkIndex: number;
  readonly chunkCount: number;
  /** Headings above the passage, outermost first. */
  readonly headings: readonly string[];
  /** The passage as shown to a reader: Markdown. */
  readonly text: string;
  /** Who may see it: labels; null means no access data (visible to the collection's members). */
  readonly viewers: readonly string[] | null;
  readonly isPublic: boolean | null;
  readonly fields: JsonObject;
  /** Unit vector; null where no encoder is used (then only the keyword arm finds it). */
  readonly vector: Float32Array | null;
}

/** One row that an arm found. */
export interface ArmHit {
  readonly chunkId: string;
  readonly documentId: DocumentId;
  readonly version: number;
  /** Higher is better; comparable within one arm of one query only. */
  readonly score: number;
}

export interface RetrieveRequest {
  /** Keyword arm: the query's words. Absent: the arm is not asked. */
  readonly text?: string;
  /** Semantic arm: the query's unit vector. Absent: the arm is not asked. */
  readonly vector?: Float32Array;
  readonly filter?: Filter;
  /** The searcher's principals; absent: sees everything in the scope. */
  readonly principals?: readonly string[];
  /** Hits wanted of each arm, 1 to 10,000. */
  readonly limit: number;
}

/** Best first; ties by chunk id. An arm that gave fewer than `limit` hits has no more. */
export interface RetrieveResult {
  readonly keyword?: readonly ArmHit[];
  readonly semantic?: readonly ArmHit[];
}

/**
 * The port to a full-text and vector index. Implementations: `adapters/search-index/lancedb`, the in-memory twin beside it;
 * all pass `search-index.conformance.ts`. Every call is bounded in time and throws AppError('unavailable') when it is not answered.
 */
export interface SearchIndex {
  /** Makes room for a generation. Does nothing when it is there. */
  create(ref: IndexRef, options: { readonly dimensions: number }): Promise<void>;
  /**
   * Inserts rows, or replaces those of the same chunk id, unless theirs is a newer version: what a writer that was held up writes late
   * takes nothing back. Visible to the next `retrieve` when it returns.
   */
  upsert(ref: IndexRef, chunks: readonly IndexChunk[]): Promise<void>;
  /** Removes the documents' rows whose version is below `beforeVersion`. */
  drop(
    ref: IndexRef,
    drops: readonly { readonly documentId: DocumentId; readonly beforeVersion: number }[],
  ): Promise<void>;
  dropConnection(ref: IndexRef, connectionId: SourceConnectionId): Promise<void>;
  /** Removes every generation of the collection. Does nothing when there is none. */
  dropCollection(ref: Omit<IndexRef, 'generation'>): Promise<void>;
  /** Removes every generation of the collection but these. */
  dropGenerations(ref: Omit<IndexRef, 'generation'>, keep: readonly number[]): Promise<void>;
  /** Both arms of one hybrid query in one call. A generation that does not exist gives empty arms. */
  retrieve(ref: IndexRef, request: RetrieveRequest): Promise<RetrieveResult>;
  /** Rows by chunk id, in no particular order, without vectors; ids that are not there are left out. */
  fetch(ref: IndexRef, chunkIds: readonly string[]): Promise<readonly IndexChunk[]>;
  /** All rows of the documents, vectors included, in no particular order. */
  readDocuments(ref: IndexRef, documentIds: readonly DocumentId[]): Promise<readonly IndexChunk[]>;
  /** Ids of the documents with rows that this job wrote, each once. `aboveVersion`: rows of higher versions only; default all. */
  listDocumentIds(
    ref: IndexRef,
    options: { readonly syncJobId: string; readonly aboveVersion?: number },
  ): Promise<readonly DocumentId[]>;
  /** Number of rows, superseded ones included. */
  count(ref: IndexRef): Promise<number>;
  /** Lets the adapter merge fresh rows into its indexes in the background, behind the table's writes. Never needed for correctness. */
  optimise(ref: IndexRef): Promise<void>;
  close(): Promise<void>;
}
