import { sql, type Transaction } from 'kysely';
import type { DocumentId } from '../../core/shared/index.ts';
import {
  type ClaimedJob,
  type DocumentDeletion,
  type DocumentWrite,
  IndexReplacedError,
  type JobCounts,
  LeaseLostError,
  type PageCommit,
  RunCancelledError,
} from '../../core/sync/index.ts';
import { batchEvent, type CommittedBatch } from './batch-event.ts';
import { appendEvents } from './event-outbox.ts';
import { progressColumns } from './job-progress.ts';
import { toStorableJson } from './storable-json.ts';
import type { Tables } from './tables.ts';

/**
 * Writes all that a page changed, in the caller's transaction: the job row first, which checks the lease and holds the row
 * until the end, then documents, what is superseded, and the checkpoint. All sets go as one JSON parameter per statement, so
 * that a page is a handful of round trips whatever its size.
 *
 * @throws LeaseLostError when the job is no longer the worker's, RunCancelledError when it is to stop, IndexReplacedError when
 *   it wrote its rows to an index that is no longer read; nothing is written then
 */
export async function writePage(transaction: Transaction<Tables>, job: ClaimedJob, page: PageCommit): Promise<void> {
  await requireGeneration(transaction, job);
  const cancelled = await takeWaiting(transaction, job, page);
  const writes = page.writes.filter((write) => !cancelled.has(write.id));
  const counts = withoutCancelled(page, cancelled);
  const batch = await updateJob(transaction, job, { ...page, writes }, counts);
  if (page.cursors !== undefined) {
    await transaction
      .updateTable('syncs')
      .set({ cursors: JSON.stringify(page.cursors) })
      .where('organization_id', '=', job.scope.organizationId)
      .where('id', '=', job.syncId)
      .execute();
  }
  const run = job.run?.number ?? 0;
  if (writes.length > 0) await writeDocuments(transaction, job, { ...page, writes }, run);
  if (page.failures.length > 0) await writeFailures(transaction, job, page, run);
  if (page.kept.length > 0) await markKept(transaction, job, page, run);
  if (page.deletions.length > 0) await deleteDocuments(transaction, job, page.deletions, page.version);
  await dropDeletedMeanwhile(
    transaction,
    job,
    page.writes.filter((write) => cancelled.has(write.id)),
    page.version,
  );
  if (batch !== undefined) {
    await appendEvents(transaction, job.scope, [batchEvent(job, { ...page, writes, counts }, batch)]);
  }
}

/** Held until the commit: a rebuilt index is put in place before a page's documents change or after, never in between. */
async function requireGeneration(transaction: Transaction<Tables>, job: ClaimedJob): Promise<void> {
  const collection = await transaction
    .selectFrom('collections')
    .select('index_generation')
    .where('organization_id', '=', job.scope.organizationId)
    .where('id', '=', job.index.collectionId)
    .forShare()
    .executeTakeFirst();
  if (collection === undefined) throw new LeaseLostError();
  if (collection.index_generation !== job.index.generation) throw new IndexReplacedError();
}

/**
 * Rows of documents that were deleted while they were being indexed: no document row hides or supersedes them later. Where a
 * newer push took the place of the one indexed here, the document row is still there, and that push will supersede them.
 */
async function dropDeletedMeanwhile(
  transaction: Transaction<Tables>,
  job: ClaimedJob,
  writes: readonly DocumentWrite[],
  version: number,
): Promise<void> {
  if (writes.length === 0) return;
  const existing = await transaction
    .selectFrom('documents')
    .select('id')
    .where('organization_id', '=', job.scope.organizationId)
    .where(sql<boolean>`id = any(${writes.map((write) => write.id)}::uuid[])`)
    .execute();
  const ids = new Set<string>(existing.map((row) => row.id));
  await noteDrops(
    transaction,
    job,
    writes.filter((write) => !ids.has(write.id)),
    version + 1,
  );
}

