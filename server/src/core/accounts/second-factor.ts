import { randomInt } from 'node:crypto';
import { hashToken, type Person } from '../access/index.ts';
import { AppError, type UserId } from '../shared/index.ts';
import type { AccountStore } from './account-store.ts';
import { isPassword } from './password.ts';
import { countTries } from './throttle.ts';

/** The port to time-based one-time passwords. @see RFC 6238 */
export interface TotpCodes {
  /** A new secret in base32. */
  createSecret(): string;
  /** An `otpauth://` address, as authenticator apps read it from a picture. */
  toUrl(secret: string, email: string): string;
  /** The time step that a code belongs to, one step before or after the present one included; null: it belongs to none. */
  findStep(secret: string, code: string, now: Date): number | null;
}

/** The port that keeps secrets of users sealed. */
export interface UserSecrets {
  seal(userId: UserId, secret: string): Uint8Array;
  /** @throws AppError('internal') when no key opens it */
  open(userId: UserId, sealed: Uint8Array): string;
}

export interface SecondFactorDependencies {
  readonly accounts: AccountStore;
  readonly totp: TotpCodes;
  readonly secrets: UserSecrets;
}

const recoveryCodeCount = 10;
/** Without letters and digits that look alike. */
const recoveryAlphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** What an authenticator app needs, shown this once. It is not in force before a code confirms it. */
export async function prepareSecondFactor(
  dependencies: SecondFactorDependencies,
  person: Person,
): Promise<{ readonly secret: string; readonly url: string }> {
  const { accounts, totp, secrets } = dependencies;
  const { userId, credentials } = await requireLocalAccount(accounts, person);
  if (credentials.isTotpEnabled) throw alreadyEnabled();
  const secret = totp.createSecret();
  if (!(await accounts.prepareTotp(userId, secrets.seal(userId, secret)))) throw alreadyEnabled();
  return { secret, url: totp.toUrl(secret, person.email) };
}

/** Puts it in force. @returns codes for the day the app is lost, each for one use, shown this once */
export async function enableSecondFactor(
  dependencies: SecondFactorDependencies,
  person: Person,
  code: string,
  now: Date = new Date(),
): Promise<readonly string[]> {
  const { accounts, totp, secrets } = dependencies;
  const { userId, credentials } = await requireLocalAccount(accounts, person);
  if (credentials.isTotpEnabled) throw alreadyEnabled();
  if (credentials.totpSecret === null) {
    throw new AppError('conflict', 'There is no second factor to confirm: begin with POST /auth/second-factor.');
  }
  const throttle = await countTries(accounts, person.email, person.request?.address ?? null, now);
  const step = totp.findStep(secrets.open(userId, credentials.totpSecret), code, now);
  if (step === null) throw wrongCode();
  await throttle.succeed();
  const codes = Array.from({ length: recoveryCodeCount }, createRecoveryCode);
  const hashes = codes.map(hashToken);
  const entry = { action: 'second_factor.enabled', objectType: 'user', objectId: userId } as const;
  if (!(await accounts.enableTotp(userId, step, hashes, now, { actor: person, entry }))) throw alreadyEnabled();
  return codes;
}

/** @throws AppError('forbidden') for a wrong password or code */
export async function disableSecondFactor(
  dependencies: SecondFactorDependencies,
  person: Person,
  proof: { readonly password: string; readonly code: string },
  now: Date = new Date(),
): Promise<void> {
  const { accounts } = dependencies;
  const { userId, credentials } = await requireLocalAccount(accounts, person);
  if (!credentials.isTotpEnabled) throw new AppError('conflict', 'There is no second factor.');
  const throttle = await countTries(accounts, person.email, person.request?.address ?? null, now);
  const isRight =
    (await isPassword(proof.password, credentials.passwordHash)) &&
    (await takeCode(dependencies, userId, credentials.totpSecret, proof.code, now));
  if (!isRight) throw new AppError('forbidden', 'The password or the code is wrong.');
  await throttle.succeed();
  const entry = { action: 'second_factor.disabled', objectType: 'user', objectId: userId } as const;
  await accounts.disableTotp(userId, { actor: person, entry });
}

/** Whether a code of the app, or a recovery code, is right; each is taken once. */
export async function takeCode(
  { accounts, totp, secrets }: SecondFactorDependencies,
  userId: UserId,
  sealedSecret: Uint8Array | null,
  code: string,
  now: Date,
): Promise<boolean> {
  const plain = code.replaceAll(/[\s-]/g, '').toLowerCase();
  if (/^\d{6}$/.test(plain)) {
    const step = sealedSecret === null ? null : totp.findStep(secrets.open(userId, sealedSecret), plain, now);
    return step !== null && accounts.takeTotpStep(userId, step);
  }
  return accounts.takeRecoveryCode(userId, hashToken(plain));
}

/** 10 characters of 31: 49 bits, behind a limit of tries. */
function createRecoveryCode(): string {
  return Array.from({ length: 10 }, () => recoveryAlphabet[randomInt(recoveryAlphabet.length)]).join('');
}

async function requireLocalAccount(accounts: AccountStore, person: Person) {
  const credentials = person.userId === null ? undefined : await accounts.findCredentials(person.userId);
  if (person.userId === null || credentials === undefined || credentials.passwordHash === null) {
    throw new AppError('conflict', 'This account has no password here: its identity provider asks for second factors.');
  }
  return { userId: person.userId, credentials };
}

function alreadyEnabled(): AppError {
  return new AppError('conflict', 'There is a second factor already: take it away first.');
}

function wrongCode(): AppError {
  return new AppError('invalid_request', 'The code is wrong or too old: enter the one that the app shows now.');
}
