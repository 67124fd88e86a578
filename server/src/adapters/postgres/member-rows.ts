import type { OrganizationStore, RemovalOutcome } from '../../core/accounts/index.ts';
import { writeAuditEntry } from './audit-log.ts';
import type { Database } from './database.ts';
import { givePrimary, lockOwners, tellOfMember } from './membership-changes.ts';
import { selectMemberships, toMembership } from './user-rows.ts';

/** The members of an organisation. */
export function createMembers(
  database: Database,
): Pick<OrganizationStore, 'listMembers' | 'changeRole' | 'removeMember'> {
  return {
    async listMembers(scope) {
      const rows = await selectMemberships(database.scoped(scope))
        .where('membership.organization_id', '=', scope.organizationId)
        .orderBy('member.email')
        .execute();
      return rows.map(toMembership);
    },

    changeRole: (scope, userId, role, actor) =>
      database
        .system()
        .transaction()
        .execute(async (queries) => {
          const owners = await lockOwners(queries, scope);
          const member = await queries
            .selectFrom('memberships')
            .select('role')
            .where('organization_id', '=', scope.organizationId)
            .where('user_id', '=', userId)
            .forUpdate()
            .executeTakeFirst();
          if (member === undefined) return 'not_a_member';
          if (role !== 'owner' && owners.length === 1 && owners[0] === userId) return 'last_owner';
          await queries
            .updateTable('memberships')
            .set({ role })
            .where('organization_id', '=', scope.organizationId)
            .where('user_id', '=', userId)
            .execute();
          await writeAuditEntry(queries, scope, actor, {
            action: 'member.role_changed',
            objectType: 'user',
            objectId: userId,
            details: { from: member.role, to: role },
          });
          return 'changed';
        }),

    removeMember: (scope, userId, actor, reason) =>
      database
        .system()
        .transaction()
        .execute(async (queries): Promise<RemovalOutcome> => {
          const owners = await lockOwners(queries, scope);
          const memberships = await queries
            .selectFrom('memberships')
            .innerJoin('users', 'users.id', 'memberships.user_id')
            .select(['organization_id', 'role', 'users.email'])
            .where('user_id', '=', userId)
            .execute();
          const member = memberships.find((membership) => membership.organization_id === scope.organizationId);
          if (member === undefined) return 'not_a_member';
          if (reason === 'left' && memberships.length === 1) return 'only_organization';
          if (owners.length === 1 && owners[0] === userId) return 'last_owner';
          await queries
            .deleteFrom('memberships')
            .where('organization_id', '=', scope.organizationId)
            .where('user_id', '=', userId)
            .execute();
          await givePrimary(queries, [userId]);
          const gone = { id: userId, email: member.email, role: member.role };
          const action = reason === 'left' ? 'member.left' : 'member.removed';
          await tellOfMember(queries, scope, actor, action, gone, new Date());
          return 'removed';
        }),
  };
}
