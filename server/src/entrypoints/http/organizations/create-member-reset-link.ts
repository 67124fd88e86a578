import { createMemberResetToken } from '../../../core/accounts/index.ts';
import { UserId } from '../../../core/shared/index.ts';
import { LinkAnswer, pageUrl } from '../accounts/account-links.ts';
import { defineEndpoint } from '../endpoint.ts';
import { type OrganizationDependencies, OrganizationParams, ownerOrAdmin } from './organization-input.ts';

export const createMemberResetLinkEndpoint = (dependencies: OrganizationDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/organizations/{organization_id}/members/{user_id}/reset-link',
    summary: 'Make a link to reset a member’s password',
    description:
      'For a member who belongs only to organizations that the caller owns. Whoever holds the link can set the password, once, within a day.',
    tags: ['organizations'],
    access: ownerOrAdmin,
    params: OrganizationParams.extend({ user_id: UserId }),
    response: LinkAnswer,
    errors: [400],
    handler: async ({ params, caller }) => {
      const { token, expiresAt } = await createMemberResetToken(dependencies, caller, params.user_id);
      return { url: pageUrl(dependencies.apiUrl(), 'reset-password', token), expires_at: expiresAt.toISOString() };
    },
  });
