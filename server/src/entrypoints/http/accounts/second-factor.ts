import { z } from 'zod';
import {
  disableSecondFactor,
  enableSecondFactor,
  GivenPassword,
  prepareSecondFactor,
} from '../../../core/accounts/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { DoneAnswer } from '../organizations/organization-input.ts';
import type { AccountDependencies } from './account-dependencies.ts';

const Code = z.string().min(1).max(40);

export const prepareSecondFactorEndpoint = (dependencies: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/second-factor',
    summary: 'Begin a second factor',
    description: 'Gives a secret for an authenticator app. It is in force once a code confirms it.',
    tags: ['accounts'],
    access: 'user',
    response: z.object({ secret: z.string(), otpauth_url: z.string() }),
    errors: [409],
    handler: async ({ caller }) => {
      const { secret, url } = await prepareSecondFactor(dependencies, caller);
      return { secret, otpauth_url: url };
    },
  });

export const enableSecondFactorEndpoint = (dependencies: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/second-factor/confirm',
    summary: 'Put a second factor in force',
    description: 'Answers with recovery codes, each for one use. They are shown this once.',
    tags: ['accounts'],
    access: 'user',
    body: z.object({ code: Code }),
    response: z.object({ recovery_codes: z.array(z.string()) }),
    errors: [400, 409, 429],
    handler: async ({ body, caller }) => ({
      recovery_codes: [...(await enableSecondFactor(dependencies, caller, body.code))],
    }),
  });

export const disableSecondFactorEndpoint = (dependencies: AccountDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/auth/second-factor/disable',
    summary: 'Take the second factor away',
    tags: ['accounts'],
    access: 'user',
    body: z.object({ password: GivenPassword, code: Code }),
    response: DoneAnswer,
    errors: [403, 409, 429, 503],
    handler: async ({ body, caller }) => {
      await disableSecondFactor(dependencies, caller, body);
      return { message: 'The password alone signs in now.' };
    },
  });
