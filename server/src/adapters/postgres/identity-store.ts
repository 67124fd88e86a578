import { sql } from 'kysely';
import type { IdentityStore, Membership } from '../../core/access/index.ts';
import { AppError, newId, OrganizationId, Scope, UserId } from '../../core/shared/index.ts';
import { deleteApiKey, insertApiKey, toApiKey } from './api-key-rows.ts';
import type { Database, Queries } from './database.ts';
import { isUniqueViolation } from './postgres-errors.ts';
import { selectMemberships, toMembership, toUser, type UserRow, userColumns } from './user-rows.ts';

/** Users belong to no organisation, so row-level security does not touch their table; memberships and keys are bound by it. */
export function createIdentityStore(database: Database): IdentityStore {
  return {
    ensureFirstOwner: ({ email, organizationName }) =>
      database
        .system()
        .transaction()
        .execute(async (queries) => {
          // Several servers may start at once on one new database; the lock ends with the transaction.
          await sql`select pg_advisory_xact_lock(hashtextextended('weft.first_owner', 0))`.execute(queries);
          return (await findOwner(queries, null)) ?? insertFirstOwner(queries, email, organizationName);
        }),

    findOwner: (id) => findOwner(database.system(), id),

    async hasOrganization(id) {
      const row = await database
        .system()
        .selectFrom('organizations')
        .select('id')
        .where('id', '=', id)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return row !== undefined;
    },

    async listMemberships(userId) {
      const rows = await selectMemberships(database.system())
        .where('membership.user_id', '=', userId)
        .orderBy('membership.is_primary', 'desc')
        .orderBy('organization.name')
        .execute();
      return rows.map(toMembership);
    },

    async findMembership(userId, organizationId) {
      const row = await selectMemberships(database.scoped(new Scope(organizationId)))
        .where('membership.user_id', '=', userId)
        .where('membership.organization_id', '=', organizationId)
        .executeTakeFirst();
      return row === undefined ? undefined : toMembership(row);
    },

    async findUser(id) {
      const row = await database
        .system()
        .selectFrom('users')
        .select(userColumns)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : toUser(row);
    },

    async findUserByEmail(email) {
      const row = await database
        .system()
        .selectFrom('users')
        .select(userColumns)
        .where(sql`lower(email)`, '=', email)
        .executeTakeFirst();
      return row === undefined ? undefined : toUser(row);
    },

    saveUser: ({ email, fullName, externalId }) =>
      database
        .system()
        .transaction()
        .execute(async (queries) => {
          const { rows } = await sql<UserRow>`
            insert into users (id, email, full_name, external_id)
            values (${newId(UserId)}, ${email}, ${fullName}, ${externalId})
            on conflict (lower(email)) do update set
              full_name = coalesce(excluded.full_name, users.full_name), modified_at = now()
            returning id, email, external_id, full_name, is_admin, is_superuser, last_active_at`.execute(queries);
          const [row] = rows;
          if (row === undefined) throw new AppError('internal', 'The user was not stored.');
          if (externalId !== null && row.external_id === null) await linkIdentity(queries, toUser(row).id, externalId);
          return toUser(row);
        })
        .catch((error: unknown) => {
          if (!isUniqueViolation(error)) throw error;
          throw new AppError('conflict', 'The identity provider knows this person by another e-mail address here.', {
            cause: error,
          });
        }),

    linkIdentity: (userId, externalId) =>
      database
        .system()
        .transaction()
        .execute((queries) => linkIdentity(queries, userId, externalId)),

    async markUserActive(userId, at) {
      await database.system().updateTable('users').set({ last_active_at: at }).where('id', '=', userId).execute();
    },

    async findApiKeyByHash(hash) {
      const row = await database
        .system()
        .selectFrom('api_keys')
        .selectAll()
        .where('key_hash', '=', hash)
        .executeTakeFirst();
      return row === undefined ? undefined : toApiKey(row);
    },

    insertApiKey: (scope, key, hash, change) =>
      database
        .scoped(scope)
        .transaction()
        .execute((queries) => insertApiKey(queries, scope, key, hash, change)),

    async listApiKeys(scope, { skip, limit }) {
      const rows = await database
        .scoped(scope)
        .selectFrom('api_keys')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .orderBy('created_at', 'desc')
        .orderBy('id')
        .limit(limit)
        .offset(skip)
        .execute();
      return rows.map(toApiKey);
    },

    async findApiKey(scope, id) {
      const row = await database
        .scoped(scope)
        .selectFrom('api_keys')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : toApiKey(row);
    },

    deleteApiKey: (scope, id, change) =>
      database
        .scoped(scope)
        .transaction()
        .execute((queries) => deleteApiKey(queries, scope, id, change)),

    async markApiKeyUsed(scope, id, at) {
      await database
        .scoped(scope)
        .updateTable('api_keys')
        .set({ last_used_at: at })
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .execute();
    },
  };
}

async function findOwner(queries: Queries, organizationId: OrganizationId | null): Promise<Membership | undefined> {
  let query = selectMemberships(queries).where('membership.role', '=', 'owner');
  if (organizationId !== null) query = query.where('membership.organization_id', '=', organizationId);
  const row = await query
    .orderBy('organization.created_at')
    .orderBy('organization.id')
    .orderBy('membership.created_at')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? undefined : toMembership(row);
}

async function insertFirstOwner(queries: Queries, email: string, organizationName: string): Promise<Membership> {
  const organizationId = newId(OrganizationId);
  const userId = newId(UserId);
  const created_at = new Date();
  await queries
    .insertInto('organizations')
    .values({ id: organizationId, name: organizationName, created_at })
    .execute();
  await queries
    .insertInto('users')
    .values({
      id: userId,
      email,
      full_name: null,
      is_admin: true,
      is_superuser: true,
      created_at,
      last_active_at: null,
    })
    .execute();
  await queries
    .insertInto('memberships')
    .values({ organization_id: organizationId, user_id: userId, role: 'owner', is_primary: true, created_at })
    .execute();
  const row = await selectMemberships(queries).where('membership.user_id', '=', userId).executeTakeFirstOrThrow();
  return toMembership(row);
}

async function linkIdentity(queries: Queries, userId: UserId, externalId: string): Promise<void> {
  const linked = await queries
    .updateTable('users')
    .set({ external_id: externalId, modified_at: new Date() })
    .where('id', '=', userId)
    .where('external_id', 'is', null)
    .returning('is_superuser')
    .executeTakeFirst();
  if (linked === undefined || linked.is_superuser) return;
  await queries.deleteFrom('user_credentials').where('user_id', '=', userId).execute();
  await queries.deleteFrom('sessions').where('user_id', '=', userId).where('method', '=', 'password').execute();
}
