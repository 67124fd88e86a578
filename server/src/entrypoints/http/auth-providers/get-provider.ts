import { z } from 'zod';
import { type AuthProviderDependencies, getProvider } from '../../../core/auth-providers/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ProviderAnswer, toProviderAnswer } from './provider-answer.ts';

export const getProviderEndpoint = (dependencies: AuthProviderDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/auth-providers/detail/{short_name}',
    summary: 'Get an auth provider',
    tags: ['auth providers'],
    access: { scope: 'read' },
    params: z.object({ short_name: z.string() }),
    response: ProviderAnswer,
    handler: async ({ params, caller }) =>
      toProviderAnswer(await getProvider(dependencies, caller.scope, params.short_name)),
  });
