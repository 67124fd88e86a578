import { type Selectable, sql, type Transaction } from 'kysely';
import type { ProviderConnection, ProviderConnectionStore } from '../../core/auth-providers/index.ts';
import { AppError, ProviderConnectionId, type Scope, SourceConnectionId } from '../../core/shared/index.ts';
import type { AuthProviderConnectionsTable } from './auth-provider-tables.ts';
import type { Database } from './database.ts';
import { isUniqueViolation } from './postgres-errors.ts';
import type { Tables } from './tables.ts';

const readableIdIndex = 'auth_provider_connections_readable_id';
const columns = [
  'id',
  'readable_id',
  'name',
  'short_name',
  'description',
  'masked_client_id',
  'created_by_email',
  'modified_by_email',
  'created_at',
  'modified_at',
] as const;

export function createProviderConnectionStore(database: Database): ProviderConnectionStore {
  return {
    async insert(scope, connection) {
      try {
        const row = await database
          .scoped(scope)
          .insertInto('auth_provider_connections')
          .values({
            id: connection.id,
            organization_id: scope.organizationId,
            readable_id: connection.readableId,
            name: connection.name,
            short_name: connection.shortName,
            description: connection.description,
            credentials: Buffer.from(connection.sealedAuth),
            masked_client_id: connection.maskedClientId,
            created_by_email: connection.createdByEmail,
            modified_by_email: connection.createdByEmail,
          })
          .returning(columns)
          .executeTakeFirstOrThrow();
        return toProviderConnection(row);
      } catch (error) {
        if (!isUniqueViolation(error, readableIdIndex)) throw error;
        throw new AppError(
          'conflict',
          `An auth provider connection with the readable_id '${connection.readableId}' exists already (duplicate key). Choose another.`,
          { cause: error },
        );
      }
    },

    async find(scope, readableId) {
      const row = await database
        .scoped(scope)
        .selectFrom('auth_provider_connections')
        .select(columns)
        .where('organization_id', '=', scope.organizationId)
        .where('readable_id', '=', readableId)
        .executeTakeFirst();
      return row === undefined ? undefined : toProviderConnection(row);
    },

    async list(scope, { skip, limit }) {
      const rows = await database
        .scoped(scope)
        .selectFrom('auth_provider_connections')
        .select(columns)
        .where('organization_id', '=', scope.organizationId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .offset(skip)
        .limit(limit)
        .execute();
      return rows.map(toProviderConnection);
    },

    async update(scope, id, { name, description, auth, modifiedByEmail }) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          const row = await transaction
            .updateTable('auth_provider_connections')
            .set({
              modified_at: sql<Date>`now()`,
              modified_by_email: modifiedByEmail,
              ...(name === undefined ? {} : { name }),
              ...(description === undefined ? {} : { description }),
              ...(auth === undefined
                ? {}
                : { credentials: Buffer.from(auth.sealed), masked_client_id: auth.maskedClientId }),
            })
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .returning(columns)
            .executeTakeFirst();
          if (row === undefined) return undefined;
          if (auth !== undefined) await resumeUsers(transaction, scope, id);
          return toProviderConnection(row);
        });
    },

    async findSealedAuth(scope, id) {
      const row = await database
        .scoped(scope)
        .selectFrom('auth_provider_connections')
        .select(['short_name', 'credentials'])
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : { shortName: row.short_name, sealedAuth: row.credentials };
    },

    async listUsers(scope, id) {
      const rows = await database
        .scoped(scope)
        .selectFrom('source_connections')
        .select('id')
        .where('organization_id', '=', scope.organizationId)
        .where('auth_provider_connection_id', '=', id)
        .where('deleted_at', 'is', null)
        .execute();
      return rows.map((row) => SourceConnectionId.parse(row.id));
    },

    async deleteUnused(scope, id) {
      return database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          // Locked first: whoever connects a source to it meanwhile waits, and finds it gone or is seen here.
          await transaction
            .selectFrom('auth_provider_connections')
            .select('id')
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .forUpdate()
            .execute();
          const used = await transaction
            .selectFrom('source_connections')
            .select('id')
            .where('organization_id', '=', scope.organizationId)
            .where('auth_provider_connection_id', '=', id)
            .where('deleted_at', 'is', null)
            .limit(1)
            .executeTakeFirst();
          if (used !== undefined) return false;
          await transaction
            .deleteFrom('auth_provider_connections')
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .execute();
          return true;
        });
    },
  };
}

async function resumeUsers(transaction: Transaction<Tables>, scope: Scope, id: ProviderConnectionId): Promise<void> {
  await transaction
    .updateTable('syncs')
    .set({ status: 'active', paused_by: null, modified_at: sql<Date>`now()` })
    .where('organization_id', '=', scope.organizationId)
    .where('paused_by', '=', 'credentials')
    .where('source_connection_id', 'in', (eb) =>
      eb.selectFrom('source_connections').select('id').where('auth_provider_connection_id', '=', id),
    )
    .execute();
}

function toProviderConnection(
  row: Pick<Selectable<AuthProviderConnectionsTable>, (typeof columns)[number]>,
): ProviderConnection {
  return {
    id: ProviderConnectionId.parse(row.id),
    readableId: row.readable_id,
    name: row.name,
    shortName: row.short_name,
    description: row.description,
    maskedClientId: row.masked_client_id,
    createdByEmail: row.created_by_email,
    modifiedByEmail: row.modified_by_email,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}
