import { createSessionToken, hashToken, type Person, type User } from '../access/index.ts';
import type { AuditActor, RequestOrigin } from '../audit/index.ts';
import { AppError, newId, SessionId } from '../shared/index.ts';
import type { AccountStore, Session, SignInMethod } from './account-store.ts';

const dayMs = 86_400_000;
/** Whatever is done meanwhile. */
const sessionLifetimeMs = 30 * dayMs;
/** Without a request. */
export const sessionIdleMs = 7 * dayMs;
const maxUserAgentLength = 300;

/** A session with its token, which nobody sees a second time. */
export interface OpenedSession {
  readonly session: Session;
  readonly token: string;
  readonly user: User;
}

/** From where somebody signs in. */
export interface SignInOrigin extends RequestOrigin {
  readonly userAgent: string | null;
}

/** @param method how the user proved who they are */
export async function openSession(
  store: AccountStore,
  user: User,
  method: SignInMethod,
  origin: SignInOrigin,
  now: Date = new Date(),
): Promise<OpenedSession> {
  const token = createSessionToken();
  const session: Session = {
    id: newId(SessionId),
    userId: user.id,
    method,
    createdAt: now,
    lastUsedAt: now,
    expiresAt: new Date(now.getTime() + sessionLifetimeMs),
    address: origin.address,
    userAgent: origin.userAgent?.slice(0, maxUserAgentLength) ?? null,
  };
  await store.insertSession(session, hashToken(token), {
    actor: toActor(user, origin),
    entry: { action: 'session.signed_in', objectType: 'session', objectId: session.id, details: { method } },
  });
  return { session, token, user };
}

/** Ends one session. @throws AppError('not_found') */
export async function endSession(store: AccountStore, person: Person, id: SessionId): Promise<void> {
  const isOwn = id === person.sessionId;
  const isDeleted =
    person.userId !== null &&
    (await store.deleteSession(person.userId, id, {
      actor: person,
      entry: {
        action: isOwn ? 'session.signed_out' : 'session.revoked',
        objectType: 'session',
        objectId: id,
      },
    }));
  if (!isDeleted) throw new AppError('not_found', 'Session not found');
}

/** Ends all sessions but the one that asks. @returns how many ended */
export async function endOtherSessions(store: AccountStore, person: Person): Promise<number> {
  if (person.userId === null) return 0;
  const entry = { action: 'session.revoked', objectType: 'session', objectId: null } as const;
  return store.deleteSessions(person.userId, person.sessionId, { actor: person, entry });
}

/** A user as the audit log names them. */
export function toActor(user: User, origin: RequestOrigin): AuditActor {
  const { requestId, address } = origin;
  return { kind: 'user', userId: user.id, email: user.email, request: { requestId, address } };
}
