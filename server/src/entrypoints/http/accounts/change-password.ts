import { z } from 'zod';
import { changePassword, GivenPassword, NewPassword } from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer } from '../organizations/organization-input.ts';
import type { AccountDependencies } from './account-dependencies.ts';

export const changePasswordEndpoint = ({ accounts }: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/password',
    summary: 'Change own password',
    description: 'All other sessions end.',
    tags: ['accounts'],
    access: 'user',
    body: z.object({ current_password: GivenPassword, new_password: NewPassword }),
    response: DoneAnswer,
    errors: [403, 409, 429, 503],
    handler: async ({ body, caller }) => {
      const { current_password: currentPassword, new_password: newPassword } = body;
      await changePassword(accounts, caller, { currentPassword, newPassword });
      return { message: 'The password is changed; all other sessions have ended.' };
    },
  });
