import { randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const generatedBytes = 24;

/** `whsec_` and 24 random bytes in base64. */
export function generateSecret(): string {
  return prefix + randomBytes(generatedBytes).toString('base64');
}

/**
 * The bytes that sign, as verification libraries take them from a secret: what follows `whsec_`, read as base64. A secret of the
 * user's own that is no base64 is taken as the text that it is.
 */
export function signingKey(secret: string): Uint8Array {
  const text = secret.startsWith(prefix) ? secret.slice(prefix.length) : secret;
  const bytes = Buffer.from(text, 'base64');
  const isBase64 = bytes.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  return isBase64 ? bytes : Buffer.from(text, 'utf8');
}
