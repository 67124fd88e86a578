import { type RawBuilder, sql, type Transaction } from 'kysely';
import { documentsSource } from '../../core/connections/index.ts';
import type { Document, DocumentStore, PushTarget } from '../../core/documents/index.ts';
import {
  type CollectionId,
  DocumentId,
  newId,
  type Scope,
  SourceConnectionId,
  SyncId,
} from '../../core/shared/index.ts';
import {
  activeJobStatuses,
  documentIdOf,
  type FailureBlame,
  type PushedDocumentStore,
  pushedEntityType,
} from '../../core/sync/index.ts';
import { insertConnection, insertJob } from './connection-inserts.ts';
import type { Database, Queries } from './database.ts';
import { isUniqueViolation } from './postgres-errors.ts';
import { mayBeSeenBy } from './searcher-rights.ts';
import { toStorableJson } from './storable-json.ts';
import type { Tables } from './tables.ts';

export function createPushedDocumentStore(database: Database): PushedDocumentStore {
  return {
    async listPushed(scope, syncId, { afterRowId, limit }) {
      const rows = await database
        .scoped(scope)
        .selectFrom('pushed_documents')
        .select(['id', 'entity_id', 'record', 'blob_key'])
        .where('organization_id', '=', scope.organizationId)
        .where('sync_id', '=', syncId)
        .where('id', '>', afterRowId)
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        rowId: row.id,
        entityId: row.entity_id,
        record: row.record,
        blobKey: row.blob_key,
      }));
    },
  };
}

