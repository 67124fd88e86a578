import type { Selectable } from 'kysely';
import type { ErrorCategory } from '../../connector-kit/index.ts';
import { SourceConnectionId, SyncId, SyncJobId } from '../../core/shared/index.ts';
import type { SyncJob } from '../../core/sync/index.ts';
import type { SyncJobsTable } from './tables.ts';

export function toSyncJob(row: Selectable<SyncJobsTable> & { source_connection_id: string }): SyncJob {
  const isRunning = row.status === 'running' || row.status === 'cancelling';
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
    phase: isRunning ? (row.waiting_for === null ? row.phase : 'waiting') : null,
    currentScope: isRunning ? row.current_scope : null,
    rate: isRunning ? row.rate : null,
    remaining: isRunning ? row.remaining : null,
    bytesRead: row.bytes_read,
    apiCalls: row.api_calls,
    retries: row.retries,
    encountered: row.entities_encountered,
    isFull: row.is_full,
    attempts: row.attempts,
    createdAt: row.created_at,
    startedAt: row.started_at,
    completedAt: row.completed_at,
    failedAt: row.failed_at,
  };
}
