import { type Caller, type IdentityStore, type Membership, type Role, roles } from '../access/index.ts';
import { AppError, type UserId } from '../shared/index.ts';
import { createResetToken } from './account-links.ts';
import type { AccountStore } from './account-store.ts';
import type { OrganizationStore, RemovalOutcome } from './organization-store.ts';
import { requireUserId } from './organizations.ts';

/** @throws AppError('invalid_request') for a word that is no role; AppError('forbidden') for what only owners may do */
export async function changeMemberRole(
  organizations: OrganizationStore,
  caller: Caller,
  userId: UserId,
  roleName: string,
): Promise<Role> {
  const role = parseRole(roleName);
  const member = await findMember(organizations, caller, userId);
  requireOwnerFor(caller, role, member.role);
  const outcome = await organizations.changeRole(caller.scope, userId, role, caller);
  if (outcome === 'not_a_member') throw notAMember();
  if (outcome === 'last_owner') throw lastOwner();
  return role;
}

/** @throws AppError('invalid_request') for oneself, the last owner, and those who are no members */
export async function removeMember(organizations: OrganizationStore, caller: Caller, userId: UserId): Promise<void> {
  if (userId === caller.userId) {
    throw new AppError('invalid_request', 'You cannot remove yourself: leave the organization instead.');
  }
  const member = await findMember(organizations, caller, userId);
  requireOwnerFor(caller, 'member', member.role);
  refuse(await organizations.removeMember(caller.scope, userId, caller, 'removed'));
}

/** @throws AppError('invalid_request') for the last owner, and for one's only organisation */
export async function leaveOrganization(organizations: OrganizationStore, caller: Caller): Promise<void> {
  refuse(await organizations.removeMember(caller.scope, requireUserId(caller), caller, 'left'));
}

/**
 * A link for a member who has forgotten the password. Whoever holds it becomes that member everywhere, so it takes somebody who may
 * manage every organisation that the member belongs to.
 *
 * @throws AppError('forbidden' | 'invalid_request')
 */
export async function createMemberResetToken(
  dependencies: {
    readonly organizations: OrganizationStore;
    readonly identities: IdentityStore;
    readonly accounts: AccountStore;
  },
  caller: Caller,
  userId: UserId,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const { user, role } = await findMember(dependencies.organizations, caller, userId);
  requireOwnerFor(caller, 'member', role);
  const mayEverywhere = caller.kind === 'operator' || caller.kind === 'local';
  if (!mayEverywhere) {
    const own = caller.userId === null ? [] : await dependencies.identities.listMemberships(caller.userId);
    const managed = new Set(
      own.filter((membership) => membership.role === 'owner').map(({ organization }) => organization.id),
    );
    const theirs = await dependencies.identities.listMemberships(userId);
    if (user.isSuperuser || user.isAdmin || theirs.some(({ organization }) => !managed.has(organization.id))) {
      throw new AppError(
        'forbidden',
        'This member also belongs where you are no owner. Whoever runs the server can make the link: ./weft accounts reset-link.',
      );
    }
  }
  return createResetToken(dependencies.accounts, user, caller);
}

export function parseRole(text: string): Role {
  const role = roles.find((name) => name === text);
  if (role === undefined) throw new AppError('invalid_request', `The role must be one of ${roles.join(', ')}.`);
  return role;
}

/** Who may manage members may not make owners or unmake them, unless they are owners. @throws AppError('forbidden') */
export function requireOwnerFor(caller: Caller, ...affected: readonly Role[]): void {
  if (!affected.includes('owner') || caller.role === 'owner') return;
  throw new AppError('forbidden', 'Insufficient permissions: only owners may add, change or remove owners.');
}

async function findMember(organizations: OrganizationStore, caller: Caller, userId: UserId): Promise<Membership> {
  const members = await organizations.listMembers(caller.scope);
  const member = members.find(({ user }) => user.id === userId);
  if (member === undefined) throw notAMember();
  return member;
}

function refuse(outcome: RemovalOutcome): void {
  switch (outcome) {
    case 'removed':
      return;
    case 'not_a_member':
      throw notAMember();
    case 'last_owner':
      throw lastOwner();
    case 'only_organization':
      throw new AppError('invalid_request', 'This is your only organization: you cannot leave it.');
  }
}

function notAMember(): AppError {
  return new AppError('invalid_request', 'This user is not a member of the organization.');
}

function lastOwner(): AppError {
  return new AppError('invalid_request', 'This is the only owner of the organization: make somebody else owner first.');
}
