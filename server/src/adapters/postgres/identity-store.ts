import { sql } from 'kysely';
import type { ApiKey, IdentityStore, KeyScope, Membership } from '../../core/access/index.ts';
import { ApiKeyId, newId, OrganizationId, Scope, UserId } from '../../core/shared/index.ts';
import type { Database, Queries } from './database.ts';
import type { ApiKeysTable } from './tables.ts';

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

    async findApiKeyByHash(hash) {
      const row = await database
        .system()
        .selectFrom('api_keys')
        .selectAll()
        .where('key_hash', '=', hash)
        .executeTakeFirst();
      return row === undefined ? undefined : toApiKey(row);
    },

    async insertApiKey(scope, key, hash) {
      await database
        .scoped(scope)
        .insertInto('api_keys')
        .values({
          id: key.id,
          organization_id: scope.organizationId,
          name: key.name,
          key_prefix: key.prefix,
          key_hash: hash,
          scopes: key.scopes === null ? null : [...key.scopes],
          collections: key.collections === null ? null : [...key.collections],
          expires_at: key.expiresAt,
          created_at: key.createdAt,
          modified_at: key.modifiedAt,
          last_used_at: key.lastUsedAt,
          created_by_email: key.createdByEmail,
          modified_by_email: key.modifiedByEmail,
        })
        .execute();
    },

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

    async deleteApiKey(scope, id) {
      const row = await database
        .scoped(scope)
        .deleteFrom('api_keys')
        .where('organization_id', '=', scope.organizationId)
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      return row === undefined ? undefined : toApiKey(row);
    },

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

function selectMemberships(queries: Queries) {
  return queries
    .selectFrom('memberships as membership')
    .innerJoin('organizations as organization', 'organization.id', 'membership.organization_id')
    .innerJoin('users as member', 'member.id', 'membership.user_id')
    .select([
      'membership.role',
      'membership.is_primary',
      'organization.id as organization_id',
      'organization.name',
      'organization.description',
      'organization.org_metadata',
      'organization.created_at',
      'organization.modified_at',
      'member.id as user_id',
      'member.email',
      'member.full_name',
      'member.is_admin',
      'member.is_superuser',
      'member.last_active_at',
    ]);
}

type MembershipRow = Awaited<ReturnType<ReturnType<typeof selectMemberships>['executeTakeFirstOrThrow']>>;

function toMembership(row: MembershipRow): Membership {
  return {
    role: row.role,
    isPrimary: row.is_primary,
    organization: {
      id: OrganizationId.parse(row.organization_id),
      name: row.name,
      description: row.description,
      metadata: row.org_metadata,
      createdAt: row.created_at,
      modifiedAt: row.modified_at,
    },
    user: {
      id: UserId.parse(row.user_id),
      email: row.email,
      fullName: row.full_name,
      isAdmin: row.is_admin,
      isSuperuser: row.is_superuser,
      lastActiveAt: row.last_active_at,
    },
  };
}

type ApiKeyRow = Omit<ApiKeysTable, 'created_at' | 'modified_at'> & { created_at: Date; modified_at: Date };

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: ApiKeyId.parse(row.id),
    organizationId: OrganizationId.parse(row.organization_id),
    name: row.name,
    prefix: row.key_prefix,
    // Only `insertApiKey` writes them.
    scopes: row.scopes as readonly KeyScope[] | null,
    collections: row.collections,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    lastUsedAt: row.last_used_at,
    createdByEmail: row.created_by_email,
    modifiedByEmail: row.modified_by_email,
  };
}
