import { z } from 'zod';
import { GivenPassword, signIn } from '../../../core/accounts/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { OpenedSessionAnswer, originOf, toOpenedSessionResponse } from './session-answer.ts';

export const signInEndpoint = (dependencies: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/sign-in',
    summary: 'Sign in',
    description:
      'With a password, and the code of the second factor where there is one. An unknown address and a wrong password are answered alike. 10 tries of one account and 60 of one network address in 15 minutes, then 429.',
    tags: ['accounts'],
    access: 'public',
    body: z.object({
      email: plainText({ min: 1, max: 254 }),
      password: GivenPassword,
      code: z.string().min(1).max(40).nullish().describe('Of the second factor, or a recovery code.'),
    }),
    response: OpenedSessionAnswer,
    errors: [401, 429, 503],
    handler: async (input) => {
      const { email, password, code } = input.body;
      const opened = await signIn(dependencies, { email, password, code: code ?? null }, originOf(input));
      return toOpenedSessionResponse(opened, dependencies);
    },
  });
