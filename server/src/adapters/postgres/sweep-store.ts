import { sql } from 'kysely';
import type { IndexRef } from '../../core/search/search-index.ts';
import { CollectionId, OrganizationId, Scope, SourceConnectionId, SyncId } from '../../core/shared/index.ts';
import { activeJobStatuses, type SweepStore } from '../../core/sync/index.ts';
import type { Database } from './database.ts';
import { mayDrop } from './hold-drops.ts';

const maxRows = 100;

export function createSweepStore(database: Database): SweepStore {
  return {
    async listDeletedConnections(before) {
      const rows = await database
        .system()
        .selectFrom('source_connections as connection')
        .innerJoin('collections as collection', 'collection.id', 'connection.collection_id')
        .select(['connection.id as connection_id', 'collection.id', 'collection.organization_id'])
        .select('collection.index_generation')
        .where('connection.deleted_at', '<', before)
        .where(mayDrop)
        .limit(maxRows)
        .execute();
      return rows.map((row) => ({ id: SourceConnectionId.parse(row.connection_id), index: toIndexRef(row) }));
    },

    async removeDocuments(connection, limit) {
      const { rows } = await sql<{ count: number }>`
        with gone as (
          delete from documents where id in (
            select id from documents
            where organization_id = ${connection.index.scope.organizationId} and source_connection_id = ${connection.id}
            order by id limit ${limit}
          ) returning 1
        ) select count(*) as count from gone`.execute(database.system());
      return rows[0]?.count ?? 0;
    },

    async removeConnection(connection) {
      await database
        .system()
        .deleteFrom('source_connections')
        .where('organization_id', '=', connection.index.scope.organizationId)
        .where('id', '=', connection.id)
        .where('deleted_at', 'is not', null)
        .execute();
    },

    async listDeletedCollections(before) {
      const rows = await database
        .system()
        .selectFrom('collections')
        .select(['id', 'organization_id', 'index_generation'])
        .where('deleted_at', '<', before)
        .where(mayDrop)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb.selectFrom('source_connections').whereRef('source_connections.collection_id', '=', 'collections.id'),
            ),
          ),
        )
        .limit(maxRows)
        .execute();
      return rows.map(toIndexRef);
    },

    async removeCollection(collection) {
      await database
        .system()
        .deleteFrom('collections')
        .where('organization_id', '=', collection.scope.organizationId)
        .where('id', '=', collection.collectionId)
        .where('deleted_at', 'is not', null)
        .execute();
    },

    async listCollectionsWithDrops() {
      const { rows } = await sql<{ id: string; organization_id: string; index_generation: number }>`
        select collection.id, collection.organization_id, collection.index_generation from collections collection
        where collection.deleted_at is null
          and exists (select from index_drops drops where drops.collection_id = collection.id)
          and not exists (
            select from sync_jobs job
            join syncs sync on sync.id = job.sync_id
            join source_connections connection on connection.id = sync.source_connection_id
            where connection.collection_id = collection.id
              and job.status = any(${[...activeJobStatuses]}::text[]) and job.lease_expires_at > now()
          )
        limit ${maxRows}`.execute(database.system());
      return rows.map(toIndexRef);
    },

    async listSyncs(after, limit) {
      const rows = await database
        .system()
        .selectFrom('syncs')
        .select('id')
        .$if(after !== null, (query) => query.where('id', '>', after))
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(({ id }) => SyncId.parse(id));
    },

    async removeEndedJobs(syncIds, before, limit) {
      // Sync by sync, so that the index that lists a sync's jobs finds the old ones.
      const { rows } = await sql<{ count: number }>`
        with gone as (
          delete from sync_jobs where id in (
            select job.id from unnest(${[...syncIds]}::uuid[]) as sync(id)
            cross join lateral (
              select old.id from sync_jobs old
              where old.sync_id = sync.id and old.created_at < ${before} and not old.has_leftovers
                and old.status in ('completed', 'failed', 'cancelled')
                and coalesce(old.completed_at, old.failed_at, old.created_at) < ${before}
                and exists (
                  select from sync_jobs newer
                  where newer.sync_id = sync.id and newer.status = old.status and newer.created_at > old.created_at)
              limit ${limit}
            ) job limit ${limit}
          ) returning 1
        ) select count(*)::integer as count from gone`.execute(database.system());
      return rows[0]?.count ?? 0;
    },

    async findWaitingUploads(keys) {
      if (keys.length === 0) return new Set();
      // One whose drop is noted goes with that note, which a backup may hold back.
      const { rows } = await sql<{ blob_key: string }>`
        select blob_key from pushed_documents where blob_key = any(${[...keys]}::text[])
        union all select raw_key from index_drops where raw_key = any(${[...keys]}::text[])`.execute(database.system());
      return new Set(rows.map((row) => row.blob_key));
    },
  };
}

function toIndexRef(row: { id: string; organization_id: string; index_generation: number }): IndexRef {
  return {
    scope: new Scope(OrganizationId.parse(row.organization_id)),
    collectionId: CollectionId.parse(row.id),
    generation: row.index_generation,
  };
}
