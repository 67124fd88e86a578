import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const codeLength = 8;

/** 24 random bytes as 32 characters of URL-safe base64: ties what comes back from the source to one sign-in. */
export function createState(): string {
  return randomBytes(24).toString('base64url');
}

/** Eight characters, 47 bits: enough for a link that is good once and for five minutes. */
export function createLinkCode(): string {
  return Array.from({ length: codeLength }, () => base62[randomInt(base62.length)]).join('');
}

export function isLinkCode(text: string): boolean {
  return /^[0-9A-Za-z]{8}$/.test(text);
}

/** 32 random bytes as 43 characters of URL-safe base64: what whoever began a sign-in finishes it with. */
export function createClaimToken(): string {
  return randomBytes(32).toString('base64url');
}

/** A verifier of 86 characters and its S256 challenge (RFC 7636). */
export function createPkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(64).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier, 'ascii').digest('base64url') };
}

/** SHA-256, as which states, codes and claim tokens are kept and looked up: each has enough randomness of its own. */
export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}

/** Compares in constant time. */
export function matchesHash(secret: string, hash: Uint8Array): boolean {
  const given = hashOf(secret);
  return given.byteLength === hash.byteLength && timingSafeEqual(given, hash);
}
