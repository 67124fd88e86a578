import { createHash } from 'node:crypto';
import { AppError } from '../shared/index.ts';
import type { AccountStore, Tries } from './account-store.ts';

const windowMs = 15 * 60_000;
/** Wrong passwords and codes of one account within a window, from wherever they come. */
const maxTriesPerAccount = 10;
/** Of one address, whatever the account: an office behind one address signs in, and somebody who guesses does not get far. */
const maxTriesPerAddress = 60;

/** Counts the tries to sign in. They are counted before they are made, so that parallel ones get no further. */
export interface Throttle {
  /** Takes back what was counted: it was no guess. */
  succeed(): Promise<void>;
}

/**
 * @param account what names it, whether there is such an account or not
 * @throws AppError('rate_limited')
 */
export async function countTries(
  store: AccountStore,
  account: string,
  address: string | null,
  now: Date,
): Promise<Throttle> {
  const accountSubject = toSubject('account', account);
  const addressSubject = address === null ? null : toSubject('address', toNetwork(address));
  if (addressSubject !== null) {
    refuseAbove(await store.countTry(addressSubject, now, windowMs), maxTriesPerAddress, now);
  }
  refuseAbove(await store.countTry(accountSubject, now, windowMs), maxTriesPerAccount, now);
  return {
    async succeed() {
      await store.forgetTries(accountSubject);
      if (addressSubject !== null) await store.takeBackTry(addressSubject);
    },
  };
}

function refuseAbove({ count, windowEndsAt }: Tries, limit: number, now: Date): void {
  if (count <= limit) return;
  const retryAfterMs = Math.max(1_000, windowEndsAt.getTime() - now.getTime());
  throw new AppError(
    'rate_limited',
    `Too many tries to sign in. Try again in ${Math.ceil(retryAfterMs / 60_000)} minutes.`,
    { retryAfterMs },
  );
}

function toSubject(kind: 'account' | 'address', name: string): Buffer {
  return createHash('sha256').update(`${kind}:${name}`, 'utf8').digest();
}

/** Whoever has an IPv6 address has its whole /64. */
function toNetwork(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0')].slice(0, 4).join(':');
}
