import { createHash, randomBytes } from 'node:crypto';

const sessionPrefix = 'weft_session_';

/** A new token for a session or a link: 256 random bits as URL-safe base64. */
export function createToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Tells sessions from API keys, so that a key that is sent as bearer costs no second look-up. */
export function createSessionToken(): string {
  return `${sessionPrefix}${createToken()}`;
}

export function isSessionToken(token: string): boolean {
  return token.startsWith(sessionPrefix);
}

/** SHA-256, 32 bytes: what is stored. A slow hash would add nothing to 256 random bits. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

/** Three parts of URL-safe base64, whatever they hold. */
export function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}
