import { getProviderConnection, type ProviderConnectionStore } from '../../../core/auth-providers/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ProviderConnectionAnswer, ProviderConnectionParams, toProviderConnectionAnswer } from './provider-answer.ts';

export const getProviderConnectionEndpoint = (providerConnections: ProviderConnectionStore) =>
  defineEndpoint({
    method: 'GET',
    path: '/auth-providers/connections/{readable_id}',
    summary: 'Get an auth provider connection',
    tags: ['auth providers'],
    access: { scope: 'read' },
    params: ProviderConnectionParams,
    response: ProviderConnectionAnswer,
    handler: async ({ params, caller }) =>
      toProviderConnectionAnswer(
        await getProviderConnection({ providerConnections }, caller.scope, params.readable_id),
      ),
  });
