import type { ProviderChoice } from '../auth-providers/index.ts';
import type { CollectionId, JsonObject, Scope, SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { LogLine } from '../sync/job-log.ts';
import type { CronSchedule } from '../sync/schedule.ts';
import type { JobTrigger, SyncJob } from '../sync/sync-job.ts';
import type { Schedule } from './schedule-input.ts';
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
  /** With `authMethod` 'auth_provider': where its credentials come from. */
  readonly authProvider?: ProviderChoice;
  /** Absent: true. False until the sign-in in the browser is done. */
  readonly isAuthenticated?: boolean;
  readonly createdByEmail: string | null;
  /** Whose it is, when an end user made it; absent: nobody's in particular. */
  readonly endUserId?: string | null;
  /** Null: no sync is made. */
  readonly sync: ({ readonly id: SyncId } & Schedule) | null;
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
  readonly schedule?: { readonly syncId: SyncId } & Schedule;
}

/** A due schedule whose run was begun, or skipped because one was under way. */
export interface DueSync {
  readonly scope: Scope;
  readonly syncId: SyncId;
}

/** The port to connections, their syncs and their jobs as the API sees them. What is marked deleted is not there. */
export interface ConnectionStore {
  /** @throws AppError('not_found') when the collection was deleted meanwhile */
  insert(scope: Scope, connection: NewConnection): Promise<SourceConnection>;
  find(scope: Scope, id: SourceConnectionId): Promise<SourceConnection | undefined>;
  findBySync(scope: Scope, syncId: SyncId): Promise<SourceConnection | undefined>;
  /** Newest first. `collections` limits to these readable ids; null: all. */
  list(
    scope: Scope,
    options: {
      readonly collections: readonly string[] | null;
      /** Further limits: to sources, and to an end user's own connections and those that are nobody's; null: none. */
      readonly within?: {
        readonly shortNames: readonly string[] | null;
        readonly exceptShortNames: readonly string[];
        readonly endUserId: string | null;
      };
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
  findJob(scope: Scope, jobId: SyncJobId): Promise<SyncJob | undefined>;
  /** For those who follow jobs they were allowed to see; whatever organisation they are of. */
  readJobs(ids: readonly SyncJobId[]): Promise<readonly SyncJob[]>;
  /** Oldest first. */
  readJobLog(scope: Scope, jobId: SyncJobId): Promise<readonly LogLine[]>;
  /**
   * `pending` becomes `cancelled`, `running` becomes `cancelling`.
   * @throws AppError('not_found'), or AppError('invalid_request') in any other state
   */
  cancelJob(scope: Scope, id: SourceConnectionId, jobId: SyncJobId): Promise<SyncJob>;
  /**
   * Begins the runs of schedules that are due, at most `limit`, and sets when each is due next. A run that is still under
   * way is not doubled. Across processes each schedule goes to one caller.
   */
  startDueJobs(
    now: Date,
    limit: number,
    nextStartAt: (schedule: CronSchedule, syncId: SyncId) => Date | null,
  ): Promise<readonly DueSync[]>;
  /**
   * Moves schedules that were planned by a clock that has been set back since.
   * @param batch   how many are read at once
   * @param correct gives the right start, or null to leave it
   */
  correctSchedules(
    now: Date,
    batch: number,
    correct: (schedule: CronSchedule, planned: Date, syncId: SyncId) => Date | null,
  ): Promise<void>;
  /** Stops the schedule, for a person. A run that is under way goes on. */
  pause(scope: Scope, id: SourceConnectionId): Promise<void>;
  /** Makes the sync active again, to run next at `nextRunAt`. */
  resume(scope: Scope, id: SourceConnectionId, nextRunAt: Date | null): Promise<void>;
  /**
   * Ends the hold on the deletions of a full run: confirmed, the next full run deletes what it does not see, though not more
   * than was held; otherwise they are forgotten, until a full run finds them again.
   * @returns false when none are held
   */
  decideDeletions(scope: Scope, id: SourceConnectionId, decision: 'confirm' | 'reject'): Promise<boolean>;
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
