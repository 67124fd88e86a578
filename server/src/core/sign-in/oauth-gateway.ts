import type { OAuth1, OAuth2 } from '../../connector-kit/index.ts';
import type { OAuthClient } from '../connections/index.ts';

/** What a source's token address gave. */
export interface TokenAnswer {
  readonly accessToken: string;
  /** Absent: the source gave none; one that was given before may still be good. */
  readonly refreshToken?: string;
  /** Null: the source does not say, and nothing else is known. */
  readonly expiresAt: Date | null;
  /** The `keptFields` that were there. */
  readonly kept: Readonly<Record<string, string>>;
}

/** A token of OAuth 1 with its secret. */
export interface TokenPair {
  readonly token: string;
  readonly secret: string;
}

/**
 * The port to sources' authorisation servers. Nothing is retried here.
 * @throws OAuthFailure
 */
export interface OAuthGateway {
  /** RFC 6749, section 4.1.3. */
  exchangeCode(
    oauth: OAuth2,
    request: {
      readonly client: OAuthClient;
      readonly code: string;
      readonly redirectUri: string;
      readonly verifier?: string;
    },
  ): Promise<TokenAnswer>;
  /** RFC 6749, section 6. */
  refresh(
    oauth: OAuth2,
    request: { readonly client: OAuthClient; readonly refreshToken: string },
  ): Promise<TokenAnswer>;
  /** RFC 5849, section 2.1. */
  requestToken(
    oauth: OAuth1,
    request: { readonly client: OAuthClient; readonly callbackUrl: string },
  ): Promise<TokenPair>;
  /** RFC 5849, section 2.3. */
  accessToken(
    oauth: OAuth1,
    request: { readonly client: OAuthClient; readonly requestToken: TokenPair; readonly verifier: string },
  ): Promise<TokenPair>;
}

/**
 * - `grant`      what was shown is no longer taken: the person has to sign in again
 * - `client`     our client is not known there, or may not do this: the operator's, or the own client's, settings are wrong
 * - `rate_limited`, `unavailable`  the source may answer later
 * - `unusable`   an answer that is none: a page, nothing, no token
 */
export type OAuthFailureKind = 'grant' | 'client' | 'rate_limited' | 'unavailable' | 'unusable';

/** Why there are no tokens. The message is for a person and holds nothing of what the source sent but its error code. */
export class OAuthFailure extends Error {
  readonly kind: OAuthFailureKind;
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: OAuthFailureKind,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'OAuthFailure';
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}
