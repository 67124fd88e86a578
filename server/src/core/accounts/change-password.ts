import type { Person } from '../access/index.ts';
import { AppError } from '../shared/index.ts';
import type { AccountStore } from './account-store.ts';
import { hashPassword, isPassword } from './password.ts';
import { countTries } from './throttle.ts';

/** All other sessions end. @throws AppError('forbidden') when the present password is wrong */
export async function changePassword(
  accounts: AccountStore,
  person: Person,
  input: { readonly currentPassword: string; readonly newPassword: string },
  now: Date = new Date(),
): Promise<void> {
  const { userId } = person;
  const credentials = userId === null ? undefined : await accounts.findCredentials(userId);
  if (userId === null || credentials === undefined || credentials.passwordHash === null) {
    throw new AppError('conflict', 'This account has no password here.');
  }
  const throttle = await countTries(accounts, person.email, person.request?.address ?? null, now);
  if (!(await isPassword(input.currentPassword, credentials.passwordHash))) {
    throw new AppError('forbidden', 'The present password is wrong.');
  }
  await throttle.succeed();
  const entry = { action: 'password.changed', objectType: 'user', objectId: userId } as const;
  const hash = await hashPassword(input.newPassword);
  await accounts.setPassword(userId, hash, person.sessionId, { actor: person, entry });
}
