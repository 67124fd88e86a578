import type { ApiKeyId, OrganizationId, Scope, UserId } from '../shared/index.ts';
import type { ApiKey, Membership } from './identity.ts';

/** Where organisations, users and API keys are kept. */
export interface IdentityStore {
  /** The owner of the oldest organisation; makes both when there is none yet. Safe to call from several processes at once. */
  ensureFirstOwner(owner: { readonly email: string; readonly organizationName: string }): Promise<Membership>;
  /** The oldest owner of an organisation. @param id null: of the oldest organisation */
  findOwner(id: OrganizationId | null): Promise<Membership | undefined>;
  hasOrganization(id: OrganizationId): Promise<boolean>;
  /** All memberships of a user, the primary one first, then by the organisation's name. */
  listMemberships(userId: UserId): Promise<readonly Membership[]>;
  findMembership(userId: UserId, organizationId: OrganizationId): Promise<Membership | undefined>;

  /** Looks in all organisations: which one it is, is what the key says. @param hash SHA-256 of the key, 32 bytes */
  findApiKeyByHash(hash: Buffer): Promise<ApiKey | undefined>;
  insertApiKey(scope: Scope, key: ApiKey, hash: Buffer): Promise<void>;
  /** Newest first. */
  listApiKeys(scope: Scope, page: { readonly skip: number; readonly limit: number }): Promise<readonly ApiKey[]>;
  findApiKey(scope: Scope, id: ApiKeyId): Promise<ApiKey | undefined>;
  /** Returns the key as it was, or undefined when there was none. */
  deleteApiKey(scope: Scope, id: ApiKeyId): Promise<ApiKey | undefined>;
  markApiKeyUsed(scope: Scope, id: ApiKeyId, at: Date): Promise<void>;
}
