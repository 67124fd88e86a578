import { type Selectable, sql } from 'kysely';
import type { ClaimedReindex, ReindexStore } from '../../core/reindex/index.ts';
import { DocumentId } from '../../core/shared/index.ts';
import { LeaseLostError } from '../../core/sync/index.ts';
import type { Database } from './database.ts';
import { type ClaimedRow, toClaimed, toRef, toReindex } from './reindex-row.ts';
import { createReindexStaging, requireReindexLease } from './reindex-staging.ts';
import type { ReindexesTable } from './tables.ts';

/**
 * Rebuilds, held by lease as jobs are (`sync-store.ts`). A generation's number is never given twice, so that a worker which
 * lost its rebuild cannot write into the next one's table.
 */
export function createReindexStore(database: Database): ReindexStore {
  const held = (reindex: ClaimedReindex) =>
    database
      .scoped(reindex.scope)
      .updateTable('reindexes')
      .where('organization_id', '=', reindex.scope.organizationId)
      .where('id', '=', reindex.id)
      .where('lease_owner', '=', reindex.leaseOwner)
      .where('status', '=', 'running');
  const requireUpdated = (result: { numUpdatedRows: bigint }) => {
    if (result.numUpdatedRows === 0n) throw new LeaseLostError();
  };
  const ended = { lease_owner: null, lease_expires_at: null, ended_at: sql<Date>`now()` };

  return {
    async create(scope, readableId) {
      const collection = await database
        .scoped(scope)
        .selectFrom('collections')
        .select('id')
        .where('organization_id', '=', scope.organizationId)
        .where('readable_id', '=', readableId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (collection === undefined) return 'gone';
      const { rows } = await sql<Selectable<ReindexesTable>>`
        insert into reindexes (id, organization_id, collection_id, status, generation, documents_total)
        select gen_random_uuid(), collection.organization_id, collection.id, 'pending',
          greatest(collection.index_generation, (select max(generation) from reindexes where collection_id = collection.id)) + 1,
          (select count(*) from documents where collection_id = collection.id and version > 0)
        from collections collection
        where collection.organization_id = ${scope.organizationId} and collection.id = ${collection.id}
        on conflict (collection_id) where status in ('pending', 'running') do nothing
        returning *`.execute(database.scoped(scope));
      return rows[0] && toReindex(rows[0]);
    },

    async listCurrent({ after, limit }) {
      const { rows } = await sql<{
        organization_id: string;
        collection_id: string;
        readable_id: string;
        index_generation: number;
        status: Selectable<ReindexesTable>['status'] | null;
        error: string | null;
      }>`
        select collection.organization_id, collection.id as collection_id, collection.readable_id,
          collection.index_generation, rebuild.status, rebuild.error
        from collections collection
        left join lateral (
          select status, error from reindexes where collection_id = collection.id order by created_at desc limit 1
        ) rebuild on true
        where collection.deleted_at is null and (${after}::uuid is null or collection.id > ${after}::uuid)
        order by collection.id limit ${limit}`.execute(database.system());
      return rows.map((row) => ({
        readableId: row.readable_id,
        current: toRef(row, row.index_generation),
        rebuild: row.status === null ? undefined : { status: row.status, error: row.error },
      }));
    },

    async findLatest(scope, collectionId) {
      const row = await database
        .scoped(scope)
        .selectFrom('reindexes')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('collection_id', '=', collectionId)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row && toReindex(row);
    },

    async cancel(scope, collectionId) {
      const row = await database
        .scoped(scope)
        .updateTable('reindexes')
        .set({ status: 'cancelled', ...ended })
        .where('organization_id', '=', scope.organizationId)
        .where('collection_id', '=', collectionId)
        .where('status', 'in', ['pending', 'running'])
        .where('swapped_at', 'is', null)
        .returningAll()
        .executeTakeFirst();
      return row && toReindex(row);
    },

    async claim({ owner, leaseMs }) {
      await sql`
        update reindexes set status = 'cancelled', lease_owner = null, lease_expires_at = null, ended_at = now()
        from collections where collections.id = reindexes.collection_id and collections.deleted_at is not null
          and reindexes.status in ('pending', 'running')`.execute(database.system());
      const { rows } = await sql<ClaimedRow>`
        with next as (
          select id from reindexes
          where status in ('pending', 'running') and (lease_expires_at is null or lease_expires_at < now()
            -- Given before the clock was set back.
            or lease_expires_at > now() + ${2 * leaseMs + 60_000} * interval '1 millisecond')
          order by created_at for update skip locked limit 1
        ), claimed as (
          update reindexes set status = 'running', attempts = attempts + 1,
            lease_owner = ${owner}::text || '#' || (attempts + 1),
            lease_expires_at = now() + ${leaseMs} * interval '1 millisecond', started_at = coalesce(started_at, now())
          from next where reindexes.id = next.id returning reindexes.*
        )
        select claimed.*, collection.index_generation, collection.encoder_name
        from claimed join collections collection on collection.id = claimed.collection_id`.execute(database.system());
      return rows[0] && toClaimed(rows[0]);
    },

    async renewLease(reindex, leaseMs) {
      const until = sql<Date>`now() + ${leaseMs} * interval '1 millisecond'`;
      requireUpdated(await held(reindex).set({ lease_expires_at: until }).executeTakeFirst());
    },

    async release(reindex, { delayMs, error }) {
      await held(reindex)
        .set((eb) => ({
          lease_owner: null,
          lease_expires_at: sql<Date>`now() + ${delayMs} * interval '1 millisecond'`,
          ...(error === null ? {} : { error, failures: eb('failures', '+', 1) }),
        }))
        .execute();
    },

    async releaseAllLeases() {
      await database
        .system()
        .updateTable('reindexes')
        .set({ lease_owner: null, lease_expires_at: null })
        .where('status', '=', 'running')
        .execute();
    },

    async restart(reindex, pipeline) {
      // Who lost the rebuild may still write to the table of the generation that was begun.
      const generation = reindex.target.generation + (reindex.pipeline === null ? 0 : 1);
      await database
        .scoped(reindex.scope)
        .transaction()
        .execute(async (transaction) => {
          const change = { pipeline, generation, documents_done: 0, documents_failed: 0 };
          await requireReindexLease(transaction, reindex, change);
          await transaction
            .deleteFrom('reindexed_documents')
            .where('organization_id', '=', reindex.scope.organizationId)
            .where('reindex_id', '=', reindex.id)
            .execute();
        });
      return { ...reindex, pipeline, target: { ...reindex.target, generation } };
    },

    async countDocuments(reindex) {
      const total = sql<number>`(select count(*) from documents where collection_id = ${reindex.collectionId} and version > 0)`;
      requireUpdated(await held(reindex).set({ documents_total: total }).executeTakeFirst());
    },

    async countStagedChunks(reindex) {
      const row = await database
        .scoped(reindex.scope)
        .selectFrom('reindexed_documents')
        .select((eb) => eb.fn.sum<number | null>('chunk_count').as('chunks'))
        .where('organization_id', '=', reindex.scope.organizationId)
        .where('reindex_id', '=', reindex.id)
        .executeTakeFirst();
      return Number(row?.chunks ?? 0);
    },

    staging: (reindex) => createReindexStaging(database.scoped(reindex.scope), reindex),

    async swap(reindex, encoder, finish) {
      return database
        .scoped(reindex.scope)
        .transaction()
        .execute(async (transaction) => {
          const collection = await transaction
            .selectFrom('collections')
            .select('id')
            .where('organization_id', '=', reindex.scope.organizationId)
            .where('id', '=', reindex.collectionId)
            .where('index_generation', '=', reindex.current.generation)
            .where('deleted_at', 'is', null)
            // Pages of syncs hold it for share until they are committed.
            .forNoKeyUpdate()
            .executeTakeFirst();
          if (collection === undefined) throw new LeaseLostError();
          // What is about to be written stays noted should the transaction come to nothing; on the other pool, since the
          // connections of this one may all wait for the lock held here.
          const { plan } = createReindexStaging(database.system(), reindex);
          if (!(await finish({ ...createReindexStaging(transaction, reindex), plan }))) return false;
          await requireReindexLease(transaction, reindex, {
            swapped_at: sql<Date>`now()`,
            error: null,
            documents_failed: sql<number>`(select count(*) from reindexed_documents where reindex_id = ${reindex.id} and error is not null)`,
          });
          await transaction
            .updateTable('collections')
            .set({
              index_generation: reindex.target.generation,
              encoder_name: encoder.name,
              dimensions: encoder.dimensions,
            })
            .where('organization_id', '=', reindex.scope.organizationId)
            .where('id', '=', reindex.collectionId)
            .execute();
          return true;
        });
    },

    async listStaged(reindex, limit) {
      const { rows } = await sql<{ document_id: string; version: number; is_stale: boolean }>`
        select staged.document_id, staged.version, document.id is null as is_stale
        from reindexed_documents staged
        left join documents document on document.id = staged.document_id and document.version = staged.version
          and document.organization_id = staged.organization_id
          and document.source_connection_id = any(array(
            select id from source_connections where collection_id = ${reindex.collectionId} and deleted_at is null))
        where staged.organization_id = ${reindex.scope.organizationId} and staged.reindex_id = ${reindex.id}
        order by staged.document_id limit ${limit}`.execute(database.scoped(reindex.scope));
      return rows.map((row) => ({
        documentId: DocumentId.parse(row.document_id),
        version: row.version,
        isStale: row.is_stale,
      }));
    },

    async applyStaged(reindex, documentIds) {
      // Rows that a page holds are skipped, so that neither waits for the other; what is gone has nothing to lock.
      const { rows } = await sql<{ count: number }>`
        with free as (
          select id from documents where organization_id = ${reindex.scope.organizationId}
            and id = any(${[...documentIds]}::uuid[]) for no key update skip locked
        ), taken as (
          delete from reindexed_documents staged
          where staged.organization_id = ${reindex.scope.organizationId} and staged.reindex_id = ${reindex.id}
            and staged.document_id = any(${[...documentIds]}::uuid[])
            and (staged.document_id in (select id from free)
              or not exists (select from documents where documents.id = staged.document_id))
          returning staged.*
        ), updated as (
          update documents set chunk_count = taken.chunk_count, content_hash = taken.content_hash,
            entity_hash = taken.entity_hash, revision = taken.revision,
            state = case when taken.error is null then documents.state else 'failed' end,
            error = coalesce(taken.error, documents.error),
            tries = documents.tries + case when taken.error is null then 0 else 1 end
          from taken where documents.id = taken.document_id and documents.version = taken.version
            and documents.organization_id = ${reindex.scope.organizationId}
        )
        select count(*) as count from taken`.execute(database.scoped(reindex.scope));
      return rows[0]?.count ?? 0;
    },

    async complete(reindex) {
      requireUpdated(
        await held(reindex)
          .set((eb) => ({ status: 'completed', ...ended, error: null, documents_done: eb.ref('documents_total') }))
          .executeTakeFirst(),
      );
    },

    async fail(reindex, error) {
      requireUpdated(
        await held(reindex)
          .set({ status: 'failed', ...ended, error })
          .executeTakeFirst(),
      );
    },

    async listUnswept(before) {
      const { rows } = await sql<{
        id: string;
        organization_id: string;
        collection_id: string;
        index_generation: number;
        building: number | null;
      }>`
        select reindex.id, reindex.organization_id, reindex.collection_id, collection.index_generation,
          (select generation from reindexes active
            where active.collection_id = reindex.collection_id and active.status in ('pending', 'running')) as building
        from reindexes reindex join collections collection on collection.id = reindex.collection_id
        where not reindex.is_swept and reindex.ended_at < ${before} limit 100`.execute(database.system());
      return rows.map((row) => ({
        id: row.id,
        index: toRef(row, row.index_generation),
        keep: row.building === null ? [row.index_generation] : [row.index_generation, row.building],
      }));
    },

    async markSwept(scope, id) {
      await database
        .scoped(scope)
        .updateTable('reindexes')
        .set({ is_swept: true })
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .execute();
    },
  };
}
