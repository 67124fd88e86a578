import { type RawBuilder, sql } from 'kysely';
import {
  type Collection,
  type CollectionFilter,
  type CollectionStore,
  collectionStatus,
  type ListedCollection,
  type SyncConfig,
} from '../../core/collections/index.ts';
import { collectionEvent } from '../../core/events/index.ts';
import { CollectionId, OrganizationId, type Scope } from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';
import { appendEvents } from './event-outbox.ts';

/**
 * Collections, each read with the health of its source connections in the same statement: the latest job of a connection is
 * one step down the index on (sync_id, created_at), so a read stays one short round trip.
 */
export function createCollectionStore(database: Database): CollectionStore {
  return {
    async insert(scope, collection) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          // Waits for another transaction that is making the same readable id, so that of several at once one wins.
          const row = await queries
            .insertInto('collections')
            .values({
              id: collection.id,
              organization_id: scope.organizationId,
              name: collection.name,
              readable_id: collection.readableId,
              sync_config: toJsonColumn(collection.syncConfig),
              encoder_name: collection.encoderName,
              dimensions: collection.dimensions,
              created_at: collection.createdAt,
              modified_at: collection.modifiedAt,
              created_by_email: collection.createdByEmail,
              modified_by_email: collection.modifiedByEmail,
            })
            .onConflict((conflict) => conflict.column('readable_id').where('deleted_at', 'is', null).doNothing())
            .returning('id')
            .executeTakeFirst();
          if (row === undefined) return false;
          await appendEvents(queries, scope, [collectionEvent('collection.created', collection, collection.createdAt)]);
          return true;
        });
    },

    find: (scope, readableId) => findCollection(database.scoped(scope), scope, readableId),

    async list(scope, filter, { skip, limit }) {
      const { rows } = await sql<ListedRow>`
        select ${collectionColumns}, summaries.list as connections
        from collections collection ${connectionHealth}
        cross join lateral (
          select coalesce(json_agg(json_build_object('shortName', connection.short_name, 'name', connection.name)
            order by connection.created_at, connection.id), '[]') as list
          from source_connections connection
          where connection.collection_id = collection.id and connection.organization_id = collection.organization_id
            and connection.deleted_at is null
        ) summaries
        where ${matches(scope, filter)}
        order by collection.created_at desc, collection.id desc
        limit ${limit} offset ${skip}`.execute(database.scoped(scope));
      return rows.map((row) => ({ ...toCollection(row), connections: row.connections }));
    },

    async count(scope, filter) {
      const { rows } = await sql<{ count: number }>`
        select count(*) as count from collections collection where ${matches(scope, filter)}`.execute(
        database.scoped(scope),
      );
      return rows[0]?.count ?? 0;
    },

    update: (scope, readableId, change) =>
      database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          await queries
            .updateTable('collections')
            .set({
              ...(change.name === undefined ? {} : { name: change.name }),
              ...(change.syncConfig === undefined ? {} : { sync_config: toJsonColumn(change.syncConfig) }),
              modified_at: change.modifiedAt,
              modified_by_email: change.modifiedByEmail,
            })
            .where('organization_id', '=', scope.organizationId)
            .where('readable_id', '=', readableId)
            .where('deleted_at', 'is', null)
            .execute();
          const collection = await findCollection(queries, scope, readableId);
          if (collection !== undefined) {
            await appendEvents(queries, scope, [collectionEvent('collection.updated', collection, change.modifiedAt)]);
          }
          return collection;
        }),

    delete: (scope, readableId) =>
      database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          // Not `for update`: that would wait for every page that a running sync is committing.
          const collection = await findCollection(queries, scope, readableId, sql`for no key update of collection`);
          if (collection === undefined) return undefined;
          await hideCollection(queries, scope, collection.id);
          await appendEvents(queries, scope, [collectionEvent('collection.deleted', collection, new Date())]);
          return collection;
        }),
  };
}

