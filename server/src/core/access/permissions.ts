import { AppError } from '../shared/index.ts';
import type { Caller, KeyScope } from './caller.ts';
import { roleCoversScope } from './role-matrix.ts';

const implied: Readonly<Record<KeyScope, readonly KeyScope[]>> = {
  search: ['search'],
  read: ['read'],
  write: ['write', 'read'],
  impersonate: ['impersonate'],
  admin: ['admin', 'impersonate', 'write', 'read', 'search'],
};

/** Whether the caller may do what needs `scope`: keys by their scopes, users by their role. */
export function grants(caller: Caller, scope: KeyScope): boolean {
  if (caller.keyScopes === null) return roleCoversScope(caller, scope);
  return caller.keyScopes.some((held) => implied[held].includes(scope));
}

/** Whether the collection is one that the caller's key is not kept from; says nothing about its existence. */
export function maySeeCollection(caller: Caller, readableId: string): boolean {
  return caller.collections === null || caller.collections.includes(readableId);
}

/**
 * For operations that name their collection elsewhere than in the path.
 *
 * @throws AppError('not_found') as if the collection did not exist
 */
export function requireCollection(caller: Caller, readableId: string): void {
  if (!maySeeCollection(caller, readableId)) throw new AppError('not_found', 'Collection not found');
}

/** Whether the caller may act for the whole server, in any organisation. */
export function isPlatformAdmin(caller: Caller): boolean {
  return caller.kind === 'operator' || caller.isPlatformAdmin === true;
}
