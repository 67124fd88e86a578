import type { ApiKeyId, OrganizationId, UserId } from '../shared/index.ts';
import type { KeyScope, Role } from './caller.ts';

export interface Organization {
  readonly id: OrganizationId;
  readonly name: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

export interface User {
  readonly id: UserId;
  /** Lower case. */
  readonly email: string;
  /** What the identity provider calls them: issuer and subject; null: they never came through one. */
  readonly externalId: string | null;
  readonly fullName: string | null;
  readonly isAdmin: boolean;
  readonly isSuperuser: boolean;
  readonly lastActiveAt: Date | null;
}

/** A user's place in one organisation. */
export interface Membership {
  readonly user: User;
  readonly organization: Organization;
  readonly role: Role;
  /** The organisation that a request of this user means when it names none; one at most per user. */
  readonly isPrimary: boolean;
}

/** An API key as it is stored: without the key itself. */
export interface ApiKey {
  readonly id: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly name: string | null;
  /** The first 8 characters, for people to recognise it. */
  readonly prefix: string;
  /** Null: everything. */
  readonly scopes: readonly KeyScope[] | null;
  /** Readable ids; null: all collections. */
  readonly collections: readonly string[] | null;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly lastUsedAt: Date | null;
  readonly createdByEmail: string | null;
  readonly modifiedByEmail: string | null;
}
