import { sql } from 'kysely';
import type { Role, User } from '../../core/access/index.ts';
import type { Invitation, InvitedUser, OrganizationStore } from '../../core/accounts/index.ts';
import { InvitationId, newId, OrganizationId, Scope, UserId } from '../../core/shared/index.ts';
import { setPassword } from './account-rows.ts';
import type { InvitationsTable } from './account-tables.ts';
import { writeAuditEntry } from './audit-log.ts';
import type { Database, Queries } from './database.ts';
import { givePrimary, tellOfMember } from './membership-changes.ts';
import { toUser, type UserRow } from './user-rows.ts';

type Invitations = Pick<
  OrganizationStore,
  | 'insertInvitation'
  | 'listInvitations'
  | 'deleteInvitation'
  | 'findInvitation'
  | 'acceptInvitation'
  | 'acceptAllInvitations'
>;

export function createInvitations(database: Database): Invitations {
  return {
    insertInvitation: (scope, invitation, hash, actor) =>
      database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          const member = await queries
            .selectFrom('memberships')
            .innerJoin('users', 'users.id', 'memberships.user_id')
            .select('users.id')
            .where('organization_id', '=', scope.organizationId)
            .where(sql`lower(users.email)`, '=', invitation.email)
            .executeTakeFirst();
          if (member !== undefined) return false;
          const values = {
            id: invitation.id,
            role: invitation.role,
            token_hash: hash,
            invited_at: invitation.invitedAt,
            expires_at: invitation.expiresAt,
            invited_by_email: invitation.invitedByEmail,
          };
          await queries
            .insertInto('invitations')
            .values({ organization_id: scope.organizationId, email: invitation.email, ...values })
            .onConflict((conflict) => conflict.columns(['organization_id', 'email']).doUpdateSet(values))
            .execute();
          const created = { action: 'invitation.created', objectType: 'invitation', objectId: invitation.id } as const;
          const details = { email: invitation.email, role: invitation.role };
          await writeAuditEntry(queries, scope, actor, { ...created, details });
          return true;
        }),

    async listInvitations(scope, now) {
      const rows = await database
        .scoped(scope)
        .selectFrom('invitations')
        .selectAll()
        .where('organization_id', '=', scope.organizationId)
        .where('expires_at', '>', now)
        .orderBy('invited_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toInvitation);
    },

    deleteInvitation: (scope, id, actor) =>
      database
        .scoped(scope)
        .transaction()
        .execute(async (queries) => {
          const row = await queries
            .deleteFrom('invitations')
            .where('organization_id', '=', scope.organizationId)
            .where('id', '=', id)
            .returning('email')
            .executeTakeFirst();
          if (row === undefined) return false;
          const revoked = { action: 'invitation.revoked', objectType: 'invitation', objectId: id } as const;
          await writeAuditEntry(queries, scope, actor, { ...revoked, details: { email: row.email } });
          return true;
        }),

    async findInvitation(hash, now) {
      const row = await database
        .system()
        .selectFrom('invitations as invitation')
        .innerJoin('organizations as organization', 'organization.id', 'invitation.organization_id')
        .selectAll('invitation')
        .select('organization.name as organization_name')
        .where('invitation.token_hash', '=', hash)
        .where('invitation.expires_at', '>', now)
        .where('organization.deleted_at', 'is', null)
        .executeTakeFirst();
      return row === undefined ? undefined : { ...toInvitation(row), organizationName: row.organization_name };
    },

    acceptInvitation: (hash, by, now) =>
      database
        .system()
        .transaction()
        .execute(async (queries) => {
          const row = await queries
            .deleteFrom('invitations')
            .where('token_hash', '=', hash)
            .where('expires_at', '>', now)
            .returningAll()
            .executeTakeFirst();
          if (row === undefined) return undefined;
          const user = await findOrCreate(queries, row.email, by, now);
          if (user !== undefined) await join(queries, user, toInvitation(row), now);
          return user;
        }),

    acceptAllInvitations: (user, now) =>
      database
        .system()
        .transaction()
        .execute(async (queries) => {
          const rows = await queries
            .deleteFrom('invitations')
            .where('email', '=', user.email)
            .where('expires_at', '>', now)
            .returningAll()
            .execute();
          for (const row of rows) await join(queries, user, toInvitation(row), now);
        }),
  };
}

/** Undefined for somebody who can sign in by now: the link must not set their password. */
async function findOrCreate(queries: Queries, email: string, by: InvitedUser, now: Date): Promise<User | undefined> {
  if (by.kind === 'known') return by.user;
  const { rows } = await sql<UserRow>`
    insert into users (id, email, full_name) values (${newId(UserId)}, ${email}, ${by.fullName})
    on conflict (lower(email)) do update set full_name = coalesce(users.full_name, excluded.full_name)
    where users.external_id is null and not users.is_superuser and not exists (
      select from user_credentials where user_credentials.user_id = users.id and password_hash is not null)
    returning id, email, external_id, full_name, is_admin, is_superuser, last_active_at`.execute(queries);
  const [row] = rows;
  if (row === undefined) return undefined;
  const user = toUser(row);
  await setPassword(queries, user.id, by.passwordHash, now);
  return user;
}

async function join(queries: Queries, user: User, invitation: Invitation, now: Date): Promise<void> {
  const scope = new Scope(invitation.organizationId);
  const joined = await queries
    .insertInto('memberships')
    .values({ organization_id: scope.organizationId, user_id: user.id, role: invitation.role, created_at: now })
    .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
    .returning('role')
    .executeTakeFirst();
  if (joined === undefined) return;
  await givePrimary(queries, [user.id]);
  const actor = { kind: 'user', userId: user.id, email: user.email };
  await tellOfMember(queries, scope, actor, 'member.joined', { ...user, role: joined.role }, now);
}

function toInvitation(row: InvitationsTable): Invitation {
  return {
    id: InvitationId.parse(row.id),
    organizationId: OrganizationId.parse(row.organization_id),
    email: row.email,
    role: row.role satisfies Role,
    invitedAt: row.invited_at,
    expiresAt: row.expires_at,
    invitedByEmail: row.invited_by_email,
  };
}
