import { z } from 'zod';
import { type IdentityStore, listOwnMemberships } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from './organization-answer.ts';

export const listOrganizationsEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/organizations',
    summary: 'List organizations',
    description: "The user's organizations, the primary one first, then by name.",
    tags: ['organizations'],
    access: 'user',
    response: z.array(OrganizationWithRoleAnswer),
    handler: async ({ caller }) => (await listOwnMemberships(store, caller)).map(toOrganizationWithRoleAnswer),
  });