export function createDocumentStore(database: Database): DocumentStore {
  return {
    async ensurePushTarget(scope, collectionId, createdByEmail) {
      const existing = await findPushTarget(database.scoped(scope), scope, collectionId);
      if (existing !== undefined) return existing;
      const target = { sourceConnectionId: newId(SourceConnectionId), syncId: newId(SyncId) };
      try {
        await database
          .scoped(scope)
          .transaction()
          .execute((transaction) =>
            insertConnection(transaction, scope, {
              id: target.sourceConnectionId,
              collectionId,
              name: 'Documents',
              description: 'What was pushed to this collection.',
              shortName: documentsSource,
              config: {},
              sealedCredentials: null,
              authMethod: 'direct',
              createdByEmail,
              sync: { id: target.syncId, cron: null, timeZone: 'UTC', isContinuous: false, nextRunAt: null },
              job: null,
            }),
          );
        return target;
      } catch (error) {
        if (!isUniqueViolation(error, 'source_connections_documents')) throw error;
        // Another push made it a moment ago.
        const made = await findPushTarget(database.scoped(scope), scope, collectionId);
        if (made === undefined) throw error;
        return made;
      }
    },

    async findPushTarget(scope, collectionId) {
      return findPushTarget(database.scoped(scope), scope, collectionId);
    },

    async enqueue(scope, target, jobId, rows) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await lockSync(transaction, scope, target);
          const uploads = await removeWaiting(
            transaction,
            scope,
            target,
            rows.map((row) => row.entityId),
          );
          await sql`
            insert into index_drops (organization_id, collection_id, document_id, before_version, raw_key)
            select ${scope.organizationId}, collection_id, id, 0, key
            from source_connections, unnest(${[...uploads]}::text[]) as key
            where id = ${target.sourceConnectionId}`.execute(transaction);
          const records = rows.map((row) => ({ entity_id: row.entityId, record: row.record, blob_key: row.blobKey }));
          const inserted = await sql<{ id: number }>`
            with inserted as (
              insert into pushed_documents (organization_id, sync_id, entity_id, record, blob_key)
              select ${scope.organizationId}, ${target.syncId}, row.entity_id, row.record, row.blob_key
              from jsonb_to_recordset(${toStorableJson(records)}::jsonb) as row(entity_id text, record jsonb, blob_key text)
              returning id
            ) select max(id) as id from inserted`.execute(transaction);
          const active = await transaction
            .selectFrom('sync_jobs')
            .select('id')
            .where('organization_id', '=', scope.organizationId)
            .where('sync_id', '=', target.syncId)
            .where('status', 'in', activeJobStatuses)
            .executeTakeFirst();
          if (active === undefined) {
            await insertJob(transaction, scope, target.syncId, { id: jobId, trigger: 'push', forceFull: false });
          }
          return inserted.rows[0]?.id ?? 0;
        });
    },

    async findWaitingUploads(scope, target, keys) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await lockSync(transaction, scope, target);
          const rows = await transaction
            .selectFrom('pushed_documents')
            .select('blob_key')
            .where('organization_id', '=', scope.organizationId)
            .where('sync_id', '=', target.syncId)
            .where(sql<boolean>`blob_key = any(${[...keys]}::text[])`)
            .execute();
          return new Set(rows.flatMap((row) => (row.blob_key === null ? [] : [row.blob_key])));
        });
    },

    async isPending(scope, target, lastRowId) {
      const row = await database
        .scoped(scope)
        .selectFrom('pushed_documents')
        .select('id')
        .where('organization_id', '=', scope.organizationId)
        .where('sync_id', '=', target.syncId)
        .where('id', '<=', lastRowId)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },

    async findPushedStates(scope, target, entityIds) {
      const { rows } = await sql<{
        entity_id: string;
        state: 'indexed' | 'failed';
        error: string | null;
        entity_hash: string | null;
        is_pending: boolean;
      }>`
        select entity_id, state, error, entity_hash, exists (
          select from pushed_documents waiting
          where waiting.sync_id = ${target.syncId} and waiting.entity_id = documents.entity_id
        ) as is_pending
        from documents
        where organization_id = ${scope.organizationId} and source_connection_id = ${target.sourceConnectionId}
          and entity_type = ${pushedEntityType} and entity_id = any(${[...entityIds]}::text[])`.execute(
        database.scoped(scope),
      );
      return rows.map((row) => ({
        entityId: row.entity_id,
        state: row.state,
        error: row.error,
        entityHash: row.entity_hash,
        isPending: row.is_pending,
      }));
    },

    async list(scope, collectionId, { state, sourceConnectionId, search, principals, skip, limit }) {
      const pattern = search === null ? null : `%${search.replace(/[\\%_]/g, '\\$&')}%`;
      const { rows } = await sql<DocumentRow>`
        select * from (${allDocuments(scope, collectionId)}) as document
        where (${state}::text is null or state = ${state})
          and (${sourceConnectionId}::uuid is null or source_connection_id = ${sourceConnectionId})
          and (${pattern}::text is null or name ilike ${pattern})
          and ${isSeenBy(principals)}
        order by id offset ${skip} limit ${limit}`.execute(database.scoped(scope));
      return rows.map(toDocument);
    },

    async find(scope, collectionId, documentId, principals) {
      const { rows } = await sql<DocumentRow>`
        select * from (${allDocuments(scope, collectionId)}) as document
        where (id::text = lower(${documentId}) or (entity_id = ${documentId} and source_name = ${documentsSource}))
          and ${isSeenBy(principals)}
        order by entity_id = ${documentId} desc limit 1`.execute(database.scoped(scope));
      return rows[0] === undefined ? undefined : toDocument(rows[0]);
    },

    async setExcluded(scope, collectionId, id, isExcluded) {
      await database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          // It may lie behind the place where the last run stopped: the next one reads everything. Locked first, as pages do.
          if (!isExcluded) {
            await sql`
              update syncs set last_full_run_at = null
              where organization_id = ${scope.organizationId} and id = (
                select sync_id from documents where id = ${id} and excluded_at is not null)`.execute(transaction);
          }
          const changed = await transaction
            .updateTable('documents')
            // Nothing is indexed of it from now on, and without its hashes the next run that is given it indexes it anew.
            .set({
              excluded_at: isExcluded ? sql<Date>`now()` : null,
              ...{ version: 0, chunk_count: 0, entity_hash: null, content_hash: null, revision: null },
            })
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .where('excluded_at', isExcluded ? 'is' : 'is not', null)
            .executeTakeFirst();
          if (!isExcluded || changed.numUpdatedRows === 0n) return;
          await sql`
            insert into index_drops (organization_id, collection_id, document_id, before_version)
            values (${scope.organizationId}, ${collectionId}, ${id}, nextval('document_versions'))`.execute(
            transaction,
          );
        });
    },

    async findRawKey(scope, id) {
      const row = await database
        .scoped(scope)
        .selectFrom('documents')
        .select('raw_key')
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.raw_key ?? undefined;
    },

    async deletePushed(scope, collectionId, target, document) {
      await database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await lockSync(transaction, scope, target);
          const uploads = await removeWaiting(transaction, scope, target, [document.entityId]);
          const deleted = await transaction
            .deleteFrom('documents')
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', document.id)
            .returning('raw_key')
            .executeTakeFirst();
          const keys = [deleted?.raw_key ?? null, ...uploads];
          await sql`
            insert into index_drops (organization_id, collection_id, document_id, before_version, raw_key)
            select ${scope.organizationId}, ${collectionId}, ${document.id}, nextval('document_versions'), key
            from unnest(${keys}::text[]) as key`.execute(transaction);
        });
    },
  };
}

