import { Secret, TOTP } from 'otpauth';
import type { TotpCodes } from '../../core/accounts/index.ts';

const periodSeconds = 30;
/** SHA-1 and six digits, which is what every authenticator app can do. */
const common = { issuer: 'Weft', algorithm: 'SHA1', digits: 6, period: periodSeconds } as const;
const secretBytes = 20;

/** Time-based one-time passwords. @see RFC 6238 */
export function createTotpCodes(): TotpCodes {
  return {
    createSecret: () => new Secret({ size: secretBytes }).base32,
    toUrl: (secret, email) => new TOTP({ ...common, label: email, secret: Secret.fromBase32(secret) }).toString(),
    findStep(secret, code, now) {
      const totp = new TOTP({ ...common, secret: Secret.fromBase32(secret) });
      // Compares in constant time.
      const delta = totp.validate({ token: code, timestamp: now.getTime(), window: 1 });
      return delta === null ? null : Math.floor(now.getTime() / 1000 / periodSeconds) + delta;
    },
  };
}
