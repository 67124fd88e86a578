import { z } from 'zod';
import { revokeInvitation } from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer, type OrganizationDependencies, OrganizationParams, ownerOrAdmin } from './organization-input.ts';

export const revokeInvitationEndpoint = ({ organizations }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/organizations/{organization_id}/invitations/{invitation_id}',
    summary: 'Revoke invitation',
    description: 'Its link is void at once.',
    tags: ['organizations'],
    access: ownerOrAdmin,
    // The reference answers every failure with 400, so that an id of the wrong form is not refused here.
    params: OrganizationParams.extend({ invitation_id: z.string() }),
    response: DoneAnswer,
    errors: [400],
    handler: async ({ params, caller }) => {
      await revokeInvitation(organizations, caller, params.invitation_id);
      return { message: 'The invitation was revoked.' };
    },
  });
