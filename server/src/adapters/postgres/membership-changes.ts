import { sql } from 'kysely';
import type { AuditActor } from '../../core/audit/index.ts';
import { organizationEvent } from '../../core/events/index.ts';
import type { Scope } from '../../core/shared/index.ts';
import { writeAuditEntry } from './audit-log.ts';
import type { Queries } from './database.ts';
import { appendEvents } from './event-outbox.ts';

/*
 * What changes of memberships have in common; all are called with a transaction of the system's, since a user's memberships lie in
 * several organisations.
 */

/** Makes the oldest membership primary for those users who have none that is. */
export async function givePrimary(queries: Queries, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  await sql`
    update memberships set is_primary = true
    from (
      select distinct on (user_id) user_id, organization_id from memberships
      where user_id = any(${[...userIds]}::uuid[]) order by user_id, is_primary desc, created_at, organization_id
    ) oldest
    where memberships.user_id = oldest.user_id and memberships.organization_id = oldest.organization_id
      and not memberships.is_primary
      and not exists (select from memberships other where other.user_id = oldest.user_id and other.is_primary)`.execute(
    queries,
  );
}

/** Whom events name as the owner: the oldest. */
export async function findOwnerEmail(queries: Queries, scope: Scope): Promise<string | undefined> {
  const row = await queries
    .selectFrom('memberships')
    .innerJoin('users', 'users.id', 'memberships.user_id')
    .select('users.email')
    .where('organization_id', '=', scope.organizationId)
    .where('role', '=', 'owner')
    .orderBy('memberships.created_at')
    .limit(1)
    .executeTakeFirst();
  return row?.email;
}

/** Locks the owners of an organisation until the transaction ends, so that of two changes at once the second sees the first. */
export async function lockOwners(queries: Queries, scope: Scope): Promise<readonly string[]> {
  const rows = await queries
    .selectFrom('memberships')
    .select('user_id')
    .where('organization_id', '=', scope.organizationId)
    .where('role', '=', 'owner')
    .orderBy('user_id')
    .forUpdate()
    .execute();
  return rows.map((row) => row.user_id);
}

/** What the audit log and subscribers hear of a member who came or went. */
export async function tellOfMember(
  queries: Queries,
  scope: Scope,
  actor: AuditActor,
  action: 'member.joined' | 'member.left' | 'member.removed',
  member: { readonly id: string; readonly email: string; readonly role: string },
  at: Date,
): Promise<void> {
  await writeAuditEntry(queries, scope, actor, {
    action,
    objectType: 'user',
    objectId: member.id,
    details: { email: member.email, role: member.role },
  });
  const organization = await queries
    .selectFrom('organizations')
    .select('name')
    .where('id', '=', scope.organizationId)
    .executeTakeFirst();
  const told = {
    name: organization?.name ?? '',
    ownerEmail: (await findOwnerEmail(queries, scope)) ?? '',
    affectedEmails: [member.email],
  };
  const type = action === 'member.joined' ? 'organization.member_added' : 'organization.member_removed';
  await appendEvents(queries, scope, [organizationEvent(type, told, at)]);
}
