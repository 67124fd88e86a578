import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError, type Logger, OrganizationId, Scope, type SessionId } from '../shared/index.ts';
import { hashKeySecret } from './api-key-secret.ts';
import type { Caller, Person, ProvenIdentity } from './caller.ts';
import type { ApiKey, Membership, User } from './identity.ts';
import type { IdentityStore } from './identity-store.ts';
import type { CookieProof, SessionFinder, TokenVerifier } from './proofs.ts';
import { hashToken, isSessionToken, looksLikeJwt } from './tokens.ts';

/** What a request says about who sends it; empty texts count as absent. */
export interface Credentials {
  /** `X-API-Key` */
  readonly apiKey: string | null;
  /** The token of `Authorization: Bearer …` */
  readonly bearer: string | null;
  /** The session's cookie; null: there is none. */
  readonly cookie?: CookieProof | null;
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
  /** Who signed in here; absent: nobody can. */
  readonly sessions?: SessionFinder;
  /** The identity provider; absent: there is none. */
  readonly tokens?: TokenVerifier;
  readonly now?: () => Date;
}

export interface Authenticator {
  /**
   * Finds out who is calling and for which organisation.
   *
   * @throws AppError `unauthorized` without credentials; `forbidden` for an unknown or expired key, or a foreign
   *   organisation; `not_found` for an organisation that does not exist; `invalid_request` for malformed ones, and where
   *   nothing says which organisation is meant
   */
  authenticate(credentials: Credentials): Promise<Caller>;
  /**
   * Finds out which person is calling, whatever the organisation; API keys are not looked at.
   *
   * @throws AppError('unauthorized')
   */
  authenticatePerson(credentials: Credentials): Promise<Person>;
  /**
   * The same caller in the organisation that the path names, with the role they have there; undefined when they are no member.
   */
  enterOrganization(caller: Caller, id: OrganizationId): Promise<Caller | undefined>;
  /** Waits for what still runs in the background. */
  close(): Promise<void>;
}

/** Somebody who proved who they are. `user` is absent for those whom only the identity provider knows. */
interface Proof {
  readonly email: string;
  readonly user: User | undefined;
  readonly identity: ProvenIdentity | null;
  readonly sessionId: SessionId | null;
}

/** A key's or a session's last use is written no more often. */
const lastUsedPrecisionMs = 60_000;
const lastActivePrecisionMs = 30_000;

/**
 * In open mode everyone is the local owner and keys are not looked at. Otherwise the operator's token, then a token of the identity
 * provider, then a session, as bearer or cookie, then `X-API-Key`, then a key sent as bearer. A bearer that is none of them
 * counts as absent.
 */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { store, logger, localOwner, sessions, tokens } = options;
  const now = options.now ?? (() => new Date());
  const isOperator = createTokenCheck(options.operatorToken);
  const marks = createMarks(logger);

  async function authenticate(credentials: Credentials): Promise<Caller> {
    const { bearer, apiKey } = credentials;
    const organizationId = parseOrganizationId(credentials.organizationId);
    if (bearer && isOperator(bearer)) return findOperator(store, organizationId);
    if (localOwner !== null) return resolveLocalCaller(store, localOwner, organizationId);
    const found = await findProof(credentials);
    if (found.proof !== undefined) return resolveUser(found.proof, organizationId);
    const key = apiKey ? await findKey(apiKey) : bearer ? await findKey(bearer) : undefined;
    if (key !== undefined) return fromApiKey(key, organizationId);
    if (apiKey) throw new AppError('forbidden', 'Invalid or expired API key.');
    throw found.refusal;
  }

  async function authenticatePerson(credentials: Credentials): Promise<Person> {
    const { bearer } = credentials;
    if (bearer && isOperator(bearer)) {
      const { user } = (await store.findOwner(null)) ?? noAccount();
      return { kind: 'operator', userId: user.id, email: user.email, identity: null, sessionId: null };
    }
    if (localOwner !== null) {
      const { id, email } = localOwner.user;
      return { kind: 'local', userId: id, email, identity: null, sessionId: null };
    }
    const { proof, refusal } = await findProof(credentials);
    if (proof === undefined) throw refusal;
    const { email, identity, sessionId } = proof;
    return { kind: 'user', userId: proof.user?.id ?? null, email, identity, sessionId };
  }

  /** Either a proof, or what to say when nothing else proves anything. */
  async function findProof(credentials: Credentials): Promise<{ proof?: Proof; refusal: AppError }> {
    const { bearer, cookie } = credentials;
    let refusal = new AppError(
      'unauthorized',
      'No valid authentication provided: send an API key in X-API-Key or as a bearer token, or sign in.',
    );
    if (bearer && tokens !== undefined && looksLikeJwt(bearer)) {
      const verdict = await tokens.verify(bearer);
      if ('identity' in verdict) return { proof: await findProven(verdict.identity), refusal };
      refusal = new AppError('unauthorized', `No valid authentication provided: ${verdict.refusal}`);
    }
    if (bearer && isSessionToken(bearer)) {
      const proof = await findSession(bearer);
      if (proof !== undefined) return { proof, refusal };
      refusal = new AppError('unauthorized', 'The session has ended: sign in again.');
    }
    if (cookie && isSessionToken(cookie.token)) {
      if (!cookie.isFromOwnPage) {
        return {
          refusal: new AppError(
            'forbidden',
            "The session's cookie counts only for requests of Weft's own pages; this one does not say that it is one.",
          ),
        };
      }
      const proof = await findSession(cookie.token);
      if (proof !== undefined) return { proof, refusal };
      refusal = new AppError('unauthorized', 'The session has ended: sign in again.');
    }
    return { refusal };
  }

  async function findProven(identity: ProvenIdentity): Promise<Proof> {
    const user = await store.findUserByEmail(identity.email);
    if (user !== undefined) {
      if (user.externalId === null) await store.linkIdentity(user.id, identity.externalId);
      markActive(user);
    }
    return { email: identity.email, user, identity, sessionId: null };
  }

  async function findSession(token: string): Promise<Proof | undefined> {
    const at = now();
    const session = await sessions?.findSession(hashToken(token), at);
    if (session === undefined) return undefined;
    const { id, user, lastUsedAt } = session;
    if (isOlder(lastUsedAt, at, lastUsedPrecisionMs)) {
      marks.add(`session ${id}`, async () => sessions?.markSessionUsed(id, at));
    }
    markActive(user);
    return { email: user.email, user, identity: null, sessionId: id };
  }

  async function resolveUser(proof: Proof, organizationId: OrganizationId | null): Promise<Caller> {
    const { user } = proof;
    if (user === undefined) throw organizationId === null ? noOrganization() : noAccountError();
    const membership =
      organizationId === null
        ? (await store.listMemberships(user.id))[0]
        : await store.findMembership(user.id, organizationId);
    if (membership !== undefined) return fromMembership(membership, 'user', proof.sessionId);
    if (organizationId === null) throw noOrganization();
    throw await noMember(store, organizationId);
  }

  async function findKey(secret: string): Promise<ApiKey | undefined> {
    requireSingleValue(secret);
    const key = await store.findApiKeyByHash(hashKeySecret(secret));
    if (key === undefined) return undefined;
    const at = now();
    if (key.expiresAt <= at) throw new AppError('forbidden', 'The API key has expired.');
    if (isOlder(key.lastUsedAt, at, lastUsedPrecisionMs)) {
      marks.add(`key ${key.id}`, () => store.markApiKeyUsed(new Scope(key.organizationId), key.id, at));
    }
    return key;
  }

  function markActive(user: User): void {
    const at = now();
    if (isOlder(user.lastActiveAt, at, lastActivePrecisionMs)) {
      marks.add(`user ${user.id}`, () => store.markUserActive(user.id, at));
    }
  }

  return {
    authenticate,
    authenticatePerson,
    async enterOrganization(caller, id) {
      if (caller.scope.organizationId === id) return caller;
      const membership =
        caller.kind === 'operator'
          ? await store.findOwner(id)
          : caller.userId === null
            ? undefined
            : await store.findMembership(caller.userId, id);
      if (membership === undefined || caller.kind === 'api_key' || caller.kind === 'connect_session') return undefined;
      return fromMembership(membership, caller.kind, caller.sessionId ?? null);
    },
    close: () => marks.settle(),
  };
}

