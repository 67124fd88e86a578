import type { ErrorCategory, Json, JsonObject } from '../../connector-kit/index.ts';
import type { ProviderChoice } from '../auth-providers/auth-provider.ts';
import type { AuthMethod } from '../connections/source-connection.ts';
import type { IndexRef } from '../search/search-index.ts';
import type { DocumentId, Scope, SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { DocumentDeletion, DocumentFailure, DocumentWrite, KnownDocument } from './document-record.ts';
import type { LogLine } from './job-log.ts';
import type { ProgressSnapshot, RunTotals } from './run-progress.ts';
import type { JobCounts, JobTrigger } from './sync-job.ts';

/** Where a run stands: the last committed checkpoint per stream, and the streams it has read to the end. */
export interface RunPosition {
  readonly streams: Readonly<Record<string, Json>>;
  readonly done: readonly string[];
}

/** A job that a worker holds, with everything it needs to run. */
export interface ClaimedJob {
  readonly id: SyncJobId;
  readonly scope: Scope;
  readonly syncId: SyncId;
  readonly trigger: JobTrigger;
  readonly forceFull: boolean;
  /** The worker that holds the lease; every write of the run checks it. */
  readonly leaseOwner: string;
  /** How often a worker has taken it up, this time included; above 1 means an earlier one was lost or stopped. */
  readonly attempts: number;
  /** What earlier attempts came to. */
  readonly before: RunTotals;
  /** Null until `beginRun`. */
  readonly run: { readonly number: number; readonly isFull: boolean } | null;
  readonly position: RunPosition;
  /** Checkpoints that earlier runs left, of incremental streams. */
  readonly cursors: Readonly<Record<string, Json>>;
  /** End of the last run that read everything; null: there was none. */
  readonly lastFullRunAt: Date | null;
  /** Documents failed that were tried only once or twice: worth giving again, where only a full run does that. */
  readonly hasRecentFailures: boolean;
  readonly connection: {
    readonly id: SourceConnectionId;
    readonly shortName: string;
    readonly authMethod: AuthMethod;
    readonly config: JsonObject;
    readonly sealedCredentials: Uint8Array | null;
    /** Where the credentials come from, when an auth provider keeps them; null otherwise. */
    readonly authProvider: ProviderChoice | null;
    /** Ids of the browse tree's nodes that are read; absent: everything. */
    readonly selection?: readonly string[];
  };
  readonly index: IndexRef;
  readonly dimensions: number;
  /** What the index's vectors come from. */
  readonly encoderName: string;
}

/** What one page changes, committed in one transaction with its checkpoint. */
export interface PageCommit {
  readonly version: number;
  readonly writes: readonly DocumentWrite[];
  readonly failures: readonly DocumentFailure[];
  /** Unchanged documents, with the source's newest mark of their content. */
  readonly kept: readonly { readonly id: DocumentId; readonly revision: string | null }[];
  readonly deletions: readonly DocumentDeletion[];
  readonly counts: JobCounts;
  /** Written, and unchanged, documents by their entity type. */
  readonly encountered?: Readonly<Record<string, number>>;
  readonly progress?: ProgressSnapshot;
  /** Where to go on; absent: unchanged. */
  readonly position?: RunPosition;
  /** Saved for the next run too; only for incremental streams. */
  readonly cursors?: Readonly<Record<string, Json>>;
  /** Rows of `pushed_documents` this page has dealt with. Writes of rows that are gone meanwhile are left out. */
  readonly pushedRows?: readonly { readonly rowId: number; readonly documentId: DocumentId }[];
}

export type RunOutcome =
  | { readonly status: 'completed' }
  | { readonly status: 'cancelled' }
  | { readonly status: 'failed'; readonly error: string; readonly errorCategory?: ErrorCategory };

export interface Leftovers {
  readonly jobId: SyncJobId;
  readonly committedVersion: number;
}

/** Superseded index rows and blobs, to be removed after the commit that wrote this down. */
export interface IndexDrop {
  readonly id: number;
  readonly documentId: DocumentId;
  readonly beforeVersion: number;
  readonly rawKey: string | null;
  /** Of the collection's index at the moment. */
  readonly generation: number;
}

/** The worker no longer holds the job: the lease went to another, or the connection was deleted. */
export class LeaseLostError extends Error {
  constructor() {
    super('the job is held by another worker or gone');
    this.name = 'LeaseLostError';
  }
}

/** The index was rebuilt and replaced during the run: what is not committed has to be written again, to the new one. */
export class IndexReplacedError extends Error {
  constructor() {
    super('the index of the collection was replaced by a rebuilt one');
    this.name = 'IndexReplacedError';
  }
}

/** Somebody asked for the run to be stopped; it is still ours to end. */
export class RunCancelledError extends Error {
  constructor() {
    super('the run was cancelled');
    this.name = 'RunCancelledError';
  }
}

/** The port to jobs and documents as a worker sees them. The job row and its lease are the truth; the queue only wakes. */
export interface SyncStore {
  /**
   * Takes the oldest job that waits, or whose worker was lost, and moves it to `running`.
   * @param options.lane `push` takes pushed documents only, `any` everything
   */
  claimJob(options: {
    readonly owner: string;
    readonly leaseMs: number;
    readonly lane: 'any' | 'push';
  }): Promise<ClaimedJob | undefined>;
  /** Renews the lease. `cancelling`: the run is to stop. @throws LeaseLostError */
  renewLease(
    job: ClaimedJob,
    options: { readonly leaseMs: number; readonly waitingFor: string | null; readonly progress?: ProgressSnapshot },
  ): Promise<'running' | 'cancelling'>;
  /** Gives the job back, to be taken up again at once. */
  releaseLease(job: ClaimedJob, options?: { readonly progress?: ProgressSnapshot }): Promise<void>;
  /** Gives the job back, to be taken up again at `resumeAt`, or at once should it be cancelled. */
  parkJob(
    job: ClaimedJob,
    options: { readonly resumeAt: Date; readonly waitingFor: string; readonly progress?: ProgressSnapshot },
  ): Promise<void>;
  /** Lets every lease end now. Only where no other worker can exist. */
  releaseAllLeases(): Promise<void>;
  beginRun(job: ClaimedJob, isFull: boolean): Promise<{ readonly number: number; readonly isFull: boolean }>;
  /** A number above every version given before. */
  nextVersion(): Promise<number>;
  findDocuments(
    job: ClaimedJob,
    keys: readonly { readonly type: string; readonly id: string }[],
  ): Promise<readonly KnownDocument[]>;
  /** Whether the connection has a document whose source id begins with `idPrefix`. */
  hasDocuments(job: ClaimedJob, idPrefix: string): Promise<boolean>;
  /** Whether searches still read the generation that the job writes to. */
  isCurrentGeneration(job: ClaimedJob): Promise<boolean>;
  /** @throws LeaseLostError, RunCancelledError or IndexReplacedError, and then nothing was written */
  commitPage(job: ClaimedJob, page: PageCommit): Promise<void>;
  /**
   * Documents of the connection that this run has not seen, and all of them. `confirmed`: a person has said that so many
   * may go; 0: nobody has.
   */
  countUnseen(
    job: ClaimedJob,
    runNumber: number,
  ): Promise<{ readonly unseen: number; readonly total: number; readonly confirmed: number }>;
  /** Up to `limit` documents that this run has not seen, in key order after `after`. */
  listUnseen(
    job: ClaimedJob,
    runNumber: number,
    options: { readonly after: DocumentId | null; readonly limit: number },
  ): Promise<readonly DocumentDeletion[]>;
  /** Keys of the records of these documents, of those among them that wait to be removed too. */
  findRawKeys(job: ClaimedJob, documentIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Ids among `documentIds` that have a row. */
  existingDocuments(job: ClaimedJob, documentIds: readonly DocumentId[]): Promise<ReadonlySet<DocumentId>>;
  /** Notes that a sweep waits for a decision, or (null) that none does. */
  holdDeletions(
    job: ClaimedJob,
    held: { readonly count: number; readonly total: number; readonly runNumber: number } | null,
  ): Promise<void>;
  /**
   * Ends the run. A push job with documents waiting is not completed.
   * @param report written with the end, so that whoever sees it sees all of the log
   * @returns false when there is more to do first, and then nothing was written
   * @throws LeaseLostError
   */
  finishJob(
    job: ClaimedJob,
    outcome: RunOutcome,
    report?: { readonly progress: ProgressSnapshot; readonly lines: readonly LogLine[] },
  ): Promise<boolean>;
  /** Adds to the job's log, and drops its oldest lines. A job that is gone is none to write about. */
  appendLog(job: Pick<ClaimedJob, 'id' | 'scope'>, lines: readonly LogLine[]): Promise<void>;
  /**
   * Runs of the sync that were cut off, failed or were cancelled: this job's earlier attempts, or earlier jobs. Index rows
   * that they wrote above `committedVersion` were never committed.
   */
  listLeftovers(job: ClaimedJob): Promise<readonly Leftovers[]>;
  /** Has these documents indexed anew when the source gives them next, whatever their hashes say. */
  forgetHashes(job: ClaimedJob, documentIds: readonly DocumentId[]): Promise<void>;
  /** Notes that what these jobs left is removed. */
  clearLeftovers(job: ClaimedJob, jobIds: readonly SyncJobId[]): Promise<void>;
  listDrops(ref: Pick<IndexRef, 'scope' | 'collectionId'>, limit: number): Promise<readonly IndexDrop[]>;
  removeDrops(scope: Scope, ids: readonly number[]): Promise<void>;
}
