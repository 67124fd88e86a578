import type { ApiKey, Membership, Organization, Role, User } from '../access/index.ts';
import type { AuditActor } from '../audit/index.ts';
import type { InvitationId, JsonObject, OrganizationId, Scope, UserId } from '../shared/index.ts';

/** An invitation that nobody has followed yet. */
export interface Invitation {
  readonly id: InvitationId;
  readonly organizationId: OrganizationId;
  /** Lower case. */
  readonly email: string;
  readonly role: Role;
  readonly invitedAt: Date;
  readonly expiresAt: Date;
  readonly invitedByEmail: string | null;
}

/** An invitation with what its page shows. */
export interface FoundInvitation extends Invitation {
  readonly organizationName: string;
}

export interface OrganizationChange {
  readonly name: string;
  readonly description: string | null;
  /** Undefined: as it is. */
  readonly metadata: JsonObject | null | undefined;
}

/** How the end of a membership went: `last_owner` and `only_organization` say why it did not. */
export type RemovalOutcome = 'removed' | 'not_a_member' | 'last_owner' | 'only_organization';

/** Where organisations, their members and their invitations are kept. Each change writes its audit entry and its events with it. */
export interface OrganizationStore {
  create(
    owner: User,
    organization: Organization,
    key: { readonly key: ApiKey; readonly hash: Buffer },
    actor: AuditActor,
  ): Promise<Membership>;
  update(scope: Scope, change: OrganizationChange, actor: AuditActor): Promise<void>;
  /**
   * Hides an organisation with all that it has; members and keys are gone at once, the rest goes in the background.
   *
   * @returns false when it is the user's only one
   */
  delete(scope: Scope, userId: UserId, actor: AuditActor): Promise<boolean>;
  setPrimary(userId: UserId, id: OrganizationId): Promise<void>;

  /** By e-mail. */
  listMembers(scope: Scope): Promise<readonly Membership[]>;
  /** Exact under parallel calls: an owner stays. */
  changeRole(
    scope: Scope,
    userId: UserId,
    role: Role,
    actor: AuditActor,
  ): Promise<'changed' | 'not_a_member' | 'last_owner'>;
  removeMember(scope: Scope, userId: UserId, actor: AuditActor, reason: 'removed' | 'left'): Promise<RemovalOutcome>;

  /** One for each address: a new one replaces the old one, whose link is void then. @returns false for a member */
  insertInvitation(scope: Scope, invitation: Invitation, hash: Buffer, actor: AuditActor): Promise<boolean>;
  /** Those that can still be followed, the newest first. */
  listInvitations(scope: Scope, now: Date): Promise<readonly Invitation[]>;
  deleteInvitation(scope: Scope, id: InvitationId, actor: AuditActor): Promise<boolean>;
  /** In whatever organisation. @param hash SHA-256 of the link's token */
  findInvitation(hash: Buffer, now: Date): Promise<FoundInvitation | undefined>;
  /**
   * Follows an invitation, once.
   *
   * @param by a user who has shown who they are, or how a new one signs in
   * @returns the member; undefined when it cannot be followed any more
   */
  acceptInvitation(hash: Buffer, by: InvitedUser, now: Date): Promise<User | undefined>;
  /** Follows all invitations of an address that an identity provider vouches for. */
  acceptAllInvitations(user: User, now: Date): Promise<void>;

  /** Removes organisations that were hidden and have nothing left that needs care; returns how many. */
  removeDeleted(before: Date): Promise<number>;
}

/** Who follows an invitation; `new` must have no way to sign in yet. */
export type InvitedUser =
  | { readonly kind: 'known'; readonly user: User }
  | { readonly kind: 'new'; readonly fullName: string | null; readonly passwordHash: string };
