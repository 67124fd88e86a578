import { z } from 'zod';
import { endSession } from '../../../core/accounts/index.ts';
import { SessionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer } from '../organizations/organization-input.ts';
import type { AccountDependencies } from './account-dependencies.ts';

export const endSessionEndpoint = ({ accounts }: AccountDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/auth/sessions/{session_id}',
    summary: 'End one of the own sessions',
    tags: ['accounts'],
    access: 'user',
    params: z.object({ session_id: SessionId }),
    response: DoneAnswer,
    errors: [404],
    handler: async ({ params, caller }) => {
      await endSession(accounts, caller, params.session_id);
      return { message: 'The session has ended.' };
    },
  });
