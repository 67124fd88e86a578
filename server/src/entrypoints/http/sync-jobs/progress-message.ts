import type { EntityCount } from '../../../core/connections/index.ts';
import { isEnded, type SyncJob } from '../../../core/sync/index.ts';

/** How far a job is, as `GET /sync/job/{job_id}/subscribe` tells it. */
export function toProgressMessage(job: SyncJob, now: Date): object {
  return {
    inserted: job.counts.inserted,
    updated: job.counts.updated,
    deleted: job.counts.deleted,
    kept: job.counts.kept,
    skipped: 0,
    failed: job.counts.failed,
    entities_encountered: job.encountered,
    status: isEnded(job) ? job.status : null,
    phase: job.phase,
    waiting_for: job.waitingFor,
    current_scope: job.currentScope,
    rate: job.rate,
    remaining: job.remaining,
    last_update_timestamp: now.toISOString().replace('Z', '+00:00'),
    ...(job.error === null ? {} : { error: job.error }),
  };
}

/** What a job and its connection hold, as `GET /sync/job/{job_id}/subscribe-state` tells it. */
export function toStateMessage(job: SyncJob, totals: readonly EntityCount[], now: Date): object {
  const counts = Object.fromEntries(totals.map(({ entityType, count }) => [entityType, count]));
  const totalEntities = totals.reduce((sum, { count }) => sum + count, 0);
  const common = { job_id: job.id, sync_id: job.syncId };
  const timestamp = now.toISOString().replace('Z', '');
  if (!isEnded(job)) {
    return {
      type: 'entity_state',
      ...common,
      entity_counts: counts,
      total_entities: totalEntities,
      timestamp,
      job_status: 'running',
    };
  }
  return {
    type: 'sync_complete',
    ...common,
    is_complete: job.status === 'completed',
    is_failed: job.status === 'failed',
    final_counts: counts,
    total_entities: totalEntities,
    total_operations: job.counts.inserted + job.counts.updated + job.counts.deleted,
    timestamp,
    final_status: job.status,
    error: job.error,
  };
}