/**
 * Removes the waiting rows that this page has dealt with. A row that is gone was deleted by a person meanwhile: what it led
 * to must not be written. Returns those documents.
 */
async function takeWaiting(
  transaction: Transaction<Tables>,
  job: ClaimedJob,
  page: PageCommit,
): Promise<ReadonlySet<DocumentId>> {
  const { pushedRows = [] } = page;
  if (pushedRows.length === 0) return new Set();
  const taken = await transaction
    .deleteFrom('pushed_documents')
    .where('organization_id', '=', job.scope.organizationId)
    .where(sql<boolean>`id = any(${pushedRows.map((row) => row.rowId)}::bigint[])`)
    .returning(['id', 'blob_key'])
    .execute();
  const takenIds = new Set(taken.map((row) => row.id));
  // Uploaded bytes are in the raw record now; version 0 drops no index rows.
  const documentOf = new Map(pushedRows.map((row) => [row.rowId, row.documentId]));
  const uploads = taken.flatMap(({ id, blob_key }) => {
    const documentId = documentOf.get(id);
    return blob_key === null || documentId === undefined ? [] : [{ id: documentId, rawKey: blob_key }];
  });
  await noteDrops(transaction, job, uploads, 0);
  const written = new Set(pushedRows.filter((row) => takenIds.has(row.rowId)).map((row) => row.documentId));
  return new Set(pushedRows.map((row) => row.documentId).filter((id) => !written.has(id)));
}

function withoutCancelled(page: PageCommit, cancelled: ReadonlySet<DocumentId>): JobCounts {
  const gone = page.writes.filter((write) => cancelled.has(write.id));
  const updated = gone.filter((write) => write.replaces !== undefined).length;
  return {
    ...page.counts,
    inserted: page.counts.inserted - (gone.length - updated),
    updated: page.counts.updated - updated,
  };
}

async function updateJob(
  transaction: Transaction<Tables>,
  job: ClaimedJob,
  page: PageCommit,
  counts: JobCounts,
): Promise<CommittedBatch | undefined> {
  const chunks = page.writes.reduce((sum, write) => sum + write.chunkCount, 0);
  const hasChanges = counts.inserted + counts.updated + counts.deleted + counts.kept > 0;
  const encountered = Object.entries(page.encountered ?? {});
  const updated = await transaction
    .updateTable('sync_jobs')
    .set((eb) => ({
      entities_inserted: eb('entities_inserted', '+', counts.inserted),
      entities_updated: eb('entities_updated', '+', counts.updated),
      entities_deleted: eb('entities_deleted', '+', counts.deleted),
      entities_kept: eb('entities_kept', '+', counts.kept),
      entities_skipped: eb('entities_skipped', '+', counts.failed),
      chunks_written: eb('chunks_written', '+', chunks),
      ...(hasChanges ? { batches: eb('batches', '+', 1), batch_at: sql<Date>`clock_timestamp()` } : {}),
      ...(encountered.length === 0 ? {} : { entities_encountered: addEncountered(encountered) }),
      ...(page.progress === undefined ? {} : progressColumns(page.progress)),
      ...(page.version > 0 ? { committed_version: page.version } : {}),
      ...(page.position === undefined ? {} : { position: JSON.stringify(page.position) }),
    }))
    .where('organization_id', '=', job.scope.organizationId)
    .where('id', '=', job.id)
    .where('lease_owner', '=', job.leaseOwner)
    .where('status', '=', 'running')
    // Inside, the row is still as it was.
    .returning((eb) => [
      'batches',
      'batch_at',
      eb
        .selectFrom('sync_jobs as before')
        .select(sql<Date | null>`coalesce(before.batch_at, before.started_at)`.as('at'))
        .whereRef('before.id', '=', 'sync_jobs.id')
        .as('last_at'),
    ])
    .executeTakeFirst();
  if (updated !== undefined) {
    return hasChanges ? toBatch(updated) : undefined;
  }
  const held = await transaction
    .selectFrom('sync_jobs')
    .select('status')
    .where('organization_id', '=', job.scope.organizationId)
    .where('id', '=', job.id)
    .where('lease_owner', '=', job.leaseOwner)
    .executeTakeFirst();
  throw held?.status === 'cancelling' ? new RunCancelledError() : new LeaseLostError();
}

