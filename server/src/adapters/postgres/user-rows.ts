import type { Membership, User } from '../../core/access/index.ts';
import { OrganizationId, UserId } from '../../core/shared/index.ts';
import type { Queries } from './database.ts';

/** The columns that `toUser` reads. */
export const userColumns = [
  'id',
  'email',
  'external_id',
  'full_name',
  'is_admin',
  'is_superuser',
  'last_active_at',
] as const;

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly external_id: string | null;
  readonly full_name: string | null;
  readonly is_admin: boolean;
  readonly is_superuser: boolean;
  readonly last_active_at: Date | null;
}

export function toUser(row: UserRow): User {
  return {
    id: UserId.parse(row.id),
    email: row.email,
    externalId: row.external_id,
    fullName: row.full_name,
    isAdmin: row.is_admin,
    isSuperuser: row.is_superuser,
    lastActiveAt: row.last_active_at,
  };
}

/** Memberships with the user and the organisation of each. */
export function selectMemberships(queries: Queries) {
  return queries
    .selectFrom('memberships as membership')
    .innerJoin('organizations as organization', 'organization.id', 'membership.organization_id')
    .innerJoin('users as member', 'member.id', 'membership.user_id')
    .select([
      'membership.role',
      'membership.is_primary',
      'organization.id as organization_id',
      'organization.name',
      'organization.description',
      'organization.org_metadata',
      'organization.created_at',
      'organization.modified_at',
      'member.id as user_id',
      'member.email',
      'member.external_id',
      'member.full_name',
      'member.is_admin',
      'member.is_superuser',
      'member.last_active_at',
    ]);
}

type MembershipRow = Awaited<ReturnType<ReturnType<typeof selectMemberships>['executeTakeFirstOrThrow']>>;

export function toMembership(row: MembershipRow): Membership {
  return {
    role: row.role,
    isPrimary: row.is_primary,
    organization: {
      id: OrganizationId.parse(row.organization_id),
      name: row.name,
      description: row.description,
      metadata: row.org_metadata,
      createdAt: row.created_at,
      modifiedAt: row.modified_at,
    },
    user: toUser({ ...row, id: row.user_id }),
  };
}
