import { z } from 'zod';
import { AppError } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { toUserAnswer, UserAnswer } from '../users/user-answer.ts';
import type { AccountDependencies } from './account-dependencies.ts';

const CurrentSessionAnswer = z
  .object({
    user: UserAnswer,
    session_id: z.guid().nullable().describe('Null: by a token of the identity provider, or without authentication.'),
    has_password: z.boolean(),
    has_second_factor: z.boolean(),
    recovery_codes_left: z.int(),
  })
  .meta({ id: 'CurrentSession' });

export const getSessionEndpoint = (dependencies: AccountDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/auth/session',
    summary: 'Say who is signed in',
    tags: ['accounts'],
    access: 'user',
    response: CurrentSessionAnswer,
    handler: async ({ caller }) => {
      const { identities, accounts } = dependencies;
      const user = caller.userId === null ? undefined : await identities.findUser(caller.userId);
      if (user === undefined) throw new AppError('unauthorized', 'The user account was not found.');
      const credentials = await accounts.findCredentials(user.id);
      return {
        user: await toUserAnswer(dependencies, user),
        session_id: caller.sessionId,
        has_password: (credentials?.passwordHash ?? null) !== null,
        has_second_factor: credentials?.isTotpEnabled ?? false,
        recovery_codes_left: credentials?.recoveryCodesLeft ?? 0,
      };
    },
  });
