import {
  type Caller,
  grants,
  hasRole,
  isPlatformAdmin,
  type KeyScope,
  maySeeCollection,
  type Person,
  type RoleNeeded,
} from '../../core/access/index.ts';
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
  readonly role: RoleNeeded;
  /**
   * The path parameter that names the organisation that is acted on, whatever the request's own is: the caller's role in it counts,
   * and the handler's `caller` is in it.
   */
  readonly organizationParam?: string;
  /** What those hear who are no member of that organisation, whether it exists or not; default `forbidden`. */
  readonly toStrangers?: 'forbidden' | 'not_found';
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
 * - `user`: a person with an account, without regard to an organisation; API keys count as no authentication.
 * - `person`: the same, and those for whom the identity provider vouches although they have no account yet.
 * - `connect`: whoever shows the token of a Connect session, and nobody else; pages of any site may call it.
 * - `platform_admin`: users who are marked so, and the operator, for all organisations.
 * - `platform_admin_or_key`: the same, and keys with the scope `admin`; the handler keeps a key to its own organisation and asks
 *   whether that one has the feature `api_key_admin_sync`.
 */
export type AccessRule =
  | 'public'
  | 'loopback_or_admin'
  | 'operator'
  | 'platform_admin'
  | 'platform_admin_or_key'
  | PersonRule
  | 'connect'
  | ScopeRule
  | RoleRule;
export type PersonRule = 'user' | 'person';

export function isPersonRule(rule: AccessRule): rule is PersonRule {
  return rule === 'user' || rule === 'person';
}

/** @throws AppError('unauthorized') */
export function enforcePerson(rule: PersonRule, person: Person): void {
  if (rule === 'person' || person.userId !== null) return;
  throw new AppError(
    'unauthorized',
    'Authentication failed: the user account was not found. POST /users/create_or_update makes it.',
  );
}

/**
 * Checks a rule for a caller that has been authenticated.
 *
 * @throws AppError('unauthorized' | 'forbidden' | 'not_found')
 */
export function enforceAccess(rule: AccessRule, caller: Caller, params: Readonly<Record<string, string>>): void {
  if (rule === 'public' || isPersonRule(rule)) return;
  if (rule === 'operator') enforceOperator(caller);
  else if (rule === 'platform_admin' || rule === 'platform_admin_or_key') enforcePlatformAdmin(rule, caller);
  else if (rule === 'connect') enforceSession(caller);
  else if (rule === 'loopback_or_admin') enforceScope({ scope: 'admin' }, caller, params);
  else if ('scope' in rule) enforceScope(rule, caller, params);
  else enforceRole(rule, caller);
}

function enforceSession(caller: Caller): void {
  if (caller.kind !== 'connect_session') throw new AppError('unauthorized', 'This needs a Connect session token.');
}

function enforcePlatformAdmin(rule: 'platform_admin' | 'platform_admin_or_key', caller: Caller): void {
  if (isPlatformAdmin(caller)) return;
  if (rule === 'platform_admin' || caller.kind !== 'api_key') {
    throw new AppError('forbidden', 'Only administrators of the whole server may do this.');
  }
  enforceKeyOfAdmin(caller);
}

function enforceKeyOfAdmin(caller: Caller): void {
  if (!grants(caller, 'admin')) throw new AppError('forbidden', "This API key lacks the scope 'admin'.");
  if (caller.collections === null) return;
  throw new AppError('forbidden', 'This API key is limited to some collections, and this is about all of them.');
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
  if (hasRole(caller, rule.role)) return;
  throw new AppError(
    'forbidden',
    rule.role === 'owner'
      ? 'Insufficient permissions: only owners of the organization may do this.'
      : 'Insufficient permissions: only owners and admins of the organization may do this.',
  );
}

function enforceScope(rule: ScopeRule, caller: Caller, params: Readonly<Record<string, string>>): void {
  if (!grants(caller, rule.scope)) {
    throw new AppError(
      'forbidden',
      caller.kind === 'api_key'
        ? `This API key lacks the scope '${rule.scope}'.`
        : 'Insufficient permissions: only owners and admins of the organization may do this.',
    );
  }
  if (rule.collectionParam === undefined) return;
  const readableId = params[rule.collectionParam] ?? '';
  if (!maySeeCollection(caller, readableId)) {
    throw new AppError('not_found', rule.collectionNotFound?.(readableId) ?? 'Collection not found');
  }
}
