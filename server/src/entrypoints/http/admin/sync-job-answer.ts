import { z } from 'zod';
import type { Scope } from '../../../core/shared/index.ts';
import { jobStatuses, type SyncJob } from '../../../core/sync/index.ts';

/** A job as administrators see it: the contract's `SyncJob`. */
export const AdminSyncJob = z
  .object({
    id: z.guid(),
    organization_id: z.guid(),
    sync_id: z.guid(),
    status: z.enum(jobStatuses),
    entities_inserted: z.int(),
    entities_updated: z.int(),
    entities_deleted: z.int(),
    entities_kept: z.int(),
    entities_skipped: z.int(),
    entities_encountered: z.record(z.string(), z.int()),
    started_at: z.iso.datetime().nullable(),
    completed_at: z.iso.datetime().nullable(),
    failed_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    error: z.string().nullable(),
  })
  .meta({ id: 'AdminSyncJob' });

export function toAdminSyncJob(scope: Scope, job: SyncJob): z.input<typeof AdminSyncJob> {
  return {
    id: job.id,
    organization_id: scope.organizationId,
    sync_id: job.syncId,
    status: job.status,
    entities_inserted: job.counts.inserted,
    entities_updated: job.counts.updated,
    entities_deleted: job.counts.deleted,
    entities_kept: job.counts.kept,
    entities_skipped: job.counts.failed,
    entities_encountered: job.encountered,
    started_at: job.startedAt?.toISOString() ?? null,
    completed_at: job.completedAt?.toISOString() ?? null,
    failed_at: job.failedAt?.toISOString() ?? null,
    created_at: job.createdAt.toISOString(),
    error: job.error,
  };
}
