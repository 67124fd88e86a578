import type { ErrorCategory } from '../../connector-kit/index.ts';
import type { SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { RunPhase } from './run-progress.ts';

export const jobStatuses = ['created', 'pending', 'running', 'completed', 'failed', 'cancelling', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** The legal moves. Staying in a state is a no-op; everything else is refused by the database's where clauses. */
export const jobMoves: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  created: ['pending', 'cancelled', 'failed'],
  pending: ['running', 'cancelled', 'failed'],
  running: ['completed', 'failed', 'cancelling'],
  cancelling: ['cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

/** A connection has at most one job in these states; a unique index sees to it. */
export const activeJobStatuses = [
  'created',
  'pending',
  'running',
  'cancelling',
] as const satisfies readonly JobStatus[];

/** The states from which a job may move to `to`, for a where clause. */
export function statesBefore(to: JobStatus): readonly JobStatus[] {
  return jobStatuses.filter((from) => jobMoves[from].includes(to));
}

export type JobTrigger = 'manual' | 'schedule' | 'push' | 'watch';

/** What a run did so far, in documents. */
export interface JobCounts {
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** Seen and unchanged. */
  readonly kept: number;
  /** Could not be read or indexed in this run; each is recorded with its reason. */
  readonly failed: number;
}

export const noCounts: JobCounts = { inserted: 0, updated: 0, deleted: 0, kept: 0, failed: 0 };

/** What a running job is at. */
export type JobPhase = RunPhase | 'waiting';

/** One run of a sync. */
export interface SyncJob {
  readonly id: SyncJobId;
  readonly syncId: SyncId;
  readonly sourceConnectionId: SourceConnectionId;
  readonly status: JobStatus;
  readonly trigger: JobTrigger;
  readonly counts: JobCounts;
  /** Why it failed, for a person. */
  readonly error: string | null;
  readonly errorCategory: ErrorCategory | null;
  /** Why a running job stands still (a full disk, a rate limit); null while it moves. */
  readonly waitingFor: string | null;
  /** Null unless it is running. */
  readonly phase: JobPhase | null;
  /** What is being read, such as a stream; null unless it is running. */
  readonly currentScope: string | null;
  /** Documents a second over the last half minute; null when unknown and when it is not running. */
  readonly rate: number | null;
  /** An estimate of the documents still to come; null when unknown. */
  readonly remaining: number | null;
  /** Of files and texts read from the source. */
  readonly bytesRead: number;
  /** Pages and files asked of the source. */
  readonly apiCalls: number;
  /** How often the source was asked again. */
  readonly retries: number;
  /** Inserted, updated and kept documents by their entity type. */
  readonly encountered: Readonly<Record<string, number>>;
  /** Whether the run reads everything; null before it began. */
  readonly isFull: boolean | null;
  /** How often a worker has taken it up. */
  readonly attempts: number;
  readonly createdAt: Date;
  readonly startedAt: Date | null;
  /** Set on `completed` and `cancelled` only. */
  readonly completedAt: Date | null;
  readonly failedAt: Date | null;
}
