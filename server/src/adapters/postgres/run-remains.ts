import { sql } from 'kysely';
import { DocumentId, SyncJobId } from '../../core/shared/index.ts';
import type { IndexDrop, SyncStore } from '../../core/sync/index.ts';
import type { Database } from './database.ts';
import { mayDrop } from './hold-drops.ts';
import { appendLogLines } from './job-log-rows.ts';

/** The part of the sync store that keeps what runs leave behind: their log, what is superseded, and what they did not commit. */
export function createRunRemains(
  database: Database,
): Pick<SyncStore, 'appendLog' | 'listLeftovers' | 'clearLeftovers' | 'listDrops' | 'removeDrops'> {
  return {
    async appendLog(job, lines) {
      await appendLogLines(database.scoped(job.scope), job, lines);
    },

    async listLeftovers(job) {
      const rows = await database
        .scoped(job.scope)
        .selectFrom('sync_jobs')
        .select(['id', 'committed_version'])
        .where('organization_id', '=', job.scope.organizationId)
        .where('sync_id', '=', job.syncId)
        .where('has_leftovers', '=', true)
        .execute();
      return rows.map((row) => ({ jobId: SyncJobId.parse(row.id), committedVersion: row.committed_version }));
    },

    async clearLeftovers(job, jobIds) {
      await database
        .scoped(job.scope)
        .updateTable('sync_jobs')
        .set({ has_leftovers: false })
        .where('organization_id', '=', job.scope.organizationId)
        .where(sql<boolean>`id = any(${[...jobIds]}::uuid[])`)
        .execute();
    },

    async listDrops({ scope, collectionId }, limit) {
      const rows = await database
        .scoped(scope)
        .selectFrom('index_drops')
        .select(['id', 'document_id', 'before_version'])
        .select(
          sql<number>`(select index_generation from collections where id = index_drops.collection_id)`.as('generation'),
        )
        // A document that came back unchanged while its drop waited has the same record again.
        .select(
          sql<string | null>`case when not exists (
            select from documents where documents.id = index_drops.document_id and documents.raw_key = index_drops.raw_key
          ) then raw_key end`.as('raw_key'),
        )
        .where('organization_id', '=', scope.organizationId)
        .where('collection_id', '=', collectionId)
        .where(mayDrop)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(
        (row): IndexDrop => ({
          id: row.id,
          documentId: DocumentId.parse(row.document_id),
          beforeVersion: row.before_version,
          rawKey: row.raw_key,
          generation: row.generation,
        }),
      );
    },

    async removeDrops(scope, ids) {
      await database
        .scoped(scope)
        .deleteFrom('index_drops')
        .where('organization_id', '=', scope.organizationId)
        .where(sql<boolean>`id = any(${[...ids]}::bigint[])`)
        .execute();
    },
  };
}
