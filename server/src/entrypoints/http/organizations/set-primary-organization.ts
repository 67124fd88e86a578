import { getOwnMembership } from '../../../core/access/index.ts';
import { requireUserId } from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { OrganizationWithRoleAnswer, toOrganizationWithRoleAnswer } from './organization-answer.ts';
import { anyMember, type OrganizationDependencies, OrganizationParams } from './organization-input.ts';

export const setPrimaryOrganizationEndpoint = ({ identities, organizations, features }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/organizations/{organization_id}/set-primary',
    summary: 'Set primary organization',
    description: 'The one that requests of this user mean when they name none.',
    tags: ['organizations'],
    access: anyMember,
    params: OrganizationParams,
    response: OrganizationWithRoleAnswer,
    handler: async ({ params, caller }) => {
      await organizations.setPrimary(requireUserId(caller), params.organization_id);
      return toOrganizationWithRoleAnswer(await getOwnMembership(identities, caller, params.organization_id), features);
    },
  });
