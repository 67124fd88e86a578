import { sql } from 'kysely';
import type { StoredAccess } from '../../core/connections/index.ts';
import { OrganizationId, Scope, SourceConnectionId } from '../../core/shared/index.ts';
import type { TokenStore } from '../../core/sign-in/index.ts';
import type { Database } from './database.ts';

interface IdleRow {
  readonly id: string;
  readonly organization_id: string;
  readonly short_name: string;
  readonly auth_method: StoredAccess['authMethod'];
  readonly config: StoredAccess['config'];
  readonly credentials: Buffer;
}

export function createTokenStore(database: Database): TokenStore {
  return {
    async read(scope, id) {
      const row = await database
        .scoped(scope)
        .selectFrom('source_connections')
        .select('credentials')
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return row?.credentials ?? undefined;
    },

    async replace(scope, id, before, after) {
      const { numUpdatedRows } = await database
        .scoped(scope)
        .updateTable('source_connections')
        .set({ credentials: Buffer.from(after), credentials_error: null, credentials_checked_at: sql<Date>`now()` })
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .where('credentials', '=', Buffer.from(before))
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    async takeIdle(before, now, limit) {
      const { rows } = await sql<IdleRow>`
        update source_connections idle set credentials_checked_at = ${now}
        from (
          select id from source_connections
          where auth_method in ('oauth_browser', 'oauth_byoc') and deleted_at is null
            and is_authenticated and credentials is not null and credentials_error is null
            and (credentials_checked_at < ${before} or credentials_checked_at is null)
          order by credentials_checked_at nulls first limit ${limit}
          for update skip locked
        ) chosen
        where idle.id = chosen.id
        returning idle.id, idle.organization_id, idle.short_name, idle.auth_method, idle.config, idle.credentials
      `.execute(database.system());
      return rows.map((row) => ({
        scope: new Scope(OrganizationId.parse(row.organization_id)),
        access: {
          id: SourceConnectionId.parse(row.id),
          shortName: row.short_name,
          authMethod: row.auth_method,
          config: row.config,
          sealedCredentials: row.credentials,
          authProvider: null,
        },
      }));
    },

    async markRefused(scope, id, category) {
      await database
        .scoped(scope)
        .transaction()
        .execute(async (transaction) => {
          await transaction
            .updateTable('source_connections')
            .set({ credentials_error: category })
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .execute();
          await transaction
            .updateTable('syncs')
            .set({ status: 'paused', paused_by: 'credentials', modified_at: sql<Date>`now()` })
            .where('organization_id', '=', scope.organizationId)
            .where('source_connection_id', '=', id)
            // A person's pause stays theirs: a new sign-in must not end it.
            .where('status', '=', 'active')
            .execute();
        });
    },
  };
}
