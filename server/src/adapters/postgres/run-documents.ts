import { sql } from 'kysely';
import { DocumentId } from '../../core/shared/index.ts';
import type { DocumentDeletion, KnownDocument, SyncStore } from '../../core/sync/index.ts';
import type { Database } from './database.ts';

/** The part of the sync store that reads the documents of a run's connection, and has them read again. */
export function createRunDocuments(
  database: Database,
): Pick<
  SyncStore,
  'findDocuments' | 'hasDocuments' | 'countUnseen' | 'listUnseen' | 'findRawKeys' | 'existingDocuments' | 'forgetHashes'
> {
  return {
    async findDocuments(job, keys) {
      if (keys.length === 0) return [];
      const rows = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select(['id', 'entity_type', 'entity_id', 'state', 'version', 'chunk_count', 'entity_hash', 'content_hash'])
        .select(['revision', 'raw_key', 'excluded_at'])
        .where('organization_id', '=', job.scope.organizationId)
        .where('source_connection_id', '=', job.connection.id)
        .where(
          sql<boolean>`(entity_type, entity_id) in (select * from unnest(${keys.map((key) => key.type)}::text[], ${keys.map((key) => key.id)}::text[]))`,
        )
        .execute();
      return rows.map(
        (row): KnownDocument => ({
          id: DocumentId.parse(row.id),
          entityType: row.entity_type,
          entityId: row.entity_id,
          state: row.state,
          isExcluded: row.excluded_at !== null,
          version: row.version,
          chunkCount: row.chunk_count,
          entityHash: row.entity_hash,
          contentHash: row.content_hash,
          revision: row.revision,
          rawKey: row.raw_key,
        }),
      );
    },

    async hasDocuments(job, idPrefix) {
      const row = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select('id')
        .where('organization_id', '=', job.scope.organizationId)
        .where('source_connection_id', '=', job.connection.id)
        .where(sql<boolean>`starts_with(entity_id, ${idPrefix})`)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    async countUnseen(job, runNumber) {
      const row = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select((eb) => [
          eb.fn.countAll<number>().as('total'),
          eb.fn.countAll<number>().filterWhere('seen_run', '<', runNumber).as('unseen'),
        ])
        .where('organization_id', '=', job.scope.organizationId)
        .where('source_connection_id', '=', job.connection.id)
        .executeTakeFirstOrThrow();
      const sync = await database
        .scoped(job.scope)
        .selectFrom('syncs')
        .select('held_deletions')
        .where('organization_id', '=', job.scope.organizationId)
        .where('id', '=', job.syncId)
        .executeTakeFirst();
      const held = sync?.held_deletions;
      return { total: row.total, unseen: row.unseen, confirmed: held?.is_confirmed === true ? held.count : 0 };
    },

    async listUnseen(job, runNumber, { after, limit }) {
      const rows = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select(['id', 'raw_key'])
        .where('organization_id', '=', job.scope.organizationId)
        .where('source_connection_id', '=', job.connection.id)
        .where('seen_run', '<', runNumber)
        .$if(after !== null, (query) => query.where('id', '>', after ?? ''))
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row): DocumentDeletion => ({ id: DocumentId.parse(row.id), rawKey: row.raw_key }));
    },

    async findRawKeys(job, documentIds) {
      const { rows } = await sql<{ raw_key: string }>`
        select raw_key from documents
        where organization_id = ${job.scope.organizationId} and id = any(${[...documentIds]}::uuid[]) and raw_key is not null
        union all
        select raw_key from index_drops
        where organization_id = ${job.scope.organizationId} and document_id = any(${[...documentIds]}::uuid[])
          and raw_key is not null`.execute(database.scoped(job.scope));
      return new Set(rows.map((row) => row.raw_key));
    },

    async existingDocuments(job, documentIds) {
      const rows = await database
        .scoped(job.scope)
        .selectFrom('documents')
        .select('id')
        .where('organization_id', '=', job.scope.organizationId)
        .where(sql<boolean>`id = any(${[...documentIds]}::uuid[])`)
        .execute();
      return new Set(rows.map((row) => DocumentId.parse(row.id)));
    },

    async forgetHashes(job, documentIds) {
      await database
        .scoped(job.scope)
        .updateTable('documents')
        .set({ entity_hash: null })
        .where('organization_id', '=', job.scope.organizationId)
        .where(sql<boolean>`id = any(${[...documentIds]}::uuid[])`)
        .execute();
    },
  };
}
