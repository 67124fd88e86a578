import { z } from 'zod';
import { listOwnMemberships } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from '../organizations/organization-answer.ts';
import type { OrganizationDependencies } from '../organizations/organization-input.ts';

export const listOwnOrganizationsEndpoint = ({ identities, features }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/users/me/organizations',
    summary: "List the current user's organizations",
    tags: ['users'],
    access: 'user',
    response: z.array(OrganizationWithRoleAnswer),
    handler: async ({ caller }) => {
      const memberships = await listOwnMemberships(identities, caller);
      return Promise.all(memberships.map((membership) => toOrganizationWithRoleAnswer(membership, features)));
    },
  });
