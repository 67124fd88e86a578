import { sql } from 'kysely';
import type { FreshnessStore, SourceFreshness } from '../../core/search/index.ts';
import type { CollectionId, Scope, SourceConnectionId } from '../../core/shared/index.ts';
import { alongIndex } from './collection-contents.ts';
import type { Database } from './database.ts';

const maxConnections = 1000;

/** One statement: the collection's connections by their index, and three of each one's newest jobs by theirs. */
export class PostgresFreshnessStore implements FreshnessStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async listFreshness(scope: Scope, collectionId: CollectionId): Promise<readonly SourceFreshness[]> {
    const statement = sql<FreshnessRow>`
      select connection.id, connection.name, connection.short_name, sync.status as sync_status, sync.next_run_at,
        coalesce(sync.is_continuous, false) as is_continuous,
        good.started_at as good_started_at, good.completed_at as good_completed_at,
        ended.status as ended_status, coalesce(ended.completed_at, ended.failed_at, ended.started_at) as ended_at,
        running.id is not null as is_running
      from source_connections as connection
      left join syncs as sync on sync.source_connection_id = connection.id
      left join lateral (
        select started_at, completed_at from sync_jobs
        where sync_id = sync.id and status = 'completed' order by created_at desc limit 1
      ) as good on true
      left join lateral (
        select status, started_at, completed_at, failed_at from sync_jobs
        where sync_id = sync.id and status in ('completed', 'failed') order by created_at desc limit 1
      ) as ended on true
      left join lateral (
        select id from sync_jobs where sync_id = sync.id and status in ('running', 'cancelling') limit 1
      ) as running on true
      where connection.organization_id = ${scope.organizationId} and connection.collection_id = ${collectionId}
        and connection.deleted_at is null
      order by connection.name, connection.id limit ${maxConnections}`;
    // Without statistics all jobs of each sync would be read and sorted: 33 ms for three times 2,000.
    const { rows } = await alongIndex(this.#database.scoped(scope), (transaction) => statement.execute(transaction));
    return rows.map(toFreshness);
  }
}

interface FreshnessRow {
  readonly id: string;
  readonly name: string;
  readonly short_name: string;
  readonly sync_status: 'active' | 'paused' | 'inactive' | 'error' | null;
  readonly next_run_at: Date | null;
  readonly is_continuous: boolean;
  readonly good_started_at: Date | null;
  readonly good_completed_at: Date | null;
  readonly ended_status: 'completed' | 'failed' | null;
  readonly ended_at: Date | null;
  readonly is_running: boolean;
}

function toFreshness(row: FreshnessRow): SourceFreshness {
  return {
    // The database only holds ids that were parsed when they were made.
    connectionId: row.id as SourceConnectionId,
    name: row.name,
    sourceName: row.short_name,
    status: statusOf(row),
    lastSyncedAt: row.good_completed_at,
    currentAsOf: row.good_started_at ?? row.good_completed_at,
    lastEndedAt: row.ended_at,
    isRunning: row.is_running,
    nextRunAt: row.next_run_at,
    isContinuous: row.is_continuous,
  };
}

function statusOf(row: FreshnessRow): SourceFreshness['status'] {
  if (row.is_running) return 'syncing';
  if (row.ended_status === 'failed' || row.sync_status === 'error') return 'failing';
  if (row.sync_status === 'paused') return 'paused';
  return row.good_completed_at === null ? 'never_synced' : 'current';
}
