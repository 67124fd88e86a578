import { randomBytes } from 'node:crypto';
import type { Caller, IdentityStore } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import { AppError, newId, Scope } from '../shared/index.ts';
import {
  type ConnectCaller,
  type ConnectMode,
  type ConnectSession,
  ConnectSessionId,
  toConnectCaller,
} from './connect-session.ts';
import type { ConnectSessionStore, StoredConnectSession } from './connect-session-store.ts';
import { type SigningKeys, signSession, verifyToken } from './session-token.ts';

/** How long a session lasts. */
const sessionLifetimeMs = 10 * 60_000;

export interface ConnectSessionDependencies {
  readonly sessions: ConnectSessionStore;
  readonly collections: CollectionStore;
  readonly organizations: Pick<IdentityStore, 'hasOrganization'>;
  readonly signingKeys: SigningKeys;
  readonly now?: () => Date;
}

export interface ConnectSessionInput {
  readonly readableCollectionId: string;
  /** Short names of sources; null or empty: all. */
  readonly allowedIntegrations: readonly string[] | null;
  readonly mode: ConnectMode;
  readonly endUserId: string | null;
}

/**
 * Begins a session on a collection that the caller may write to.
 *
 * @throws AppError('not_found') for a collection that is not there or not the caller's, 'unprocessable' for more limits than a token holds
 */
export async function createConnectSession(
  dependencies: ConnectSessionDependencies,
  caller: Caller,
  input: ConnectSessionInput,
): Promise<{ readonly session: ConnectSession; readonly token: string }> {
  const collection = await getCollection(dependencies.collections, caller, input.readableCollectionId);
  const now = dependencies.now?.() ?? new Date();
  const session: ConnectSession = {
    id: newId(ConnectSessionId),
    organizationId: caller.scope.organizationId,
    collectionId: collection.id,
    readableCollectionId: collection.readableId,
    allowedIntegrations: input.allowedIntegrations?.length ? [...new Set(input.allowedIntegrations)] : null,
    mode: input.mode,
    endUserId: input.endUserId,
    createdAt: now,
    expiresAt: new Date(now.getTime() + sessionLifetimeMs),
  };
  const token = signSession(session, dependencies.signingKeys, randomBytes(12).toString('hex'));
  await dependencies.sessions.insert(caller.scope, session, caller.apiKeyId ?? null);
  return { session, token };
}

/**
 * Finds out which session a request is of.
 *
 * @param authorization the header's value
 * @throws AppError `unauthorized` for whatever is not the token of a session that lasts; `not_found` when its organisation is gone
 */
export async function authenticateSession(
  dependencies: ConnectSessionDependencies,
  authorization: string,
): Promise<ConnectCaller> {
  if (!authorization.startsWith('Bearer ')) {
    throw new AppError('unauthorized', 'Send the session token as "Authorization: Bearer <session_token>".');
  }
  const claims = verifyToken(authorization.slice('Bearer '.length), dependencies.signingKeys);
  if (claims === undefined) {
    throw new AppError('unauthorized', 'This is not a valid session token. Get a new one from your backend.');
  }
  const scope = new Scope(claims.organizationId);
  const session = await dependencies.sessions.find(scope, claims.sessionId);
  if (session === undefined && !(await dependencies.organizations.hasOrganization(claims.organizationId))) {
    throw new AppError('not_found', 'Organization not found');
  }
  const refusal = whyEnded(session, dependencies.now?.() ?? new Date());
  if (session === undefined || refusal !== undefined) throw new AppError('unauthorized', refusal ?? goneMessage);
  return toConnectCaller(session);
}

const goneMessage =
  'The session is gone, with its collection or the key that made it. Get a new one from your backend.';

function whyEnded(session: StoredConnectSession | undefined, now: Date): string | undefined {
  if (session === undefined) return goneMessage;
  if (session.revokedAt !== null) return 'The session was revoked. Get a new one from your backend.';
  if (session.expiresAt <= now) return 'The session token has expired. Get a new one from your backend.';
  return undefined;
}

/** Whether somebody ended it before its time; running out is no such end. For what outlasts a request, such as a stream. */
export async function isSessionRevoked(
  dependencies: Pick<ConnectSessionDependencies, 'sessions'>,
  { scope, session }: ConnectCaller,
): Promise<boolean> {
  const stored = await dependencies.sessions.find(scope, session.id);
  return stored === undefined || stored.revokedAt !== null;
}

/**
 * Ends a session at once. Again, or after it ran out, changes nothing.
 *
 * @throws AppError('not_found') also when its collection is kept from the caller
 */
export async function revokeConnectSession(
  dependencies: Pick<ConnectSessionDependencies, 'sessions' | 'now'>,
  caller: Caller,
  id: ConnectSessionId,
): Promise<ConnectSession> {
  const session = await dependencies.sessions.find(caller.scope, id);
  const isVisible =
    session !== undefined &&
    (caller.collections === null || caller.collections.includes(session.readableCollectionId)) &&
    (await dependencies.sessions.revoke(caller.scope, id, dependencies.now?.() ?? new Date()));
  if (!isVisible) throw new AppError('not_found', 'Connect session not found');
  return session;
}
