import type { Access, Breadcrumb, JsonObject } from '../../connector-kit/index.ts';
import type { IndexRef } from '../search/index.ts';
import type { CollectionId, DocumentId, Scope, SourceConnectionId, SyncId } from '../shared/index.ts';
import type { CollectionIndex } from './move-indexes.ts';
import type { Reindex } from './reindex.ts';

/** A rebuild that a worker holds. */
export interface ClaimedReindex {
  readonly id: string;
  readonly scope: Scope;
  readonly collectionId: CollectionId;
  readonly leaseOwner: string;
  /** What searches read: before the swap the old generation, after it the new one. */
  readonly current: IndexRef;
  readonly currentEncoderName: string;
  readonly target: IndexRef;
  /** What the rows of `target` were made with; null: none yet. */
  readonly pipeline: string | null;
  readonly isSwapped: boolean;
  /** Attempts that broke off with an error. */
  readonly failures: number;
}

/** A document as its row has it: the entity, and where its record is. */
export interface RecordedDocument {
  readonly id: DocumentId;
  readonly connectionId: SourceConnectionId;
  readonly sourceName: string;
  readonly syncId: SyncId;
  readonly entityId: string;
  readonly entityType: string;
  readonly name: string;
  readonly url: string | null;
  readonly breadcrumbs: readonly Breadcrumb[];
  readonly fields: JsonObject;
  readonly access: Access | null;
  readonly createdAt: Date | null;
  readonly updatedAt: Date | null;
  readonly version: number;
  /** Null: it has no text, or, where it had a size, its record is lost. */
  readonly rawKey: string | null;
  readonly sizeBytes: number | null;
  readonly entityHash: string | null;
  readonly revision: string | null;
  /** Null: Markdown, or written when the name was not kept. */
  readonly fileName: string | null;
  readonly mimeType: string | null;
}

/** What the new generation holds of a document, and what its row is to say then. */
export interface StagedDocument {
  readonly documentId: DocumentId;
  readonly version: number;
  readonly chunkCount: number;
  readonly entityHash: string | null;
  readonly contentHash: string | null;
  readonly revision: string | null;
  /** Why its record could not be used; null: it could. */
  readonly error: string | null;
}

/** The list of what the new generation holds, compared with what it should hold. */
export interface ReindexStaging {
  /** Documents in id order after `after` that have text to search and whose committed version is not in the new generation. */
  listOutdated(options: {
    readonly after: DocumentId | null;
    readonly limit: number;
  }): Promise<readonly RecordedDocument[]>;
  /** Notes, before any row is written, that there may be rows of these documents. @throws LeaseLostError */
  plan(documentIds: readonly DocumentId[]): Promise<void>;
  /** Notes that the rows are written. @throws LeaseLostError */
  record(documents: readonly StagedDocument[]): Promise<void>;
  /** Documents that may have rows and are gone, or whose connection is. */
  listGone(limit: number): Promise<readonly DocumentId[]>;
  forget(documentIds: readonly DocumentId[]): Promise<void>;
}

/** The port to rebuilds. Implementation: `adapters/postgres/reindex-store.ts`. */
export interface ReindexStore {
  /** @returns undefined when one is active already; `gone` when the collection is */
  create(scope: Scope, readableId: string): Promise<Reindex | undefined | 'gone'>;
  /** Collections of all organisations in id order after `after`. */
  listCurrent(options: {
    readonly after: CollectionId | null;
    readonly limit: number;
  }): Promise<readonly CollectionIndex[]>;
  findLatest(scope: Scope, collectionId: CollectionId): Promise<Reindex | undefined>;
  /** Cancels the active one, unless it has swapped already. @returns undefined when there is none to cancel */
  cancel(scope: Scope, collectionId: CollectionId): Promise<Reindex | undefined>;
  /** Takes the oldest that waits, or whose worker was lost. Those of deleted collections end here. */
  claim(options: { readonly owner: string; readonly leaseMs: number }): Promise<ClaimedReindex | undefined>;
  /** @throws LeaseLostError when it was cancelled or is held by another */
  renewLease(reindex: ClaimedReindex, leaseMs: number): Promise<void>;
  /** Gives it back, to be taken up again after `delayMs`; `isFailure` counts. */
  release(reindex: ClaimedReindex, options: { readonly delayMs: number; readonly error: string | null }): Promise<void>;
  releaseAllLeases(): Promise<void>;
  /**
   * Begins from nothing with this pipeline, in a generation of its own where another was begun.
   * @returns the rebuild as it is then
   * @throws LeaseLostError
   */
  restart(reindex: ClaimedReindex, pipeline: string): Promise<ClaimedReindex>;
  /** Counts the documents there are. */
  countDocuments(reindex: ClaimedReindex): Promise<void>;
  /** Rows that the new generation has at least. */
  countStagedChunks(reindex: ClaimedReindex): Promise<number>;
  staging(reindex: ClaimedReindex): ReindexStaging;
  /**
   * Makes the new generation the one that searches read, in one transaction that keeps every page of a sync from being
   * committed meanwhile. `finish` copies what is left, on the transaction's own connection.
   *
   * @returns false when `finish` gave up, and then nothing was changed
   * @throws LeaseLostError when the collection is gone or the rebuild was cancelled
   */
  swap(
    reindex: ClaimedReindex,
    encoder: { readonly name: string; readonly dimensions: number },
    finish: (staging: ReindexStaging) => Promise<boolean>,
  ): Promise<boolean>;
  /** After the swap: entries in document order, `isStale` where the document has moved on or is gone. */
  listStaged(
    reindex: ClaimedReindex,
    limit: number,
  ): Promise<readonly { readonly documentId: DocumentId; readonly version: number; readonly isStale: boolean }[]>;
  /** Writes to the documents' rows what was noted of them, and removes the notes. Rows in use are left for the next call. @returns how many */
  applyStaged(reindex: ClaimedReindex, documentIds: readonly DocumentId[]): Promise<number>;
  complete(reindex: ClaimedReindex): Promise<void>;
  fail(reindex: ClaimedReindex, error: string): Promise<void>;
  /** Rebuilds that ended before the given time and whose leftovers are not removed; with the generations to keep. */
  listUnswept(
    before: Date,
  ): Promise<readonly { readonly id: string; readonly index: IndexRef; readonly keep: readonly number[] }[]>;
  markSwept(scope: Scope, id: string): Promise<void>;
}
