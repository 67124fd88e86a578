import type { IdentityStore, User } from '../access/index.ts';
import { AppError } from '../shared/index.ts';
import { isPassword } from './password.ts';
import { type SecondFactorDependencies, takeCode } from './second-factor.ts';
import { type OpenedSession, openSession, type SignInOrigin, toActor } from './session.ts';
import { countTries } from './throttle.ts';

export interface SignInDependencies extends SecondFactorDependencies {
  readonly identities: IdentityStore;
}

export interface SignInInput {
  readonly email: string;
  readonly password: string;
  /** Of the second factor, or a recovery code. */
  readonly code: string | null;
}

/**
 * Signs in with a password. An unknown address, one without a password and a wrong password are answered alike, after the same
 * work.
 *
 * @throws AppError('unauthorized') for anything wrong; that a code is missing is said only once the password is right.
 *   AppError('rate_limited') after too many tries
 */
export async function signIn(
  dependencies: SignInDependencies,
  input: SignInInput,
  origin: SignInOrigin,
  now: Date = new Date(),
): Promise<OpenedSession> {
  const { accounts, identities } = dependencies;
  const email = toEmail(input.email);
  const throttle = await countTries(accounts, email, origin.address, now);
  const user = await identities.findUserByEmail(email);
  const credentials = user === undefined ? undefined : await accounts.findCredentials(user.id);
  const isRight = await isPassword(input.password, credentials?.passwordHash ?? null);
  if (user === undefined || credentials === undefined || !isRight) {
    if (user !== undefined) await recordFailure(dependencies, user, origin, 'password');
    throw new AppError('unauthorized', 'The e-mail address or the password is wrong.');
  }
  if (credentials.isTotpEnabled) {
    if (input.code === null) {
      throw new AppError('unauthorized', 'This account has a second factor: send its present code as `code`.');
    }
    if (!(await takeCode(dependencies, user.id, credentials.totpSecret, input.code, now))) {
      await recordFailure(dependencies, user, origin, 'second_factor');
      throw new AppError('unauthorized', 'The code is wrong, too old, or was used already.');
    }
  }
  await throttle.succeed();
  return openSession(accounts, user, 'password', origin, now);
}

/** As addresses are stored and compared. */
export function toEmail(text: string): string {
  return text.trim().toLowerCase();
}

async function recordFailure(
  { accounts }: SignInDependencies,
  user: User,
  origin: SignInOrigin,
  reason: 'password' | 'second_factor',
): Promise<void> {
  await accounts.recordForUser(user.id, {
    actor: toActor(user, origin),
    entry: { action: 'session.sign_in_failed', objectType: 'user', objectId: user.id, details: { reason } },
  });
}