async function findPushTarget(
  queries: Queries,
  scope: Scope,
  collectionId: CollectionId,
): Promise<PushTarget | undefined> {
  const row = await queries
    .selectFrom('source_connections as connection')
    .innerJoin('syncs as sync', 'sync.source_connection_id', 'connection.id')
    .select(['connection.id', 'sync.id as sync_id'])
    .where('connection.organization_id', '=', scope.organizationId)
    .where('connection.collection_id', '=', collectionId)
    .where('connection.short_name', '=', documentsSource)
    .where('connection.deleted_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { sourceConnectionId: SourceConnectionId.parse(row.id), syncId: SyncId.parse(row.sync_id) };
}

/** Held by pushes, deletes and the end of a job, so that none of them misses the other. */
async function lockSync(transaction: Transaction<Tables>, scope: Scope, target: PushTarget): Promise<void> {
  await transaction
    .selectFrom('syncs')
    .select('id')
    .where('organization_id', '=', scope.organizationId)
    .where('id', '=', target.syncId)
    .forUpdate()
    .execute();
}

/** Removes what waits under these ids; returns the keys of uploads that nobody needs now. */
async function removeWaiting(
  transaction: Transaction<Tables>,
  scope: Scope,
  target: PushTarget,
  entityIds: readonly string[],
): Promise<readonly string[]> {
  const removed = await transaction
    .deleteFrom('pushed_documents')
    .where('organization_id', '=', scope.organizationId)
    .where('sync_id', '=', target.syncId)
    .where(sql<boolean>`entity_id = any(${[...entityIds]}::text[])`)
    .returning('blob_key')
    .execute();
  return removed.flatMap((row) => (row.blob_key === null ? [] : [row.blob_key]));
}

/** Of what was never indexed, nobody knows yet who may see it. */
function isSeenBy(principals: readonly string[] | undefined): RawBuilder<boolean> {
  if (principals === undefined) return mayBeSeenBy(undefined);
  return sql<boolean>`(document.indexed_at is not null and ${mayBeSeenBy(principals)})`;
}

/** Indexed and failed documents, and those pushed ones that wait for the first time. */
function allDocuments(scope: Scope, collectionId: CollectionId): RawBuilder<DocumentRow> {
  return sql<DocumentRow>`
    select document.id, document.entity_id, document.entity_type, document.name, document.url,
      case when document.excluded_at is not null then 'excluded'
        when waiting.entity_id is not null or (document.state = 'indexed' and document.version = 0) then 'pending'
        else document.state end as state,
      document.error, document.tries, document.error_blame, document.first_failed_at, document.last_failed_at, document.source_connection_id, connection.short_name as source_name,
      document.chunk_count, document.size_bytes, document.mime_type, document.metadata, document.breadcrumbs, document.access,
      document.source_created_at, document.source_updated_at,
      case when document.version > 0 then document.modified_at end as indexed_at, document.is_truncated, document.hidden_characters
    from documents document
    join source_connections connection on connection.id = document.source_connection_id and connection.deleted_at is null
    left join lateral (
      select entity_id from pushed_documents waiting
      where waiting.sync_id = document.sync_id and waiting.entity_id = document.entity_id limit 1
    ) waiting on true
    where document.organization_id = ${scope.organizationId} and document.collection_id = ${collectionId}
    union all
    select waiting.id_of_document, waiting.entity_id, ${pushedEntityType}, waiting.record ->> 'name', waiting.record ->> 'url', 'pending',
      null, 0, null, null, null, connection.id, connection.short_name, 0, null, null, coalesce(waiting.record -> 'metadata', '{}'), '[]', null,
      (waiting.record ->> 'created_at')::timestamptz, (waiting.record ->> 'updated_at')::timestamptz, null, null, null
    from (
      select distinct on (sync_id, entity_id) *, null::uuid as id_of_document from pushed_documents
      order by sync_id, entity_id, id desc
    ) waiting
    join syncs sync on sync.id = waiting.sync_id
    join source_connections connection on connection.id = sync.source_connection_id and connection.deleted_at is null
    where waiting.organization_id = ${scope.organizationId} and connection.collection_id = ${collectionId}
      and not exists (
        select from documents known where known.source_connection_id = connection.id
          and known.entity_type = ${pushedEntityType} and known.entity_id = waiting.entity_id
      )`;
}

interface DocumentRow {
  /** Null for one that waits for the first time: its id is derived. */
  id: string | null;
  entity_id: string;
  entity_type: string;
  name: string;
  url: string | null;
  state: Document['state'];
  error: string | null;
  tries: number;
  error_blame: FailureBlame | null;
  first_failed_at: Date | null;
  last_failed_at: Date | null;
  source_connection_id: string;
  source_name: string;
  chunk_count: number;
  size_bytes: number | null;
  mime_type: string | null;
  metadata: Document['metadata'];
  breadcrumbs: Document['breadcrumbs'];
  access: Document['access'];
  source_created_at: Date | null;
  source_updated_at: Date | null;
  indexed_at: Date | null;
  is_truncated: boolean | null;
  hidden_characters: number | null;
}

function toDocument(row: DocumentRow): Document {
  const sourceConnectionId = SourceConnectionId.parse(row.source_connection_id);
  return {
    id: row.id === null ? documentIdOf(sourceConnectionId, row.entity_type, row.entity_id) : DocumentId.parse(row.id),
    entityId: row.entity_id,
    entityType: row.entity_type,
    name: row.name,
    url: row.url,
    state: row.state,
    error: row.error,
    tries: row.tries,
    errorBlame: row.error_blame,
    firstFailedAt: row.first_failed_at,
    lastFailedAt: row.last_failed_at,
    sourceConnectionId,
    sourceName: row.source_name,
    chunkCount: row.chunk_count,
    sizeBytes: row.size_bytes,
    mimeType: row.mime_type,
    metadata: row.metadata,
    breadcrumbs: row.breadcrumbs,
    access: row.access,
    createdAt: row.source_created_at,
    updatedAt: row.source_updated_at,
    indexedAt: row.indexed_at,
    leftOut: { isTruncated: row.is_truncated ?? false, hiddenCharacters: row.hidden_characters ?? 0 },
  };
}
