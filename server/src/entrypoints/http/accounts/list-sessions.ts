import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { SessionAnswer, toSessionAnswer } from './session-answer.ts';

export const listSessionsEndpoint = ({ accounts }: AccountDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/auth/sessions',
    summary: 'List own sessions',
    description: 'The browsers and programs that are signed in, the last used one first.',
    tags: ['accounts'],
    access: 'user',
    response: z.array(SessionAnswer),
    handler: async ({ caller }) => {
      const sessions = caller.userId === null ? [] : await accounts.listSessions(caller.userId, new Date());
      return sessions.map((session) => toSessionAnswer(session, caller.sessionId));
    },
  });
