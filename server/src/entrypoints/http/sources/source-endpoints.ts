import type { AuthProviderDependencies } from '../../../core/auth-providers/index.ts';
import type { BrowseDependencies, CollectionRuns, ConnectionDependencies } from '../../../core/connections/index.ts';
import { authProviderEndpoints } from '../auth-providers/auth-provider-endpoints.ts';
import { refreshCollectionEndpoint } from '../collections/refresh-collection.ts';
import type { Endpoint } from '../endpoint.ts';
import { entityEndpoints } from '../entities/entity-endpoints.ts';
import { browseTreeEndpoints } from '../source-connections/browse-tree-endpoints.ts';
import { getSourceEndpoint } from './get-source.ts';
import { listSourcesEndpoint } from './list-sources.ts';
import type { SourceCatalog } from './source-catalog.ts';

export type SourceEndpointDependencies = ConnectionDependencies &
  Pick<BrowseDependencies, 'browse' | 'credentials'> & {
    readonly catalog: SourceCatalog;
    readonly runs: CollectionRuns;
    readonly authProviders: AuthProviderDependencies;
  };

/** What there is to connect, what keeps its credentials, what of it is read, and what it gives. */
export function sourceEndpoints(dependencies: SourceEndpointDependencies): readonly Endpoint[] {
  const { authProviders, connections, catalog } = dependencies;
  return [
    listSourcesEndpoint(catalog),
    getSourceEndpoint(catalog),
    ...authProviderEndpoints({ ...authProviders, connections }),
    ...browseTreeEndpoints(dependencies),
    refreshCollectionEndpoint(dependencies),
    ...entityEndpoints(dependencies),
  ];
}
