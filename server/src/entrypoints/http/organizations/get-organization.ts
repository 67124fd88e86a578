import { getOwnMembership } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from './organization-answer.ts';
import { anyMember, type OrganizationDependencies, OrganizationParams } from './organization-input.ts';

export const getOrganizationEndpoint = ({ identities, features }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/organizations/{organization_id}',
    summary: 'Get organization',
    tags: ['organizations'],
    access: anyMember,
    params: OrganizationParams,
    response: OrganizationWithRoleAnswer,
    handler: async ({ params, caller }) =>
      toOrganizationWithRoleAnswer(await getOwnMembership(identities, caller, params.organization_id), features),
  });
