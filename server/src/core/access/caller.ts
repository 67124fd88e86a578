import type { RequestOrigin } from '../audit/index.ts';
import type { ApiKeyId, Scope, SessionId, UserId } from '../shared/index.ts';

export const keyScopes = ['search', 'read', 'write', 'impersonate', 'admin'] as const;
/**
 * What an API key may do. `write` includes `read`; `admin` includes all. `impersonate`: to search as another user, which only narrows
 * what the key sees; it allows nothing by itself.
 */
export type KeyScope = (typeof keyScopes)[number];

export const roles = ['owner', 'admin', 'member'] as const;
export type Role = (typeof roles)[number];

/** Who is asking, with the organisation resolved. Made by `authenticate` only. */
export interface Caller {
  readonly scope: Scope;
  /**
   * `local`: no authentication on loopback; `operator`: the machine's own token in the data directory; `connect_session`: the token
   * of a Connect session, on its own endpoints only.
   */
  readonly kind: 'local' | 'operator' | 'user' | 'api_key' | 'connect_session';
  readonly userId: UserId | null;
  /** Of API keys only. */
  readonly apiKeyId?: ApiKeyId;
  /** Of Connect sessions only. `endUserId`: who sits in front, whose the connections made now are; null: nobody in particular. */
  readonly connect?: { readonly sessionId: string; readonly endUserId: string | null };
  /** Written to `created_by_email`; null for API keys. */
  readonly email: string | null;
  /** Null for API keys. */
  readonly role: Role | null;
  /** What an API key is limited to; null: everything. */
  readonly keyScopes: readonly KeyScope[] | null;
  /** Readable ids of the collections an API key is limited to; null: all. */
  readonly collections: readonly string[] | null;
  /** Of users who may act for the whole server, whatever the organisation. Whoever holds the machine's own token may too. */
  readonly isPlatformAdmin?: boolean;
  /** Of users who signed in here. */
  readonly sessionId?: SessionId;
  /** Absent where nothing was asked over HTTP. */
  readonly request?: RequestOrigin;
}

/** What an identity provider vouches for: the owner of this e-mail address has signed in. */
export interface ProvenIdentity {
  /** Lower case. */
  readonly email: string;
  /** The provider's own lasting name: issuer and subject. */
  readonly externalId: string;
  readonly fullName: string | null;
}

/** Who is asking, whatever the organisation. Made by `authenticatePerson` only. */
export interface Person {
  readonly kind: 'local' | 'operator' | 'user';
  /** Null: an identity provider vouches for somebody who has no account here. */
  readonly userId: UserId | null;
  readonly email: string;
  /** Of those who came with a token of the identity provider. */
  readonly identity: ProvenIdentity | null;
  /** Of those who signed in here. */
  readonly sessionId: SessionId | null;
  readonly request?: RequestOrigin;
}