function toBatch(row: { batches: number; batch_at: Date | null; last_at: Date | null }): CommittedBatch {
  const at = row.batch_at ?? new Date();
  return { number: row.batches, at, durationMs: Math.max(0, at.getTime() - (row.last_at ?? at).getTime()) };
}

/** The numbers of this page on top of those before it. */
function addEncountered(counts: readonly (readonly [entityType: string, count: number])[]) {
  return sql<string>`(
    select jsonb_object_agg(type, total) from (
      select type, sum(count::bigint) as total from (
        select * from jsonb_each_text(entities_encountered)
        union all select * from unnest(${counts.map(([type]) => type)}::text[], ${counts.map(([, count]) => String(count))}::text[])
      ) as counted(type, count) group by type
    ) sums
  )`;
}

async function writeDocuments(
  transaction: Transaction<Tables>,
  job: ClaimedJob,
  page: PageCommit,
  run: number,
): Promise<void> {
  const rows = page.writes.map((write) => ({
    id: write.id,
    entity_id: write.entityId,
    entity_type: write.entityType,
    name: write.name,
    url: write.url,
    chunk_count: write.chunkCount,
    entity_hash: write.entityHash,
    content_hash: write.contentHash,
    revision: write.revision,
    raw_key: write.rawKey,
    size_bytes: write.sizeBytes,
    file_name: write.fileName,
    mime_type: write.mimeType,
    metadata: write.fields,
    breadcrumbs: write.breadcrumbs,
    access: write.access,
    is_truncated: write.leftOut?.isTruncated,
    hidden_characters: write.leftOut?.hiddenCharacters,
    source_created_at: write.createdAt,
    source_updated_at: write.updatedAt,
  }));
  await sql`
    insert into documents (id, organization_id, collection_id, source_connection_id, sync_id, entity_id, entity_type, name, url,
      state, version, chunk_count, entity_hash, content_hash, revision, raw_key, size_bytes, file_name, mime_type, metadata,
      breadcrumbs, access, source_created_at, source_updated_at, is_truncated, hidden_characters, seen_run)
    select row.id, ${job.scope.organizationId}, ${job.index.collectionId}, ${job.connection.id}, ${job.syncId}, row.entity_id,
      row.entity_type, row.name, row.url, 'indexed', ${page.version}, row.chunk_count, row.entity_hash, row.content_hash,
      row.revision, row.raw_key, row.size_bytes, row.file_name, row.mime_type, row.metadata, row.breadcrumbs, row.access,
      row.source_created_at, row.source_updated_at, row.is_truncated, row.hidden_characters, ${run}
    from jsonb_to_recordset(${toStorableJson(rows)}::jsonb) as row(id uuid, entity_id text, entity_type text, name text, url text,
      chunk_count integer, entity_hash text, content_hash text, revision text, raw_key text, size_bytes bigint, file_name text, mime_type text,
      metadata jsonb, breadcrumbs jsonb, access jsonb, source_created_at timestamptz, source_updated_at timestamptz,
      is_truncated boolean, hidden_characters integer)
    on conflict (id) do update set name = excluded.name, url = excluded.url, state = 'indexed', error = null, tries = 0,
      error_blame = null, first_failed_at = null, last_failed_at = null,
      version = excluded.version, chunk_count = excluded.chunk_count, entity_hash = excluded.entity_hash,
      content_hash = excluded.content_hash, revision = excluded.revision, raw_key = excluded.raw_key,
      size_bytes = excluded.size_bytes, file_name = excluded.file_name, mime_type = excluded.mime_type, metadata = excluded.metadata,
      breadcrumbs = excluded.breadcrumbs, access = excluded.access, source_created_at = excluded.source_created_at,
      source_updated_at = excluded.source_updated_at, is_truncated = coalesce(excluded.is_truncated, documents.is_truncated),
      hidden_characters = coalesce(excluded.hidden_characters, documents.hidden_characters), seen_run = excluded.seen_run, modified_at = now()`.execute(
    transaction,
  );
  const superseded = page.writes.flatMap(({ id, rawKey, replaces }) =>
    replaces === undefined ? [] : [{ id, rawKey: replaces.rawKey === rawKey ? null : replaces.rawKey }],
  );
  await noteDrops(transaction, job, superseded, page.version);
}

