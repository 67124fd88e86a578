import { deleteProviderConnection, type ProviderConnectionStore } from '../../../core/auth-providers/index.ts';
import type { ConnectionStore } from '../../../core/connections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import {
  changeAccess,
  ProviderConnectionAnswer,
  ProviderConnectionParams,
  toProviderConnectionAnswer,
} from './provider-answer.ts';

export const deleteProviderConnectionEndpoint = (dependencies: {
  readonly providerConnections: ProviderConnectionStore;
  readonly connections: ConnectionStore;
}) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/auth-providers/{readable_id}',
    summary: 'Delete an auth provider connection',
    description: 'The source connections that use it are deleted with it.',
    tags: ['auth providers'],
    access: changeAccess,
    params: ProviderConnectionParams,
    response: ProviderConnectionAnswer,
    audit: ({ params }) => ({
      action: 'auth_provider_connection.deleted',
      objectType: 'auth_provider_connection',
      objectId: params.readable_id,
    }),
    handler: async ({ params, caller }) => {
      const deleted = await deleteProviderConnection(dependencies, caller, params.readable_id);
      // The secrets are gone; the reference shows nothing of them any more.
      return { ...toProviderConnectionAnswer(deleted), masked_client_id: null };
    },
  });
