import type { DomainEvent } from '../../core/events/index.ts';
import type { ClaimedJob, PageCommit } from '../../core/sync/index.ts';

export interface CommittedBatch {
  /** From 1, within the job. */
  readonly number: number;
  readonly at: Date;
  /** Since the batch before, or since the job began. */
  readonly durationMs: number;
}

type TypeCounts = { inserted: number; updated: number; deleted: number; kept: number };

/** What one committed page came to. Of deleted documents only the number is known, not the type. */
export function batchEvent(
  job: ClaimedJob,
  page: Pick<PageCommit, 'writes' | 'counts' | 'encountered'>,
  batch: CommittedBatch,
): DomainEvent {
  const { inserted, updated, deleted, kept } = page.counts;
  return {
    type: 'entity.batch_processed',
    at: batch.at,
    payload: {
      sync_id: job.syncId,
      sync_job_id: job.id,
      collection_id: job.index.collectionId,
      source_connection_id: job.connection.id,
      source_type: job.connection.shortName,
      ...{ inserted, updated, deleted, kept },
      type_breakdown: countByType(page),
      batch_seq: batch.number,
      batch_duration_ms: batch.durationMs,
      billable: false,
    },
  };
}

function countByType({ writes, encountered = {} }: Pick<PageCommit, 'writes' | 'encountered'>) {
  const types = new Map<string, TypeCounts>(
    Object.entries(encountered).map(([type, kept]) => [type, { inserted: 0, updated: 0, deleted: 0, kept }]),
  );
  for (const write of writes) {
    const counts = types.get(write.entityType) ?? { inserted: 0, updated: 0, deleted: 0, kept: 1 };
    if (write.replaces === undefined) counts.inserted += 1;
    else counts.updated += 1;
    counts.kept = Math.max(0, counts.kept - 1);
    types.set(write.entityType, counts);
  }
  return Object.fromEntries(types);
}
