import { sql } from 'kysely';
import { type DescribedJob, type DomainEvent, syncEvent } from '../../core/events/index.ts';
import { OrganizationId, Scope, type SyncJobId } from '../../core/shared/index.ts';
import type { Queries } from './database.ts';
import { appendEvents } from './event-outbox.ts';

type SyncEventType = Parameters<typeof syncEvent>[0];

interface JobRow {
  readonly id: string;
  readonly organization_id: string;
  readonly sync_id: string;
  readonly connection_id: string;
  readonly short_name: string;
  readonly collection_id: string;
  readonly collection_name: string;
  readonly readable_id: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly chunks_written: number;
  readonly error: string | null;
}

/** Tells that jobs have come into a state, in the transaction that brought them there. */
export async function appendSyncEvents(
  queries: Queries,
  jobIds: readonly (SyncJobId | string)[],
  type: SyncEventType,
): Promise<void> {
  if (jobIds.length === 0) return;
  const at = new Date();
  const events = new Map<string, DomainEvent[]>();
  for (const row of await readJobs(queries, jobIds)) {
    events.set(row.organization_id, [
      ...(events.get(row.organization_id) ?? []),
      syncEvent(type, toDescribed(row), at),
    ]);
  }
  for (const [organizationId, ofOrganization] of events) {
    await appendEvents(queries, new Scope(OrganizationId.parse(organizationId)), ofOrganization);
  }
}

async function readJobs(queries: Queries, jobIds: readonly string[]): Promise<readonly JobRow[]> {
  const { rows } = await sql<JobRow>`
    select job.id, job.organization_id, job.sync_id, connection.id as connection_id, connection.short_name,
      collection.id as collection_id, collection.name as collection_name, collection.readable_id,
      job.entities_inserted as inserted, job.entities_updated as updated, job.entities_deleted as deleted,
      job.entities_skipped as skipped, job.chunks_written, job.error
    from sync_jobs job
    join syncs sync on sync.id = job.sync_id
    join source_connections connection on connection.id = sync.source_connection_id
    join collections collection on collection.id = connection.collection_id
    where job.id = any(${[...jobIds]}::uuid[])
    order by job.created_at, job.id`.execute(queries);
  return rows;
}

function toDescribed(row: JobRow): DescribedJob {
  return {
    id: row.id,
    syncId: row.sync_id,
    connectionId: row.connection_id,
    sourceType: row.short_name,
    collection: { id: row.collection_id, name: row.collection_name, readableId: row.readable_id },
    counts: { inserted: row.inserted, updated: row.updated, deleted: row.deleted, failed: row.skipped },
    chunksWritten: row.chunks_written,
    error: row.error,
  };
}
