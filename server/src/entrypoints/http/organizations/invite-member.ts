import { z } from 'zod';
import { inviteMember } from '../../../core/accounts/index.ts';
import { requireUsage } from '../../../core/quotas/index.ts';
import { AppError, isAppError, type Scope } from '../../../core/shared/index.ts';
import { pageUrl } from '../accounts/account-links.ts';
import { defineEndpoint } from '../endpoint.ts';
import { InvitationAnswer, toInvitationAnswer } from './invitation-answer.ts';
import { type OrganizationDependencies, OrganizationParams, ownerOrAdmin } from './organization-input.ts';

export const inviteMemberEndpoint = ({ organizations, apiUrl, quotas }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/organizations/{organization_id}/invite',
    summary: 'Invite member',
    description:
      'Answers with the link in `invite_url`, this once: pass it on. A second invitation of the same address replaces the first. Only owners invite owners.',
    tags: ['organizations'],
    access: ownerOrAdmin,
    params: OrganizationParams,
    body: z.object({ email: z.email().max(254), role: z.string().default('member') }),
    response: InvitationAnswer,
    errors: [400],
    handler: async ({ body, caller }) => {
      if (quotas !== undefined) await requireMemberPlace(quotas, caller.scope);
      const { invitation, token } = await inviteMember(organizations, caller, body);
      return toInvitationAnswer(invitation, pageUrl(apiUrl(), 'invitation', token));
    },
  });

/** The contract has 422 here, and 400 at all other limits on usage. */
async function requireMemberPlace(
  quotas: NonNullable<OrganizationDependencies['quotas']>,
  scope: Scope,
): Promise<void> {
  await requireUsage(quotas, scope, ['team_members']).catch((error: unknown) => {
    throw isAppError(error, 'invalid_request') ? new AppError('unprocessable', error.message, { cause: error }) : error;
  });
}
