import type { Selectable } from 'kysely';
import type { ClaimedReindex, Reindex } from '../../core/reindex/index.ts';
import { CollectionId, OrganizationId, Scope } from '../../core/shared/index.ts';
import type { ReindexesTable } from './tables.ts';

export type ClaimedRow = Selectable<ReindexesTable> & { index_generation: number; encoder_name: string };

export function toClaimed(row: ClaimedRow): ClaimedReindex {
  const current = toRef(row, row.index_generation);
  return {
    id: row.id,
    scope: current.scope,
    collectionId: current.collectionId,
    leaseOwner: row.lease_owner ?? '',
    current,
    currentEncoderName: row.encoder_name,
    target: { ...current, generation: row.generation },
    pipeline: row.pipeline,
    isSwapped: row.swapped_at !== null,
    failures: row.failures,
  };
}

export function toRef(row: { organization_id: string; collection_id: string }, generation: number) {
  return {
    scope: new Scope(OrganizationId.parse(row.organization_id)),
    collectionId: CollectionId.parse(row.collection_id),
    generation,
  };
}

export function toReindex(row: Selectable<ReindexesTable>): Reindex {
  return {
    id: row.id,
    collectionId: CollectionId.parse(row.collection_id),
    status: row.status,
    generation: row.generation,
    documentsTotal: row.documents_total,
    documentsDone: Math.min(row.documents_done, row.documents_total),
    documentsFailed: row.documents_failed,
    error: row.error,
    createdAt: row.created_at,
    startedAt: row.started_at,
    swappedAt: row.swapped_at,
    endedAt: row.ended_at,
  };
}
