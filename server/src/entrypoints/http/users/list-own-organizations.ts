import { z } from 'zod';
import { type IdentityStore, listOwnMemberships } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from '../organizations/organization-answer.ts';

export const listOwnOrganizationsEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/users/me/organizations',
    summary: "List the current user's organizations",
    tags: ['users'],
    access: 'user',
    response: z.array(OrganizationWithRoleAnswer),
    handler: async ({ caller }) => (await listOwnMemberships(store, caller)).map(toOrganizationWithRoleAnswer),
  });
