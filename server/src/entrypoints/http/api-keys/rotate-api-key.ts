import { type IdentityStore, rotateApiKey } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ApiKeyAnswer, apiKeyAccess, apiKeyId, toApiKeyAnswer } from './api-key-answer.ts';

export const rotateApiKeyEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'POST',
    path: '/api-keys/{id}/rotate',
    summary: 'Rotate API key',
    description: 'Makes a new key with the same limits, for 90 days. The old one works until it expires or is deleted.',
    tags: ['api-keys'],
    access: apiKeyAccess,
    params: apiKeyId,
    response: ApiKeyAnswer,
    handler: async ({ params, caller }) => {
      const { key, secret } = await rotateApiKey(store, caller, params.id);
      return toApiKeyAnswer(key, secret);
    },
  });
