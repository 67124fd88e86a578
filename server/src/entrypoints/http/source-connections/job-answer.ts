import { z } from 'zod';
import { errorCategories } from '../../../connector-kit/index.ts';
import { jobStatuses, runPhases, type SyncJob } from '../../../core/sync/index.ts';
import { ConnectionParams } from './connection-input.ts';

const jobFields = {
  id: z.guid(),
  status: z.enum(jobStatuses),
  started_at: z.iso.datetime().nullable(),
  completed_at: z.iso.datetime().nullable().describe('Null while it runs, and for a job that failed.'),
  duration_seconds: z.number().nullable(),
  entities_inserted: z.int(),
  entities_updated: z.int(),
  entities_deleted: z.int(),
  entities_failed: z.int().describe('Recorded with their reasons; see the documents of the collection.'),
  error: z.string().nullable().describe('Why it failed, or why a running job stands still.'),
  error_category: z.enum(errorCategories).nullable(),
};

/** The newest job inside a source connection. */
export const SyncJobDetails = z.object(jobFields).meta({ id: 'SyncJobDetails' });

export const JobParams = ConnectionParams.extend({ job_id: z.guid() });

export const JobAnswer = z
  .object({
    ...jobFields,
    source_connection_id: z.guid(),
    error_details: z.null(),
    entities_kept: z.int().describe('Seen and unchanged.'),
    entities_encountered: z
      .record(z.string(), z.int())
      .describe('Inserted, updated and unchanged documents by their type.'),
    trigger: z.string(),
    is_full: z.boolean().nullable().describe('Whether it reads everything. Null before it began.'),
    phase: z
      .enum([...runPhases, 'waiting'])
      .nullable()
      .describe('What it is at. Null unless it is running.'),
    current_scope: z.string().nullable().describe('What is being read, such as a stream of the source.'),
    waiting_for: z.string().nullable().describe('Why a running job stands still.'),
    rate: z.number().nullable().describe('Documents a second over the last half minute.'),
    remaining: z.int().nullable().describe('An estimate of the documents still to come.'),
    bytes_read: z.int(),
    api_calls: z.int().describe('Pages and files asked of the source.'),
    retries: z.int().describe('How often the source was asked again.'),
    attempts: z.int().describe('How often a worker has taken it up; more than one after a worker was lost or stopped.'),
    created_at: z.iso.datetime(),
    failed_at: z.iso.datetime().nullable(),
    elapsed_seconds: z.number().nullable().describe('Until its end, whatever that was, or until now.'),
  })
  .meta({ id: 'SourceConnectionJob' });

export function toJobDetails(job: SyncJob): z.input<typeof SyncJobDetails> {
  const { startedAt, completedAt } = job;
  return {
    id: job.id,
    status: job.status,
    started_at: startedAt?.toISOString() ?? null,
    completed_at: completedAt?.toISOString() ?? null,
    duration_seconds:
      startedAt === null || completedAt === null ? null : (completedAt.getTime() - startedAt.getTime()) / 1000,
    entities_inserted: job.counts.inserted,
    entities_updated: job.counts.updated,
    entities_deleted: job.counts.deleted,
    entities_failed: job.counts.failed,
    error: job.error ?? job.waitingFor,
    error_category: job.errorCategory,
  };
}

export function toJobAnswer(job: SyncJob): z.input<typeof JobAnswer> {
  return {
    ...toJobDetails(job),
    source_connection_id: job.sourceConnectionId,
    error_details: null,
    entities_kept: job.counts.kept,
    entities_encountered: job.encountered,
    trigger: job.trigger,
    is_full: job.isFull,
    phase: job.phase,
    current_scope: job.currentScope,
    waiting_for: job.waitingFor,
    rate: job.rate,
    remaining: job.remaining,
    bytes_read: job.bytesRead,
    api_calls: job.apiCalls,
    retries: job.retries,
    attempts: job.attempts,
    created_at: job.createdAt.toISOString(),
    failed_at: job.failedAt?.toISOString() ?? null,
    elapsed_seconds: elapsedSeconds(job, new Date()),
  };
}

function elapsedSeconds({ startedAt, completedAt, failedAt }: SyncJob, now: Date): number | null {
  if (startedAt === null) return null;
  const end = completedAt ?? failedAt ?? now;
  return Math.max(0, end.getTime() - startedAt.getTime()) / 1000;
}