/** What was indexed before stays as it is; the row says why the last try failed. */
async function writeFailures(
  transaction: Transaction<Tables>,
  job: ClaimedJob,
  page: PageCommit,
  run: number,
): Promise<void> {
  const rows = page.failures.map((failure) => ({
    id: failure.id,
    entity_id: failure.entityId,
    entity_type: failure.entityType,
    name: failure.name,
    url: failure.url,
    breadcrumbs: failure.breadcrumbs,
    error: failure.error,
    blame: failure.blame ?? 'weft',
  }));
  await sql`
    insert into documents (id, organization_id, collection_id, source_connection_id, sync_id, entity_id, entity_type, name, url,
      state, error, error_blame, first_failed_at, last_failed_at, tries, breadcrumbs, seen_run)
    select row.id, ${job.scope.organizationId}, ${job.index.collectionId}, ${job.connection.id}, ${job.syncId}, row.entity_id,
      row.entity_type, row.name, row.url, 'failed', row.error, row.blame, now(), now(), 1, row.breadcrumbs, ${run}
    from jsonb_to_recordset(${toStorableJson(rows)}::jsonb) as row(id uuid, entity_id text, entity_type text, name text, url text,
      breadcrumbs jsonb, error text, blame text)
    on conflict (id) do update set state = 'failed', error = excluded.error, tries = documents.tries + 1, error_blame = excluded.error_blame,
      first_failed_at = coalesce(documents.first_failed_at, now()), last_failed_at = now(),
      seen_run = excluded.seen_run, modified_at = now()`.execute(transaction);
}

async function markKept(
  transaction: Transaction<Tables>,
  job: ClaimedJob,
  page: PageCommit,
  run: number,
): Promise<void> {
  await sql`
    update documents set seen_run = ${run}, revision = coalesce(kept.revision, documents.revision)
    from unnest(${page.kept.map((item) => item.id)}::uuid[], ${page.kept.map((item) => item.revision)}::text[]) as kept(id, revision)
    where documents.id = kept.id and documents.organization_id = ${job.scope.organizationId}`.execute(transaction);
}

async function deleteDocuments(
  transaction: Transaction<Tables>,
  job: ClaimedJob,
  deletions: readonly DocumentDeletion[],
  version: number,
): Promise<void> {
  await transaction
    .deleteFrom('documents')
    .where('organization_id', '=', job.scope.organizationId)
    .where('source_connection_id', '=', job.connection.id)
    .where(sql<boolean>`id = any(${deletions.map((deletion) => deletion.id)}::uuid[])`)
    .execute();
  await noteDrops(transaction, job, deletions, version);
}

async function noteDrops(
  transaction: Transaction<Tables>,
  job: ClaimedJob,
  drops: readonly DocumentDeletion[],
  beforeVersion: number,
): Promise<void> {
  if (drops.length === 0) return;
  await transaction
    .insertInto('index_drops')
    .values(
      drops.map((drop) => ({
        organization_id: job.scope.organizationId,
        collection_id: job.index.collectionId,
        document_id: drop.id,
        before_version: beforeVersion,
        raw_key: drop.rawKey,
      })),
    )
    .execute();
}
