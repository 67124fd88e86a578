import { z } from 'zod';
import type { ProviderConnectionStore } from '../../../core/auth-providers/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ProviderConnectionAnswer, toProviderConnectionAnswer } from './provider-answer.ts';

const Query = z.object({
  skip: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(100),
});

export const listProviderConnectionsEndpoint = (store: ProviderConnectionStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/auth-providers/connections',
    summary: 'List auth provider connections',
    description: 'Newest first.',
    tags: ['auth providers'],
    access: { scope: 'read' },
    query: Query,
    response: z.array(ProviderConnectionAnswer),
    handler: async ({ query, caller }) => (await store.list(caller.scope, query)).map(toProviderConnectionAnswer),
  });
