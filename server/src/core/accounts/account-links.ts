import { createToken, hashToken, type User } from '../access/index.ts';
import type { AuditActor } from '../audit/index.ts';
import { AppError, type UserId } from '../shared/index.ts';
import type { AccountStore } from './account-store.ts';
import { hashPassword } from './password.ts';
import { type OpenedSession, openSession, type SignInOrigin, toActor } from './session.ts';

/** How long a link to set a password anew is valid. */
const resetLinkLifetimeMs = 86_400_000;

/**
 * Makes a token with which its bearer becomes the first owner. Valid until one of them is used.
 *
 * @param ownerId the account that owns everything so far, and that nobody can sign in to
 * @returns null when somebody can sign in already
 */
export async function createFirstOwnerToken(
  accounts: AccountStore,
  ownerId: UserId,
  now: Date = new Date(),
): Promise<string | null> {
  if (await accounts.hasAccounts()) return null;
  const token = createToken();
  const link = { hash: hashToken(token), kind: 'first_owner', userId: ownerId, createdAt: now } as const;
  await accounts.insertLink({ ...link, expiresAt: null });
  return token;
}

/** @throws AppError('gone') when the link was used, or somebody can sign in already */
export async function becomeFirstOwner(
  accounts: AccountStore,
  token: string,
  input: { readonly email: string; readonly fullName: string | null; readonly password: string },
  origin: SignInOrigin,
  now: Date = new Date(),
): Promise<OpenedSession> {
  const hash = hashToken(token);
  // Looked up before the password is worked on, which takes a while.
  if ((await accounts.findLink(hash, 'first_owner', now)) === undefined) throw firstOwnerLinkGone();
  const { email, fullName, password } = input;
  const user = await accounts.useFirstOwnerLink(
    hash,
    { email, fullName, passwordHash: await hashPassword(password) },
    now,
  );
  if (user === undefined) throw firstOwnerLinkGone();
  return openSession(accounts, user, 'password', origin, now);
}

/** Makes a token with which its bearer sets the user's password. */
export async function createResetToken(
  accounts: AccountStore,
  user: User,
  actor: AuditActor,
  now: Date = new Date(),
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const token = createToken();
  const expiresAt = new Date(now.getTime() + resetLinkLifetimeMs);
  const entry = { action: 'password.reset_link_made', objectType: 'user', objectId: user.id } as const;
  const link = { hash: hashToken(token), kind: 'password_reset', userId: user.id, createdAt: now } as const;
  await accounts.insertLink({ ...link, expiresAt, change: { actor, entry } });
  return { token, expiresAt };
}

/** Sets a new password and ends all sessions; a second factor stays. @throws AppError('gone') */
export async function resetPassword(
  accounts: AccountStore,
  token: string,
  password: string,
  origin: SignInOrigin,
  now: Date = new Date(),
): Promise<User> {
  const hash = hashToken(token);
  if ((await accounts.findLink(hash, 'password_reset', now)) === undefined) throw resetLinkGone();
  const user = await accounts.useResetLink(hash, await hashPassword(password), now, (owner) => ({
    actor: toActor(owner, origin),
    entry: { action: 'password.changed', objectType: 'user', objectId: owner.id, details: { by: 'link' } },
  }));
  if (user === undefined) throw resetLinkGone();
  return user;
}

function resetLinkGone(): AppError {
  return new AppError('gone', 'This link was used already or is too old. Ask for a new one.');
}

function firstOwnerLinkGone(): AppError {
  return new AppError(
    'gone',
    'This link was used already, or another one was. Sign in, or start Weft again: while nobody can sign in it prints a new one.',
  );
}
