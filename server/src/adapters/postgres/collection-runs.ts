import { sql } from 'kysely';
import { type CollectionRuns, documentsSource } from '../../core/connections/index.ts';
import { selectJobs } from './connection-rows.ts';
import type { Database } from './database.ts';
import { notifyJobs } from './job-signal.ts';
import { appendSyncEvents } from './sync-events.ts';
import { toSyncJob } from './sync-job-row.ts';

export function createCollectionRuns(database: Database): CollectionRuns {
  return {
    async startAll(scope, collectionId) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          // A run that another begins meanwhile meets the index of active jobs, and is left out as one that was there before.
          const { rows } = await sql<{ id: string }>`
            insert into sync_jobs (id, organization_id, sync_id, status, trigger)
            select gen_random_uuid(), sync.organization_id, sync.id, 'pending', 'manual'
            from source_connections connection
            join syncs sync on sync.source_connection_id = connection.id
            where connection.organization_id = ${scope.organizationId} and connection.collection_id = ${collectionId}
              and connection.deleted_at is null and connection.is_authenticated and sync.status = 'active'
              and connection.short_name <> ${documentsSource}
            order by connection.created_at, connection.id
            on conflict (sync_id) where status in ('created', 'pending', 'running', 'cancelling') do nothing
            returning id`.execute(transaction);
          if (rows.length === 0) return [];
          const ids = rows.map((row) => row.id);
          await appendSyncEvents(transaction, ids, 'sync.pending');
          await notifyJobs(transaction);
          const jobs = await selectJobs(transaction, scope)
            .where(sql<boolean>`job.id = any(${ids}::uuid[])`)
            .orderBy('job.created_at')
            .orderBy('job.id')
            .execute();
          return jobs.map(toSyncJob);
        });
    },
  };
}
