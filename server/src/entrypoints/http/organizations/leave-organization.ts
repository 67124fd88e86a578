import { leaveOrganization } from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import {
  DoneAnswer,
  memberOrNotFound,
  type OrganizationDependencies,
  OrganizationParams,
} from './organization-input.ts';

export const leaveOrganizationEndpoint = ({ organizations }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/organizations/{organization_id}/leave',
    summary: 'Leave organization',
    tags: ['organizations'],
    access: memberOrNotFound,
    params: OrganizationParams,
    response: DoneAnswer,
    errors: [400, 404],
    handler: async ({ caller }) => {
      await leaveOrganization(organizations, caller);
      return { message: 'You have left the organization.' };
    },
  });
