import type { SessionId } from '../shared/index.ts';
import type { ProvenIdentity } from './caller.ts';
import type { User } from './identity.ts';

/** What a token turns out to be: proof of somebody, or why it is not; the words are for whoever sent it. */
export type TokenVerdict = { readonly identity: ProvenIdentity } | { readonly refusal: string };

/** The port to the identity provider whose tokens are taken as they are. */
export interface TokenVerifier {
  /** @throws AppError('unavailable') when the provider's keys cannot be read */
  verify(token: string): Promise<TokenVerdict>;
}

/** A session that is in force. */
export interface FoundSession {
  readonly id: SessionId;
  readonly user: User;
  readonly lastUsedAt: Date;
}

/** Where the authenticator looks up who signed in here. */
export interface SessionFinder {
  /** @param hash SHA-256 of the token. Sessions that were idle too long or have ended are not found */
  findSession(hash: Buffer, now: Date): Promise<FoundSession | undefined>;
  markSessionUsed(id: SessionId, at: Date): Promise<void>;
}

/** What a cookie says, and whether the request is one that our own pages sent. */
export interface CookieProof {
  readonly token: string;
  readonly isFromOwnPage: boolean;
}
