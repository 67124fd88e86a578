import { type RawBuilder, sql } from 'kysely';
import type { Access, Breadcrumb } from '../../connector-kit/index.ts';
import type { ClaimedReindex, RecordedDocument, ReindexStaging } from '../../core/reindex/index.ts';
import { DocumentId, type JsonObject, SourceConnectionId, SyncId } from '../../core/shared/index.ts';
import { LeaseLostError } from '../../core/sync/index.ts';
import type { Queries } from './database.ts';
import { toStorableJson } from './storable-json.ts';

interface LeaseChange {
  readonly documents_done?: number;
  readonly generation?: number;
  readonly documents_failed?: RawBuilder<number> | number;
  readonly pipeline?: string;
  readonly swapped_at?: RawBuilder<Date>;
  readonly error?: null;
}

/** Changes the row and holds it until the end of the transaction. @throws LeaseLostError */
export async function requireReindexLease(
  queries: Queries,
  reindex: ClaimedReindex,
  change: LeaseChange,
): Promise<void> {
  const updated = await queries
    .updateTable('reindexes')
    .set(change)
    .where('organization_id', '=', reindex.scope.organizationId)
    .where('id', '=', reindex.id)
    .where('lease_owner', '=', reindex.leaseOwner)
    .where('status', '=', 'running')
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw new LeaseLostError();
}

/** The notes of a rebuild, on the connection that is given: the swap's transaction makes them on its own. */
export function createReindexStaging(queries: Queries, reindex: ClaimedReindex): ReindexStaging {
  const { organizationId } = reindex.scope;
  const isLive = sql`source_connection_id = any(array(
    select id from source_connections where collection_id = ${reindex.collectionId} and deleted_at is null))`;
  // In the statement that makes the notes: who lost the rebuild makes none.
  const held = (count: number) => sql`held as (
    update reindexes set documents_done = documents_done + ${count}::integer
    where organization_id = ${organizationId} and id = ${reindex.id} and lease_owner = ${reindex.leaseOwner}
      and status = 'running' returning id)`;
  const note = async (statement: RawBuilder<{ held: number }>) => {
    const { rows } = await statement.execute(queries);
    if (rows[0]?.held !== 1) throw new LeaseLostError();
  };

  return {
    async listOutdated({ after, limit }) {
      const { rows } = await sql<OutdatedRow>`
        select document.*, connection.short_name from (
          select document.* from documents document
          where document.organization_id = ${organizationId} and document.collection_id = ${reindex.collectionId}
            and document.version > 0 and ${isLive}
            and ${after === null ? sql`true` : sql`document.id > ${after}`}
            and not exists (
              select from reindexed_documents staged where staged.reindex_id = ${reindex.id}
                and staged.document_id = document.id and staged.version = document.version)
          order by document.id limit ${limit}
        ) document join source_connections connection on connection.id = document.source_connection_id
        order by document.id`.execute(queries);
      return rows.map(toRecorded);
    },

    async plan(documentIds) {
      await note(sql`
        with ${held(0)}, noted as (
          insert into reindexed_documents (reindex_id, document_id, organization_id)
          select held.id, planned.id, ${organizationId} from held, unnest(${[...documentIds]}::uuid[]) as planned(id)
          on conflict do nothing
        ) select count(*) as held from held`);
    },

    async record(documents) {
      const rows = documents.map((one) => ({
        document_id: one.documentId,
        version: one.version,
        chunk_count: one.chunkCount,
        entity_hash: one.entityHash,
        content_hash: one.contentHash,
        revision: one.revision,
        error: one.error,
      }));
      await note(sql`
        with ${held(rows.length)}, noted as (insert into reindexed_documents (reindex_id, organization_id, document_id,
          version, chunk_count, entity_hash, content_hash, revision, error)
        select held.id, ${organizationId}::uuid, row.* from held, jsonb_to_recordset(${toStorableJson(rows)}::jsonb)
          as row(document_id uuid, version bigint, chunk_count integer, entity_hash text, content_hash text, revision text, error text)
        on conflict (reindex_id, document_id) do update set version = excluded.version, chunk_count = excluded.chunk_count,
          entity_hash = excluded.entity_hash, content_hash = excluded.content_hash, revision = excluded.revision,
          error = excluded.error) select count(*) as held from held`);
    },

    async listGone(limit) {
      const { rows } = await sql<{ document_id: string }>`
        select staged.document_id from reindexed_documents staged
        where staged.organization_id = ${organizationId} and staged.reindex_id = ${reindex.id}
          and not exists (select from documents where documents.id = staged.document_id and ${isLive})
        limit ${limit}`.execute(queries);
      return rows.map((row) => DocumentId.parse(row.document_id));
    },

    async forget(documentIds) {
      await queries
        .deleteFrom('reindexed_documents')
        .where('organization_id', '=', organizationId)
        .where('reindex_id', '=', reindex.id)
        .where(sql<boolean>`document_id = any(${[...documentIds]}::uuid[])`)
        .execute();
    },
  };
}

interface OutdatedRow {
  id: string;
  source_connection_id: string;
  short_name: string;
  sync_id: string;
  entity_id: string;
  entity_type: string;
  name: string;
  url: string | null;
  breadcrumbs: readonly Breadcrumb[];
  metadata: JsonObject;
  access: Access | null;
  source_created_at: Date | null;
  source_updated_at: Date | null;
  version: number;
  raw_key: string | null;
  size_bytes: number | null;
  entity_hash: string | null;
  revision: string | null;
  file_name: string | null;
  mime_type: string | null;
}

function toRecorded(row: OutdatedRow): RecordedDocument {
  return {
    id: DocumentId.parse(row.id),
    connectionId: SourceConnectionId.parse(row.source_connection_id),
    sourceName: row.short_name,
    syncId: SyncId.parse(row.sync_id),
    entityId: row.entity_id,
    entityType: row.entity_type,
    name: row.name,
    url: row.url,
    breadcrumbs: row.breadcrumbs,
    fields: row.metadata,
    access: row.access,
    createdAt: row.source_created_at,
    updatedAt: row.source_updated_at,
    version: row.version,
    rawKey: row.raw_key,
    sizeBytes: row.size_bytes,
    entityHash: row.entity_hash,
    revision: row.revision,
    fileName: row.file_name,
    mimeType: row.mime_type,
  };
}
