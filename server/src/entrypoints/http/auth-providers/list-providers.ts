import { z } from 'zod';
import { type AuthProviderDependencies, listProviders } from '../../../core/auth-providers/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ProviderAnswer, toProviderAnswer } from './provider-answer.ts';

export const listProvidersEndpoint = (dependencies: AuthProviderDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/auth-providers/list',
    summary: 'List auth providers',
    description: 'Services that keep accounts at sources, and what each needs.',
    tags: ['auth providers'],
    access: { scope: 'read' },
    response: z.array(ProviderAnswer),
    handler: async ({ caller }) => (await listProviders(dependencies, caller.scope)).map(toProviderAnswer),
  });
