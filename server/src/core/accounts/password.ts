import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../shared/index.ts';

/** In code points. There is no other rule: what makes passwords strong is their length. */
export const minPasswordLength = 10;
/** In characters; more than a person types, less than a burden. */
const maxPasswordLength = 256;

/** A password as somebody chooses it. */
export const NewPassword = z
  .string()
  .max(maxPasswordLength)
  .refine((text) => [...text].length >= minPasswordLength, {
    message: `must have at least ${minPasswordLength} characters`,
  });

/** A password as somebody signs in with it. */
export const GivenPassword = z.string().min(1).max(maxPasswordLength);

/**
 * scrypt with N = 2^15, r = 8, p = 3: 32 MiB and about a quarter of a second on one core.
 *
 * @see OWASP, Password Storage Cheat Sheet
 */
const cost = { log2N: 15, r: 8, p: 3 } as const;
const keyBytes = 32;
const maxMemoryBytes = 64 * 1024 * 1024;
/** At once in this process, so that whoever tries passwords takes neither its memory nor its cores. */
const maxParallel = 2;
const maxWaiting = 50;

let running = 0;
const waiting: (() => void)[] = [];

/**
 * `scrypt$15$8$3$<salt>$<key>`, both in base64.
 *
 * @throws AppError('unavailable') when too many passwords are being checked
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, cost);
  return ['scrypt', cost.log2N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/**
 * Takes as long for an account that is not there or has no password as for any other, so that the time tells nobody which there
 * are.
 *
 * @param hash null: there is none, and no password is right
 * @throws AppError('unavailable') when too many passwords are being checked
 */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const [kind, log2N, r, p, salt = '', expected = ''] = (hash ?? '').split('$');
  if (kind !== 'scrypt') {
    await derive(password, Buffer.alloc(16), cost);
    return false;
  }
  const key = await derive(password, Buffer.from(salt, 'base64'), { log2N: Number(log2N), r: Number(r), p: Number(p) });
  const expectedKey = Buffer.from(expected, 'base64');
  return expectedKey.byteLength === key.byteLength && timingSafeEqual(expectedKey, key);
}

async function derive(
  password: string,
  salt: Buffer,
  { log2N, r, p }: { readonly log2N: number; readonly r: number; readonly p: number },
): Promise<Buffer> {
  await takeTurn();
  try {
    return await new Promise((resolve, reject) => {
      // One password may be typed in several ways in Unicode.
      const options = { N: 2 ** log2N, r, p, maxmem: maxMemoryBytes };
      scrypt(password.normalize('NFKC'), salt, keyBytes, options, (error, key) =>
        error === null ? resolve(key) : reject(error),
      );
    });
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

async function takeTurn(): Promise<void> {
  if (running >= maxParallel) {
    if (waiting.length >= maxWaiting) {
      throw new AppError('unavailable', 'Too many people are signing in at once: try again in a moment.', {
        retryAfterMs: 2_000,
      });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  }
  running += 1;
}
