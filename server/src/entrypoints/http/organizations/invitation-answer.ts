import { z } from 'zod';
import { roles } from '../../../core/access/index.ts';
import type { Invitation } from '../../../core/accounts/index.ts';

export const InvitationAnswer = z
  .object({
    id: z.string(),
    email: z.string(),
    role: z.enum(roles),
    status: z.literal('pending'),
    invited_at: z.iso.datetime().nullable(),
    expires_at: z.iso.datetime(),
    invite_url: z.string().nullable().describe('The link to pass on: only in the answer that makes it, else null.'),
  })
  .meta({ id: 'Invitation' });

export function toInvitationAnswer(
  invitation: Invitation,
  inviteUrl: string | null = null,
): z.input<typeof InvitationAnswer> {
  return {
    id: invitation.id,
    email: invitation.email,
    role: invitation.role,
    status: 'pending',
    invited_at: invitation.invitedAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
    invite_url: inviteUrl,
  };
}
