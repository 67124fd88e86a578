import { z } from 'zod';
import { type IdentityStore, listOwnMemberships, roles } from '../../../core/access/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationAnswer, toOrganizationAnswer } from '../organizations/organization-answer.ts';

const UserAnswer = z
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

export const getCurrentUserEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/users',
    summary: 'Get current user',
    tags: ['users'],
    access: 'user',
    response: UserAnswer,
    handler: async ({ caller }) => {
      const memberships = await listOwnMemberships(store, caller);
      const user = memberships[0]?.user;
      if (user === undefined)
        throw new AppError('unauthorized', 'Authentication failed: the user account was not found.');
      return {
        id: user.id,
        email: user.email,
        full_name: user.fullName,
        auth0_id: null,
        primary_organization_id: memberships.find((membership) => membership.isPrimary)?.organization.id ?? null,
        user_organizations: memberships.map((membership) => ({
          role: membership.role,
          is_primary: membership.isPrimary,
          user_id: user.id,
          organization_id: membership.organization.id,
          organization: toOrganizationAnswer(membership),
        })),
        is_admin: user.isAdmin,
        is_superuser: user.isSuperuser,
        last_active_at: user.lastActiveAt?.toISOString() ?? null,
      };
    },
  });
