import type { JsonObject } from '../../connector-kit/index.ts';
import type { CollectionId, DocumentId, Scope, SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { Document } from './document.ts';

/** The implicit connection that takes what is pushed to a collection. */
export interface PushTarget {
  readonly sourceConnectionId: SourceConnectionId;
  readonly syncId: SyncId;
}

export interface PushRow {
  readonly entityId: string;
  readonly record: JsonObject;
  readonly blobKey: string | null;
}

export interface PushedState {
  readonly entityId: string;
  readonly state: 'indexed' | 'failed';
  readonly error: string | null;
  readonly entityHash: string | null;
  /** A newer push of it waits. */
  readonly isPending: boolean;
}

/** The port to documents as the API sees them. */
export interface DocumentStore {
  /** Makes the implicit connection at the first push. @throws AppError('not_found') when the collection is gone */
  ensurePushTarget(scope: Scope, collectionId: CollectionId, createdByEmail: string | null): Promise<PushTarget>;
  findPushTarget(scope: Scope, collectionId: CollectionId): Promise<PushTarget | undefined>;
  /**
   * Stores what was pushed, and a job that will take it up, in one transaction: committed means kept. A push while a job is
   * active joins it. An earlier push of the same id that waits still is replaced.
   * @returns the last row's id, for `isPending`
   */
  enqueue(scope: Scope, target: PushTarget, jobId: SyncJobId, rows: readonly PushRow[]): Promise<number>;
  /** Those of the blob keys that stored pushes wait with, once pushes that are being stored are. */
  findWaitingUploads(scope: Scope, target: PushTarget, keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** True while any row up to `lastRowId` waits. */
  isPending(scope: Scope, target: PushTarget, lastRowId: number): Promise<boolean>;
  findPushedStates(scope: Scope, target: PushTarget, entityIds: readonly string[]): Promise<readonly PushedState[]>;
  list(
    scope: Scope,
    collectionId: CollectionId,
    options: {
      readonly state: Document['state'] | null;
      readonly sourceConnectionId: SourceConnectionId | null;
      readonly search: string | null;
      /** Whose eyes to look with; undefined: sees everything in the scope. What was never indexed is shown to nobody else. */
      readonly principals: readonly string[] | undefined;
      readonly skip: number;
      readonly limit: number;
    },
  ): Promise<readonly Document[]>;
  /** By our id, or by the caller's id of a pushed document. @param principals as for `list` */
  find(
    scope: Scope,
    collectionId: CollectionId,
    documentId: string,
    principals: readonly string[] | undefined,
  ): Promise<Document | undefined>;
  /** Hides a document and notes what the index has to drop, or lets its next run index it again. */
  setExcluded(scope: Scope, collectionId: CollectionId, id: DocumentId, isExcluded: boolean): Promise<void>;
  /** Where the record as the source gave it is kept; undefined when nothing is. */
  findRawKey(scope: Scope, id: DocumentId): Promise<string | undefined>;
  /** Removes a pushed document, waiting or indexed; notes what the index has to drop. */
  deletePushed(
    scope: Scope,
    collectionId: CollectionId,
    target: PushTarget,
    document: { readonly id: DocumentId; readonly entityId: string },
  ): Promise<void>;
}
