import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { InvitationAnswer, toInvitationAnswer } from './invitation-answer.ts';
import { memberOrNotFound, type OrganizationDependencies, OrganizationParams } from './organization-input.ts';

export const listInvitationsEndpoint = ({ organizations }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/organizations/{organization_id}/invitations',
    summary: 'List invitations',
    description: 'Those that can still be followed, the newest first.',
    tags: ['organizations'],
    access: memberOrNotFound,
    params: OrganizationParams,
    response: z.array(InvitationAnswer),
    errors: [404],
    handler: async ({ caller }) => {
      const invitations = await organizations.listInvitations(caller.scope, new Date());
      return invitations.map((invitation) => toInvitationAnswer(invitation));
    },
  });
