import { endOtherSessions } from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer } from '../organizations/organization-input.ts';
import type { AccountDependencies } from './account-dependencies.ts';

export const endOtherSessionsEndpoint = ({ accounts }: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/sessions/end-others',
    summary: 'End all other own sessions',
    tags: ['accounts'],
    access: 'user',
    response: DoneAnswer,
    handler: async ({ caller }) => {
      const count = await endOtherSessions(accounts, caller);
      return { message: `${count} other sessions have ended.` };
    },
  });
