import { type Selectable, sql } from 'kysely';
import { ConnectSessionId, type ConnectSessionStore, type StoredConnectSession } from '../../core/connect/index.ts';
import { CollectionId, OrganizationId } from '../../core/shared/index.ts';
import type { Database } from './database.ts';
import type { ConnectSessionsTable } from './tables.ts';

export function createConnectSessionStore(database: Database): ConnectSessionStore {
  return {
    async insert(scope, session, apiKeyId) {
      const queries = database.scoped(scope);
      await queries
        .insertInto('connect_sessions')
        .values({
          id: session.id,
          organization_id: scope.organizationId,
          collection_id: session.collectionId,
          allowed_integrations: session.allowedIntegrations === null ? null : [...session.allowedIntegrations],
          mode: session.mode,
          end_user_id: session.endUserId,
          api_key_id: apiKeyId,
          created_at: session.createdAt,
          expires_at: session.expiresAt,
        })
        .execute();
      await queries
        .deleteFrom('connect_sessions')
        .where('organization_id', '=', scope.organizationId)
        .where('expires_at', '<', sql<Date>`now() - interval '1 day'`)
        .execute();
    },

    async find(scope, id) {
      const row = await database
        .scoped(scope)
        .selectFrom('connect_sessions as session')
        .innerJoin('collections as collection', 'collection.id', 'session.collection_id')
        .selectAll('session')
        .select('collection.readable_id')
        .where('session.organization_id', '=', scope.organizationId)
        .where('session.id', '=', id)
        .where('collection.deleted_at', 'is', null)
        .executeTakeFirst();
      return row === undefined ? undefined : toSession(row);
    },

    async revoke(scope, id, at) {
      const { numUpdatedRows } = await database
        .scoped(scope)
        .updateTable('connect_sessions')
        .set({ revoked_at: sql<Date>`coalesce(revoked_at, ${at})` })
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
  };
}

function toSession(row: Selectable<ConnectSessionsTable> & { readonly readable_id: string }): StoredConnectSession {
  return {
    id: ConnectSessionId.parse(row.id),
    organizationId: OrganizationId.parse(row.organization_id),
    collectionId: CollectionId.parse(row.collection_id),
    readableCollectionId: row.readable_id,
    allowedIntegrations: row.allowed_integrations,
    mode: row.mode,
    endUserId: row.end_user_id,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  };
}
