import { deleteApiKey, type IdentityStore } from '../../../core/access/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ApiKeyAnswer, apiKeyAccess, apiKeyId, toApiKeyAnswer } from './api-key-answer.ts';

export const deleteApiKeyEndpoint = (store: IdentityStore) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/api-keys',
    summary: 'Delete API key',
    description: 'The key stops working at once. Its id is a query parameter.',
    tags: ['api-keys'],
    access: apiKeyAccess,
    query: apiKeyId,
    response: ApiKeyAnswer,
    errors: [404],
    handler: async ({ query, caller }) => toApiKeyAnswer(await deleteApiKey(store, caller, query.id)),
  });
