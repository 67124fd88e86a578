import { getApiKey, type IdentityStore } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ApiKeyAnswer, apiKeyAccess, apiKeyId, toApiKeyAnswer } from './api-key-answer.ts';

export const getApiKeyEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/api-keys/{id}',
    summary: 'Get API key',
    tags: ['api-keys'],
    access: apiKeyAccess,
    params: apiKeyId,
    response: ApiKeyAnswer,
    handler: async ({ params, caller }) => toApiKeyAnswer(await getApiKey(store, caller, params.id)),
  });