/** In the background: a request never waits for it, and a failure costs only the date. */
function createMarks(logger: Logger) {
  const running = new Map<string, Promise<void>>();
  return {
    add(what: string, write: () => Promise<void>): void {
      if (running.has(what)) return;
      const work = write()
        .catch((error: unknown) => logger.warn({ err: error, what }, 'a last use was not recorded'))
        .finally(() => running.delete(what));
      running.set(what, work);
    },
    async settle(): Promise<void> {
      await Promise.all(running.values());
    },
  };
}

function isOlder(then: Date | null, at: Date, precisionMs: number): boolean {
  return then === null || at.getTime() - then.getTime() >= precisionMs;
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
  if (organizationId === null) {
    const [primary] = await store.listMemberships(owner.user.id);
    return fromMembership(primary ?? owner, 'local', null);
  }
  const membership = await store.findMembership(owner.user.id, organizationId);
  if (membership !== undefined) return fromMembership(membership, 'local', null);
  throw await noMember(store, organizationId);
}

/** The machine's operator acts as the owner of the organisation that the request names, or of the oldest. */
async function findOperator(store: IdentityStore, organizationId: OrganizationId | null): Promise<Caller> {
  const owner = await store.findOwner(organizationId);
  if (owner === undefined) throw organizationNotFound();
  return fromMembership(owner, 'operator', null);
}

function fromMembership(
  membership: Membership,
  kind: 'local' | 'operator' | 'user',
  sessionId: SessionId | null,
): Caller {
  return {
    scope: new Scope(membership.organization.id),
    kind,
    userId: membership.user.id,
    email: membership.user.email,
    role: membership.role,
    keyScopes: null,
    collections: null,
    isPlatformAdmin: membership.user.isAdmin || membership.user.isSuperuser,
    ...(sessionId === null ? {} : { sessionId }),
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

async function noMember(store: IdentityStore, id: OrganizationId): Promise<AppError> {
  if (!(await store.hasOrganization(id))) return organizationNotFound();
  return new AppError('forbidden', 'You are not a member of this organization.');
}

function organizationNotFound(): AppError {
  return new AppError('not_found', 'Organization not found');
}

function noOrganization(): AppError {
  return new AppError(
    'invalid_request',
    'Organization context required: send X-Organization-ID, or create or join an organization first.',
  );
}

function noAccountError(): AppError {
  return new AppError(
    'unauthorized',
    'Authentication failed: the user account was not found. POST /users/create_or_update makes it.',
  );
}

function noAccount(): never {
  throw noAccountError();
}
