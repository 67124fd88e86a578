import { AppError, type OrganizationId } from '../shared/index.ts';
import type { Caller } from './caller.ts';
import type { Membership } from './identity.ts';
import type { IdentityStore } from './identity-store.ts';

/** The primary one first, then by the organisation's name; none for those who have no account. */
export async function listOwnMemberships(
  store: IdentityStore,
  caller: Pick<Caller, 'userId'>,
): Promise<readonly Membership[]> {
  return caller.userId === null ? [] : store.listMemberships(caller.userId);
}

/** @throws AppError('forbidden') when the caller is not a member, whether the organisation exists or not */
export async function getOwnMembership(store: IdentityStore, caller: Caller, id: OrganizationId): Promise<Membership> {
  const membership = caller.userId === null ? undefined : await store.findMembership(caller.userId, id);
  if (membership === undefined) throw new AppError('forbidden', 'You are not a member of this organization.');
  return membership;
}
