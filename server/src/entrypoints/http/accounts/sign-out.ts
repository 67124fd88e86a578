import { endSession } from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer } from '../organizations/organization-input.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { withoutCookie } from './session-answer.ts';

export const signOutEndpoint = ({ accounts, apiUrl }: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/sign-out',
    summary: 'Sign out',
    description: 'Ends the session that asks, and takes its cookie away.',
    tags: ['accounts'],
    access: 'user',
    response: DoneAnswer,
    handler: async ({ caller }) => {
      if (caller.sessionId !== null) await endSession(accounts, caller, caller.sessionId);
      return Response.json({ message: 'You are signed out.' }, { headers: { 'Set-Cookie': withoutCookie(apiUrl()) } });
    },
  });
