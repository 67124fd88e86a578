import { z } from 'zod';
import { type IdentityStore, roles, type User } from '../../../core/access/index.ts';
import { type Features, OrganizationAnswer, toOrganizationAnswer } from '../organizations/organization-answer.ts';

export const UserAnswer = z
  .object({
    id: z.guid(),
    email: z.string(),
    full_name: z.string().nullable(),
    auth0_id: z.string().nullable(),
    primary_organization_id: z.guid().nullable(),
    user_organizations: z.array(
      z.object({
        role: z.enum(roles),
        is_primary: z.boolean(),
        user_id: z.guid(),
        organization_id: z.guid(),
        organization: OrganizationAnswer,
      }),
    ),
    is_admin: z.boolean(),
    is_superuser: z.boolean(),
    last_active_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'User' });

/** A user with all organisations that they belong to. */
export async function toUserAnswer(
  { identities, features }: { readonly identities: IdentityStore; readonly features: Features },
  user: User,
): Promise<z.input<typeof UserAnswer>> {
  const memberships = await identities.listMemberships(user.id);
  const primary = memberships.find((membership) => membership.isPrimary) ?? memberships[0];
  return {
    id: user.id,
    email: user.email,
    full_name: user.fullName,
    auth0_id: user.externalId,
    primary_organization_id: primary?.organization.id ?? null,
    user_organizations: await Promise.all(
      memberships.map(async (membership) => ({
        role: membership.role,
        is_primary: membership.isPrimary,
        user_id: user.id,
        organization_id: membership.organization.id,
        organization: await toOrganizationAnswer(membership, features),
      })),
    ),
    is_admin: user.isAdmin,
    is_superuser: user.isSuperuser,
    last_active_at: user.lastActiveAt?.toISOString() ?? null,
  };
}
