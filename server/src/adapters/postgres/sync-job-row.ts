import type { Selectable } from 'kysely';
import type { ErrorCategory } from '../../connector-kit/index.ts';
import { SourceConnectionId, SyncId, SyncJobId } from '../../core/shared/index.ts';
import type { SyncJob } from '../../core/sync/index.ts';
import type { SyncJobsTable } from './tables.ts';

export function toSyncJob(row: Selectable<SyncJobsTable> & { source_connection_id: string }): SyncJob {
  return {
    id: SyncJobId.parse(row.id),
    syncId: SyncId.parse(row.sync_id),
    sourceConnectionId: SourceConnectionId.parse(row.source_connection_id),
    status: row.status,
    trigger: row.trigger,
    counts: {
      inserted: row.entities_inserted,
      updated: row.entities_updated,
      deleted: row.entities_deleted,
      kept: row.entities_kept,
      failed: row.entities_skipped,
    },
    error: row.error,
    // Written from the same closed list.
    errorCategory: row.error_category as ErrorCategory | null,
    waitingFor: row.waiting_for,
    createdAt: row.created_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
  };
}
