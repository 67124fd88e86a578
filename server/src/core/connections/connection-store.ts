import type { CollectionId, JsonObject, Scope, SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { JobTrigger, SyncJob } from '../sync/sync-job.ts';
import type { AuthMethod, EntityCount, SourceConnection } from './source-connection.ts';

export interface NewConnection {
  readonly id: SourceConnectionId;
  readonly collectionId: CollectionId;
  readonly name: string;
  readonly description: string | null;
  readonly shortName: string;
  readonly config: JsonObject;
  readonly sealedCredentials: Uint8Array | null;
  readonly authMethod: AuthMethod;
  readonly createdByEmail: string | null;
  /** Null: no sync is made. */
  readonly sync: { readonly id: SyncId; readonly cron: string | null; readonly nextRunAt: Date | null } | null;
  /** A run that begins at once. */
  readonly job: { readonly id: SyncJobId; readonly trigger: JobTrigger } | null;
}

export interface ConnectionChanges {
  readonly name?: string;
  readonly description?: string | null;
  readonly config?: JsonObject;
  readonly sealedCredentials?: Uint8Array | null;
  readonly modifiedByEmail: string | null;
  /** `cron: null` removes the schedule; a sync is made when there is none yet. */
  readonly schedule?: { readonly syncId: SyncId; readonly cron: string | null; readonly nextRunAt: Date | null };
}

/** A due schedule whose run was begun, or skipped because one was under way. */
export interface DueSync {
  readonly scope: Scope;
  readonly syncId: SyncId;
  readonly cron: string;
}

/** The port to connections, their syncs and their jobs as the API sees them. What is marked deleted is not there. */
export interface ConnectionStore {
  /** @throws AppError('not_found') when the collection was deleted meanwhile */
  insert(scope: Scope, connection: NewConnection): Promise<SourceConnection>;
  find(scope: Scope, id: SourceConnectionId): Promise<SourceConnection | undefined>;
  /** Newest first. `collections` limits to these readable ids; null: all. */
  list(
    scope: Scope,
    options: {
      readonly collections: readonly string[] | null;
      readonly skip: number;
      readonly limit: number;
    },
  ): Promise<readonly { readonly connection: SourceConnection; readonly documentCount: number }[]>;
  countEntities(scope: Scope, id: SourceConnectionId): Promise<readonly EntityCount[]>;
  update(scope: Scope, id: SourceConnectionId, changes: ConnectionChanges): Promise<void>;
  /** Hides it at once, ends its jobs; a sweep removes what it left. @returns false when it is not there */
  markDeleted(scope: Scope, id: SourceConnectionId): Promise<boolean>;
  /**
   * Makes a pending job and wakes a worker.
   * @throws AppError('invalid_request') when one is active already, naming its status
   */
  startJob(
    scope: Scope,
    syncId: SyncId,
    job: { readonly id: SyncJobId; readonly trigger: JobTrigger; readonly forceFull: boolean },
  ): Promise<SyncJob>;
  /** Newest first. */
  listJobs(scope: Scope, id: SourceConnectionId, limit: number): Promise<readonly SyncJob[]>;
  /**
   * `pending` becomes `cancelled`, `running` becomes `cancelling`.
   * @throws AppError('not_found'), or AppError('invalid_request') in any other state
   */
  cancelJob(scope: Scope, id: SourceConnectionId, jobId: SyncJobId): Promise<SyncJob>;
  /**
   * Begins the runs of schedules that are due, at most `limit`, and sets when each is due next. A run that is still under
   * way is not doubled. Across processes each schedule goes to one caller.
   */
  startDueJobs(now: Date, limit: number, nextRunAt: (cron: string) => Date | null): Promise<readonly DueSync[]>;
  /** Every connection of sources that can be watched. */
  listWatchable(shortNames: readonly string[]): Promise<readonly WatchedConnection[]>;
}

export interface WatchedConnection {
  readonly scope: Scope;
  readonly id: SourceConnectionId;
  readonly syncId: SyncId;
  readonly shortName: string;
  readonly config: JsonObject;
}
