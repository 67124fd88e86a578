import { z } from 'zod';
import { listOwnMemberships } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from './organization-answer.ts';
import type { OrganizationDependencies } from './organization-input.ts';

export const listOrganizationsEndpoint = ({ identities, features }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/organizations',
    summary: 'List organizations',
    description: "The user's organizations, the primary one first, then by name.",
    tags: ['organizations'],
    access: 'user',
    response: z.array(OrganizationWithRoleAnswer),
    handler: async ({ caller }) => {
      const memberships = await listOwnMemberships(identities, caller);
      return Promise.all(memberships.map((membership) => toOrganizationWithRoleAnswer(membership, features)));
    },
  });
