import { z } from 'zod';
import { getOwnMembership, type IdentityStore } from '../../../core/access/index.ts';
import { OrganizationId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from './organization-answer.ts';

export const getOrganizationEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/organizations/{organization_id}',
    summary: 'Get organization',
    tags: ['organizations'],
    access: { role: 'member' },
    params: z.object({ organization_id: OrganizationId }),
    response: OrganizationWithRoleAnswer,
    handler: async ({ params, caller }) =>
      toOrganizationWithRoleAnswer(await getOwnMembership(store, caller, params.organization_id)),
  });
