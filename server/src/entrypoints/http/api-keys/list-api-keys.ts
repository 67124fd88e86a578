import { z } from 'zod';
import type { IdentityStore } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ApiKeyAnswer, apiKeyAccess, toApiKeyAnswer } from './api-key-answer.ts';

export const listApiKeysEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/api-keys',
    summary: 'List API keys',
    description: 'Newest first, without the keys themselves.',
    tags: ['api-keys'],
    access: apiKeyAccess,
    query: z.object({ skip: z.int().min(0).default(0), limit: z.int().min(0).default(100) }),
    response: z.array(ApiKeyAnswer),
    handler: async ({ query, caller }) => {
      const keys = await store.listApiKeys(caller.scope, query);
      return keys.map((key) => toApiKeyAnswer(key));
    },
  });
