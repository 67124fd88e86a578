import { z } from 'zod';
import { roles } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { memberOrNotFound, type OrganizationDependencies, OrganizationParams } from './organization-input.ts';

const MemberAnswer = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.enum(roles),
    status: z.literal('active'),
    is_primary: z.boolean().describe('Whether this is the organization that the member works in by default.'),
    auth0_id: z.string().nullable(),
  })
  .meta({ id: 'Member' });

export const listMembersEndpoint = ({ organizations }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/organizations/{organization_id}/members',
    summary: 'List members',
    tags: ['organizations'],
    access: memberOrNotFound,
    params: OrganizationParams,
    response: z.array(MemberAnswer),
    errors: [404],
    handler: async ({ caller }) => {
      const members = await organizations.listMembers(caller.scope);
      return members.map(({ user, role, isPrimary }) => ({
        id: user.id,
        email: user.email,
        name: user.fullName ?? user.email,
        role,
        status: 'active' as const,
        is_primary: isPrimary,
        auth0_id: user.externalId,
      }));
    },
  });
