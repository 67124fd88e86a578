import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError, type Logger, OrganizationId, Scope } from '../shared/index.ts';
import { hashKeySecret } from './api-key-secret.ts';
import type { Caller } from './caller.ts';
import type { ApiKey, Membership } from './identity.ts';
import type { IdentityStore } from './identity-store.ts';

/** What a request says about who sends it; empty texts count as absent. */
export interface Credentials {
  /** `X-API-Key` */
  readonly apiKey: string | null;
  /** The token of `Authorization: Bearer …` */
  readonly bearer: string | null;
  /** `X-Organization-ID` */
  readonly organizationId: string | null;
}

export interface AuthenticatorOptions {
  readonly store: IdentityStore;
  readonly logger: Logger;
  /** Who acts when nobody is asked who they are; null with authentication. */
  readonly localOwner: Membership | null;
  /** The secret of the machine's own tools; null: there is none. */
  readonly operatorToken: string | null;
  readonly now?: () => Date;
}

export interface Authenticator {
  /**
   * Finds out who is calling and for which organisation.
   *
   * @throws AppError `unauthorized` without credentials; `forbidden` for an unknown or expired key, or a foreign
   *   organisation; `not_found` for an organisation that does not exist; `invalid_request` for malformed ones
   */
  authenticate(credentials: Credentials): Promise<Caller>;
  /** Waits for what still runs in the background. */
  close(): Promise<void>;
}

/** A key's last use is written no more often. */
const lastUsedPrecisionMs = 60_000;

/**
 * In open mode everyone is the local owner and keys are not looked at. Otherwise the operator's token, then `X-API-Key`, then
 * a key sent as bearer; a bearer that is neither counts as absent.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { store, logger, localOwner } = options;
  const now = options.now ?? (() => new Date());
  const isOperator = createTokenCheck(options.operatorToken);
  const marking = new Map<string, Promise<void>>();

  async function authenticate(credentials: Credentials): Promise<Caller> {
    const { bearer, apiKey } = credentials;
    const organizationId = parseOrganizationId(credentials.organizationId);
    if (bearer && isOperator(bearer)) return findOperator(store, organizationId);
    if (localOwner !== null) return resolveLocalCaller(store, localOwner, organizationId);
    const key = apiKey ? await findKey(apiKey) : bearer ? await findKey(bearer) : undefined;
    if (key !== undefined) return fromApiKey(key, organizationId);
    if (apiKey) throw new AppError('forbidden', 'Invalid or expired API key.');
    throw new AppError('unauthorized', 'No valid authentication: send an API key in X-API-Key or as a bearer token.');
  }

  async function findKey(secret: string): Promise<ApiKey | undefined> {
    requireSingleValue(secret);
    const key = await store.findApiKeyByHash(hashKeySecret(secret));
    if (key === undefined) return undefined;
    if (key.expiresAt <= now()) throw new AppError('forbidden', 'The API key has expired.');
    markUsed(key);
    return key;
  }

  /** In the background: a request never waits for it, and a failure costs only the date. */
  function markUsed(key: ApiKey): void {
    const at = now();
    const isRecent = key.lastUsedAt !== null && at.getTime() - key.lastUsedAt.getTime() < lastUsedPrecisionMs;
    if (isRecent || marking.has(key.id)) return;
    const work = store
      .markApiKeyUsed(new Scope(key.organizationId), key.id, at)
      .catch((error: unknown) =>
        logger.warn({ err: error, apiKeyId: key.id }, 'the last use of a key was not recorded'),
      )
      .finally(() => marking.delete(key.id));
    marking.set(key.id, work);
  }

  return {
    authenticate,
    close: async () => {
      await Promise.all(marking.values());
    },
  };
}

function fromApiKey(key: ApiKey, organizationId: OrganizationId | null): Caller {
  if (organizationId !== null && organizationId !== key.organizationId) {
    throw new AppError('forbidden', 'The API key belongs to another organization.');
  }
  return {
    scope: new Scope(key.organizationId),
    kind: 'api_key',
    userId: null,
    apiKeyId: key.id,
    email: null,
    role: null,
    keyScopes: key.scopes,
    collections: key.collections,
  };
}

async function resolveLocalCaller(
  store: IdentityStore,
  owner: Membership,
  organizationId: OrganizationId | null,
): Promise<Caller> {
  if (organizationId === null || organizationId === owner.organization.id) return fromMembership(owner, 'local');
  const membership = await store.findMembership(owner.user.id, organizationId);
  if (membership !== undefined) return fromMembership(membership, 'local');
  if (!(await store.hasOrganization(organizationId))) throw organizationNotFound();
  throw new AppError('forbidden', 'You are not a member of this organization.');
}

/** The machine's operator acts as the owner of the organisation that the request names, or of the oldest. */
async function findOperator(store: IdentityStore, organizationId: OrganizationId | null): Promise<Caller> {
  const owner = await store.findOwner(organizationId);
  if (owner === undefined) throw organizationNotFound();
  return fromMembership(owner, 'operator');
}

function fromMembership(membership: Membership, kind: 'local' | 'operator'): Caller {
  return {
    scope: new Scope(membership.organization.id),
    kind,
    userId: membership.user.id,
    email: membership.user.email,
    role: membership.role,
    keyScopes: null,
    collections: null,
  };
}

function parseOrganizationId(text: string | null): OrganizationId | null {
  if (!text) return null;
  const parsed = OrganizationId.safeParse(text.toLowerCase());
  if (!parsed.success) throw new AppError('invalid_request', 'X-Organization-ID must be the UUID of one organization.');
  return parsed.data;
}

/** A header that was sent twice arrives as one, joined by a comma, which no key contains. */
function requireSingleValue(secret: string): void {
  if (secret.includes(',')) throw new AppError('invalid_request', 'The API key was sent more than once: send it once.');
}

function createTokenCheck(expected: string | null): (token: string) => boolean {
  if (expected === null) return () => false;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expectedDigest = digest(expected);
  return (token) => timingSafeEqual(digest(token), expectedDigest);
}

function organizationNotFound(): AppError {
  return new AppError('not_found', 'Organization not found');
}
