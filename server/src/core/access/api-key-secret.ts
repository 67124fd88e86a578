import { createHash, randomBytes } from 'node:crypto';

/** A new key: 32 random bytes as 43 characters of URL-safe base64. */
export function createKeySecret(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * SHA-256 of a key, 32 bytes: what is stored and looked up. Keys carry 256 random bits, so a slow hash would add nothing; and
 * finding a hash by an index tells an attacker who measures time nothing about the key.
 */
export function hashKeySecret(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** Enough to tell one's keys apart, too little to guess from. */
export function keyPrefix(secret: string): string {
  return secret.slice(0, 8);
}