interface CollectionRow {
  readonly id: string;
  readonly organization_id: string;
  readonly name: string;
  readonly readable_id: string;
  readonly sync_config: SyncConfig | null;
  readonly encoder_name: string;
  readonly dimensions: number;
  readonly created_at: Date;
  readonly modified_at: Date;
  readonly created_by_email: string | null;
  readonly modified_by_email: string | null;
  readonly authenticated: number;
  readonly working: number;
  readonly failing: number;
}

interface ListedRow extends CollectionRow {
  readonly connections: ListedCollection['connections'];
}

const collectionColumns = sql`collection.id, collection.organization_id, collection.name, collection.readable_id,
  collection.sync_config, collection.encoder_name, collection.dimensions, collection.created_at, collection.modified_at,
  collection.created_by_email, collection.modified_by_email, health.authenticated, health.working, health.failing`;

const connectionHealth = sql`cross join lateral (
    select count(*) as authenticated,
      count(*) filter (where latest.status in ('completed', 'running', 'cancelling')) as working,
      count(*) filter (where latest.status = 'failed') as failing
    from source_connections connection
    left join syncs sync on sync.source_connection_id = connection.id
    left join lateral (
      select job.status from sync_jobs job where job.sync_id = sync.id order by job.created_at desc limit 1
    ) latest on true
    where connection.collection_id = collection.id and connection.organization_id = collection.organization_id
      and connection.deleted_at is null and connection.is_authenticated
  ) health`;

async function findCollection(
  queries: Queries,
  scope: Scope,
  readableId: string,
  lock: RawBuilder<unknown> = sql``,
): Promise<Collection | undefined> {
  const { rows } = await sql<CollectionRow>`
    select ${collectionColumns} from collections collection ${connectionHealth}
    where collection.readable_id = ${readableId} and collection.organization_id = ${scope.organizationId}
      and collection.deleted_at is null ${lock}`.execute(queries);
  return rows[0] === undefined ? undefined : toCollection(rows[0]);
}

/** Called with a transaction; a sweep removes what it had. */
export async function hideCollection(queries: Queries, scope: Scope, id: CollectionId): Promise<void> {
  const organizationId = scope.organizationId;
  await sql`update collections set deleted_at = now() where id = ${id} and organization_id = ${organizationId}`.execute(
    queries,
  );
  await sql`update source_connections set deleted_at = now()
    where collection_id = ${id} and organization_id = ${organizationId} and deleted_at is null`.execute(queries);
  const syncs = sql`select sync.id from syncs sync join source_connections connection on connection.id = sync.source_connection_id
    where connection.collection_id = ${id} and connection.organization_id = ${organizationId}`;
  await sql`update syncs set status = 'inactive', next_run_at = null, modified_at = now()
    where id in (${syncs}) and organization_id = ${organizationId}`.execute(queries);
  // A worker in the middle of one finds its lease gone at its next write, and stops.
  await sql`update sync_jobs set status = 'cancelled', completed_at = now(), lease_owner = null, lease_expires_at = null
    where sync_id in (${syncs}) and organization_id = ${organizationId}
      and status in ('created', 'pending', 'running', 'cancelling')`.execute(queries);
}

function matches(scope: Scope, { search, readableIds }: CollectionFilter): RawBuilder<unknown> {
  const conditions = [sql`collection.organization_id = ${scope.organizationId}`, sql`collection.deleted_at is null`];
  if (readableIds !== null) conditions.push(sql`collection.readable_id = any(${readableIds})`);
  if (search !== null && search !== '') {
    const pattern = `%${search}%`;
    conditions.push(sql`(collection.name ilike ${pattern} or collection.readable_id ilike ${pattern})`);
  }
  return sql.join(conditions, sql` and `);
}

function toJsonColumn(value: SyncConfig | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

function toCollection(row: CollectionRow): Collection {
  return {
    id: CollectionId.parse(row.id),
    organizationId: OrganizationId.parse(row.organization_id),
    name: row.name,
    readableId: row.readable_id,
    syncConfig: row.sync_config,
    encoderName: row.encoder_name,
    dimensions: row.dimensions,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    createdByEmail: row.created_by_email,
    modifiedByEmail: row.modified_by_email,
    status: collectionStatus(row),
  };
}
