import type { ApiKeyId, Scope, UserId } from '../shared/index.ts';

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
  /** `local`: no authentication on loopback; `operator`: the machine's own token in the data directory. */
  readonly kind: 'local' | 'operator' | 'user' | 'api_key';
  readonly userId: UserId | null;
  /** Of API keys only. */
  readonly apiKeyId?: ApiKeyId;
  /** Written to `created_by_email`; null for API keys. */
  readonly email: string | null;
  /** Null for API keys. */
  readonly role: Role | null;
  /** What an API key is limited to; null: everything. */
  readonly keyScopes: readonly KeyScope[] | null;
  /** Readable ids of the collections an API key is limited to; null: all. */
  readonly collections: readonly string[] | null;
}
