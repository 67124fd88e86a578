import type { AuthProviderDependencies } from '../../../core/auth-providers/index.ts';
import type { ConnectionStore } from '../../../core/connections/index.ts';
import type { Endpoint } from '../endpoint.ts';
import { createProviderConnectionEndpoint } from './create-provider-connection.ts';
import { deleteProviderConnectionEndpoint } from './delete-provider-connection.ts';
import { getProviderEndpoint } from './get-provider.ts';
import { getProviderConnectionEndpoint } from './get-provider-connection.ts';
import { listProviderConnectionsEndpoint } from './list-provider-connections.ts';
import { listProvidersEndpoint } from './list-providers.ts';
import { updateProviderConnectionEndpoint } from './update-provider-connection.ts';

export function authProviderEndpoints(
  dependencies: AuthProviderDependencies & { readonly connections: ConnectionStore },
): readonly Endpoint[] {
  return [
    listProvidersEndpoint(dependencies),
    getProviderEndpoint(dependencies),
    listProviderConnectionsEndpoint(dependencies.providerConnections),
    getProviderConnectionEndpoint(dependencies.providerConnections),
    createProviderConnectionEndpoint(dependencies),
    updateProviderConnectionEndpoint(dependencies),
    deleteProviderConnectionEndpoint(dependencies),
  ];
}
