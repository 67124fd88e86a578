import { type Caller, type KeyScope, keyScopes, type Role } from './caller.ts';

/** Who an endpoint for people is for. */
export type RoleNeeded = 'owner' | 'owner_or_admin' | 'member';

/**
 * What each role may do in its organisation: whatever a key with one of `scopes` may, and what is for people with one of `needed`.
 * Which endpoint is which, each says itself (`AccessRule`).
 */
const roleMatrix: Readonly<
  Record<Role, { readonly scopes: readonly KeyScope[]; readonly needed: readonly RoleNeeded[] }>
> = {
  owner: { scopes: keyScopes, needed: ['owner', 'owner_or_admin', 'member'] },
  admin: { scopes: keyScopes, needed: ['owner_or_admin', 'member'] },
  // To impersonate, a user may only be themselves; see `resolveSearcher`.
  member: { scopes: ['search', 'read', 'write', 'impersonate'], needed: ['member'] },
};

/** Whether the role of a signed-in user covers a scope; whoever sits at the machine is not asked. */
export function roleCoversScope(caller: Caller, scope: KeyScope): boolean {
  return caller.kind !== 'user' || caller.role === null || roleMatrix[caller.role].scopes.includes(scope);
}

/** Whether somebody may do what is for people with these roles. API keys have none. */
export function hasRole(caller: Caller, needed: RoleNeeded): boolean {
  // Without authentication there is nobody to keep from anything.
  return caller.kind === 'local' || (caller.role !== null && roleMatrix[caller.role].needed.includes(needed));
}
