import { type Caller, grants, type KeyScope, maySeeCollection } from '../../core/access/index.ts';
import { AppError } from '../../core/shared/index.ts';

/** Whoever may act in the organisation: any of its users, and API keys with this scope. */
export interface ScopeRule {
  readonly scope: KeyScope;
  /** The path parameter that names a collection; keys limited to other collections get 404. */
  readonly collectionParam?: string;
  /** The words of that 404; default `Collection not found`. */
  readonly collectionNotFound?: (readableId: string) => string;
}

/** Users of the organisation only; API keys are refused. */
export interface RoleRule {
  readonly role: 'owner_or_admin' | 'member';
  /** What API keys are told; default: that the operation requires user authentication. */
  readonly apiKeyRefusal?: string;
}

/**
 * Who may call an endpoint.
 *
 * - `public`: anyone, nothing is checked.
 * - `loopback_or_admin`: processes on this machine without a proxy between, or whoever passes `{ scope: 'admin' }`.
 * - `operator`: whoever shows the token of the server's machine; not even an admin, since what such an endpoint gives or
 *   changes belongs to all organisations.
 * - `user`: a person, without regard to an organisation; API keys count as no authentication.
 */
export type AccessRule = 'public' | 'loopback_or_admin' | 'operator' | 'user' | ScopeRule | RoleRule;

/**
 * Checks a rule for a caller that has been authenticated.
 *
 * @throws AppError('unauthorized' | 'forbidden' | 'not_found')
 */
export function enforceAccess(rule: AccessRule, caller: Caller, params: Readonly<Record<string, string>>): void {
  if (rule === 'public') return;
  if (rule === 'user') enforceUser(caller);
  else if (rule === 'operator') enforceOperator(caller);
  else if (rule === 'loopback_or_admin') enforceScope({ scope: 'admin' }, caller, params);
  else if ('scope' in rule) enforceScope(rule, caller, params);
  else enforceRole(rule, caller);
}

function enforceUser(caller: Caller): void {
  if (caller.kind === 'api_key') throw new AppError('unauthorized', 'This needs user authentication, not an API key.');
}

function enforceOperator(caller: Caller): void {
  if (caller.kind === 'operator') return;
  throw new AppError(
    'forbidden',
    "Only the operator of the server's own machine may do this, with the token in the server's data directory.",
  );
}

function enforceRole(rule: RoleRule, caller: Caller): void {
  if (caller.kind === 'api_key') {
    throw new AppError(
      'forbidden',
      rule.apiKeyRefusal ?? 'This operation requires user authentication, not an API key.',
    );
  }
  if (rule.role === 'owner_or_admin' && caller.role !== 'owner' && caller.role !== 'admin') {
    throw new AppError(
      'forbidden',
      'Insufficient permissions: only owners and admins of the organization may do this.',
    );
  }
}

function enforceScope(rule: ScopeRule, caller: Caller, params: Readonly<Record<string, string>>): void {
  if (!grants(caller, rule.scope)) {
    throw new AppError('forbidden', `This API key lacks the scope '${rule.scope}'.`);
  }
  if (rule.collectionParam === undefined) return;
  const readableId = params[rule.collectionParam] ?? '';
  if (!maySeeCollection(caller, readableId)) {
    throw new AppError('not_found', rule.collectionNotFound?.(readableId) ?? 'Collection not found');
  }
}
