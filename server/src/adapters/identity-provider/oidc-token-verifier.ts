import { errors, type JWTPayload, jwtVerify } from 'jose';
import type { ProvenIdentity, TokenVerdict, TokenVerifier } from '../../core/access/index.ts';
import type { OutboundHttp } from '../../core/outbound/index.ts';
import type { Logger } from '../../core/shared/index.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** Signatures that only the provider can make: with a key of ours, or none, anybody could. */
const algorithms = ['RS256', 'ES256'];
const clockSkewSeconds = 60;
const maxTokenLength = 16 * 1024;

/** Takes tokens of the identity provider as proof of who is calling. @see RFC 9068, RFC 8725 */
export function createOidcTokenVerifier(
  http: OutboundHttp,
  settings: OidcSettings,
  options: { readonly logger: Logger; readonly now?: () => number },
): TokenVerifier {
  const keys = new IssuerKeys(http, { issuer: settings.issuer, ...options });
  const now = options.now ?? Date.now;
  return {
    async verify(token): Promise<TokenVerdict> {
      if (token.length > maxTokenLength) return { refusal: 'the bearer token is too long.' };
      try {
        const { payload } = await jwtVerify(token, (header, input) => keys.find(header, input), {
          ...{ issuer: settings.issuer, audience: [...settings.audience], algorithms },
          ...{ clockTolerance: clockSkewSeconds, currentDate: new Date(now()), requiredClaims: ['exp', 'sub'] },
        });
        return toVerdict(payload, settings.issuer);
      } catch (error) {
        if (error instanceof errors.JOSEError) return { refusal: explain(error, settings) };
        throw error;
      }
    },
  };
}

function toVerdict(payload: JWTPayload, issuer: string): TokenVerdict {
  const identity = toIdentity(payload, issuer);
  return identity === undefined
    ? { refusal: 'the token names no e-mail address that the identity provider has verified (email, email_verified).' }
    : { identity };
}

/** Undefined without an e-mail address that the provider has verified. */
export function toIdentity(claims: JWTPayload, issuer: string): ProvenIdentity | undefined {
  const { email, email_verified: isVerified, name, sub } = claims;
  if (typeof email !== 'string' || !/^[^@\s]+@[^@\s]+$/.test(email) || email.length > 254) return undefined;
  if ((isVerified !== true && isVerified !== 'true') || sub === undefined) return undefined;
  return {
    email: email.toLowerCase(),
    externalId: `${issuer}|${sub}`.slice(0, 500),
    fullName: typeof name === 'string' ? name.slice(0, 200) : null,
  };
}

function explain(error: errors.JOSEError, settings: OidcSettings): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired: get a new one.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    switch (error.claim) {
      case 'aud':
        return `the token was made for another audience: ask for one for ${settings.audience[0]}.`;
      case 'iss':
        return `the token is of another issuer than ${settings.issuer}.`;
      default:
        return `the token's claim ${error.claim} is missing or not valid.`;
    }
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return `the token must be signed with ${algorithms.join(' or ')}.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return 'the token is signed with a key that the identity provider does not have, or not any more: get a new one.';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature is wrong.";
  return 'the bearer token is not a valid JWT.';
}
