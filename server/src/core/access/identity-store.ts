import type { AuditAction, AuditActor } from '../audit/index.ts';
import type { ApiKeyId, OrganizationId, Scope, UserId } from '../shared/index.ts';
import type { ApiKey, Membership, User } from './identity.ts';

/** How a change of a key stands in the audit log, which is written with it. */
export interface KeyChange {
  readonly actor: AuditActor;
  readonly action: Extract<AuditAction, `api_key.${string}`>;
  /** Of a rotation: the key that the new one is like. */
  readonly rotatedFrom?: ApiKeyId;
}

/** What `create_or_update` says of a user. */
export interface UserProfile {
  /** Lower case. */
  readonly email: string;
  readonly fullName: string | null;
  readonly externalId: string | null;
}

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
  findUser(id: UserId): Promise<User | undefined>;
  /** @param email in lower case */
  findUserByEmail(email: string): Promise<User | undefined>;
  /**
   * Makes the user, or brings the one with this e-mail address up to date.
   *
   * @throws AppError('conflict') when the identity provider's name for them belongs to somebody else
   */
  saveUser(profile: UserProfile): Promise<User>;
  /**
   * From now on the user is the identity provider's. A password that was set through a link goes, and with it its sessions: whoever
   * set it did not prove that the address is theirs. That of the first owner stays; whoever set it has the machine.
   */
  linkIdentity(userId: UserId, externalId: string): Promise<void>;
  markUserActive(userId: UserId, at: Date): Promise<void>;

  /** Looks in all organisations: which one it is, is what the key says. @param hash SHA-256 of the key, 32 bytes */
  findApiKeyByHash(hash: Buffer): Promise<ApiKey | undefined>;
  insertApiKey(scope: Scope, key: ApiKey, hash: Buffer, change: KeyChange): Promise<void>;
  /** Newest first. */
  listApiKeys(scope: Scope, page: { readonly skip: number; readonly limit: number }): Promise<readonly ApiKey[]>;
  findApiKey(scope: Scope, id: ApiKeyId): Promise<ApiKey | undefined>;
  /** Returns the key as it was, or undefined when there was none. */
  deleteApiKey(scope: Scope, id: ApiKeyId, change: KeyChange): Promise<ApiKey | undefined>;
  markApiKeyUsed(scope: Scope, id: ApiKeyId, at: Date): Promise<void>;
}
