import { removeMember } from '../../../core/accounts/index.ts';
import { UserId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer, type OrganizationDependencies, OrganizationParams, ownerOrAdmin } from './organization-input.ts';

export const removeMemberEndpoint = ({ organizations }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/organizations/{organization_id}/members/{user_id}',
    summary: 'Remove member',
    description: 'API keys that the member made keep working.',
    tags: ['organizations'],
    access: ownerOrAdmin,
    params: OrganizationParams.extend({ user_id: UserId }),
    response: DoneAnswer,
    errors: [400],
    handler: async ({ params, caller }) => {
      await removeMember(organizations, caller, params.user_id);
      return { message: 'The member was removed.' };
    },
  });
