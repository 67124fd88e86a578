import type { Registry } from 'prom-client';
import type { IdentityStore } from '../../core/access/index.ts';
import type { CollectionEncoder, CollectionStore } from '../../core/collections/index.ts';
import type { ConnectionDependencies } from '../../core/connections/index.ts';
import type { PushDependencies } from '../../core/documents/index.ts';
import { apiKeyEndpoints } from './api-keys/api-key-endpoints.ts';
import { collectionEndpoints } from './collections/collection-endpoints.ts';
import { documentEndpoints } from './documents/document-endpoints.ts';
import type { Endpoint } from './endpoint.ts';
import { healthEndpoints } from './health/health-endpoints.ts';
import type { Readiness } from './health/readiness.ts';
import { getMetricsEndpoint } from './metrics/get-metrics.ts';
import { docsEndpoints } from './openapi/docs-endpoints.ts';
import { getOpenApiEndpoint } from './openapi/get-openapi.ts';
import { dashboardEndpoints } from './pages/dashboard-endpoints.ts';
import { getRootEndpoint } from './pages/get-root.ts';
import type { StaticFile } from './pages/static-files.ts';
import { type SearchInstantDependencies, searchInstantEndpoint } from './search/search-instant.ts';
import { connectionEndpoints } from './source-connections/connection-endpoints.ts';
import { identityEndpoints } from './users/identity-endpoints.ts';

export interface RouteDependencies {
  readonly identityStore: IdentityStore;
  readonly collectionStore: CollectionStore;
  /** What new collections are indexed with. */
  readonly encoder: CollectionEncoder;
  readonly connections: ConnectionDependencies;
  readonly documents: PushDependencies;
  readonly search: SearchInstantDependencies;
  /** Of one push, JSON or files. */
  readonly maxUploadBytes: number;
  readonly readiness: Readiness;
  readonly metrics: Registry;
  /** See `readStaticFiles`. */
  readonly dashboardFiles: ReadonlyMap<string, StaticFile>;
  readonly version: string;
}

/** Every route of the server. What is not in this list is not served. */
export function listEndpoints(dependencies: RouteDependencies): readonly Endpoint[] {
  const endpoints: readonly Endpoint[] = [
    ...healthEndpoints(dependencies.readiness),
    ...collectionEndpoints(dependencies.collectionStore, dependencies.encoder),
    ...connectionEndpoints(dependencies.connections),
    ...documentEndpoints(dependencies.documents, dependencies.maxUploadBytes),
    searchInstantEndpoint(dependencies.search),
    ...apiKeyEndpoints(dependencies.identityStore),
    ...identityEndpoints(dependencies.identityStore),
    getMetricsEndpoint(dependencies.metrics),
    getOpenApiEndpoint(() => endpoints, dependencies.version),
    ...docsEndpoints(),
    getRootEndpoint(),
    ...dashboardEndpoints(dependencies.dashboardFiles),
  ];
  return endpoints;
}
