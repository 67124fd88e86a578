import { z } from 'zod';
import { errorCategories } from '../../../connector-kit/index.ts';
import { jobStatuses, type SyncJob } from '../../../core/sync/index.ts';

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

export const JobAnswer = z
  .object({
    ...jobFields,
    source_connection_id: z.guid(),
    error_details: z.null(),
    entities_kept: z.int().describe('Seen and unchanged.'),
    trigger: z.string(),
    created_at: z.iso.datetime(),
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
    trigger: job.trigger,
    created_at: job.createdAt.toISOString(),
  };
}
