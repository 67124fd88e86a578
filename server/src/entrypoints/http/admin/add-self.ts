import { z } from 'zod';
import { type Role, roles } from '../../../core/access/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from '../organizations/organization-answer.ts';
import type { AdminDependencies } from './admin-dependencies.ts';
import { findOrganization, OrganizationParams } from './organization-param.ts';

/** A role that does not exist is 400 by contract, so the schema takes any text. */
export const addSelfEndpoint = ({
  administration,
  identities,
  features,
}: Pick<AdminDependencies, 'administration' | 'identities' | 'features'>) =>
  defineEndpoint({
    method: 'POST',
    path: '/admin/organizations/{organization_id}/add-self',
    summary: 'Become a member of an organization',
    description: 'Or change your own role in it.',
    tags: ['admin'],
    access: 'platform_admin',
    params: OrganizationParams,
    query: z.object({ role: z.string().max(100).default('owner').describe(roles.join(', ')) }),
    response: OrganizationWithRoleAnswer,
    errors: [400, 404],
    handler: async ({ params, query, caller }) => {
      if (!isRole(query.role)) {
        throw new AppError('invalid_request', `Invalid role. It must be one of ${roles.join(', ')}.`);
      }
      const scope = await findOrganization(administration, params.organization_id);
      if (caller.userId === null) throw new AppError('forbidden', 'Only a user can become a member.');
      await administration.putMember(scope, caller.userId, query.role);
      const membership = await identities.findMembership(caller.userId, scope.organizationId);
      if (membership === undefined) throw new AppError('not_found', 'Organization not found');
      return toOrganizationWithRoleAnswer(membership, features);
    },
    audit: ({ params, query }) => ({
      action: 'member.joined',
      objectType: 'organization',
      objectId: params.organization_id,
      details: { role: query.role },
    }),
  });

function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text);
}
