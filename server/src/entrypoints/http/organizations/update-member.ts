import { z } from 'zod';
import { changeMemberRole } from '../../../core/accounts/index.ts';
import { UserId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer, type OrganizationDependencies, OrganizationParams, ownerOrAdmin } from './organization-input.ts';

export const updateMemberEndpoint = ({ organizations }: OrganizationDependencies) =>
  defineEndpoint({
    method: 'PATCH',
    path: '/organizations/{organization_id}/members/{user_id}',
    summary: 'Change a member’s role',
    description: 'Only owners make owners, or unmake them. The last owner stays one.',
    tags: ['organizations'],
    access: ownerOrAdmin,
    params: OrganizationParams.extend({ user_id: UserId }),
    // Words that are no role are answered with 400, as in the reference, and so are not refused here.
    body: z.object({ role: z.string().describe('`owner`, `admin` or `member`') }),
    response: DoneAnswer,
    errors: [400],
    handler: async ({ params, body, caller }) => {
      const role = await changeMemberRole(organizations, caller, params.user_id, body.role);
      return { message: `The member's role is ${role} now.` };
    },
  });
