import type { JsonObject, Scope, SyncId } from '../shared/index.ts';

/** A pushed document that waits to be indexed. */
export interface PushedRow {
  readonly rowId: number;
  readonly entityId: string;
  readonly record: JsonObject;
  /** Where an uploaded file's bytes are. */
  readonly blobKey: string | null;
}

/** The port to pushed documents in waiting, oldest first. */
export interface PushedDocumentStore {
  listPushed(
    scope: Scope,
    syncId: SyncId,
    options: { readonly afterRowId: number; readonly limit: number },
  ): Promise<readonly PushedRow[]>;
}
