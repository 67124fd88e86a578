import type { Registry } from 'prom-client';
import type { IdentityStore } from '../../core/access/index.ts';
import type { Backups } from '../../core/backup/index.ts';
import type { CollectionEncoder, CollectionStore } from '../../core/collections/index.ts';
import type { ConnectionDependencies } from '../../core/connections/index.ts';
import type { MembershipDependencies } from '../../core/documents/index.ts';
import type { MoveDependencies, ReindexStore } from '../../core/reindex/index.ts';
import { agentToolEndpoints } from './agent-tools/agent-tool-endpoints.ts';
import { apiKeyEndpoints } from './api-keys/api-key-endpoints.ts';
import { getBackupEndpoint } from './backup/get-backup.ts';
import { collectionEndpoints } from './collections/collection-endpoints.ts';
import { documentEndpoints } from './documents/document-endpoints.ts';
import type { ChunkDependencies } from './documents/list-chunks.ts';
import type { Endpoint } from './endpoint.ts';
import { healthEndpoints } from './health/health-endpoints.ts';
import type { Readiness } from './health/readiness.ts';
import { getIndexMoveEndpoint } from './index-move/get-index-move.ts';
import { startIndexMoveEndpoint } from './index-move/start-index-move.ts';
import { type InsightEndpointDependencies, insightEndpoints } from './insights/insight-endpoints.ts';
import { getMetricsEndpoint } from './metrics/get-metrics.ts';
import { type ModelDependencies, modelEndpoints } from './models/model-endpoints.ts';
import { docsEndpoints } from './openapi/docs-endpoints.ts';
import { getOpenApiEndpoint } from './openapi/get-openapi.ts';
import { dashboardEndpoints } from './pages/dashboard-endpoints.ts';
import { getRootEndpoint } from './pages/get-root.ts';
import type { StaticFile } from './pages/static-files.ts';
import { reindexEndpoints } from './reindex/reindex-endpoints.ts';
import { type SearchEndpointDependencies, searchEndpoints } from './search/search-endpoints.ts';
import { connectionEndpoints } from './source-connections/connection-endpoints.ts';
import { type SyncJobDependencies, syncJobEndpoints } from './sync-jobs/sync-job-endpoints.ts';
import { identityEndpoints } from './users/identity-endpoints.ts';

export interface RouteDependencies {
  readonly identityStore: IdentityStore;
  readonly collectionStore: CollectionStore;
  /** What new collections are indexed with. */
  readonly encoder: CollectionEncoder;
  readonly connections: ConnectionDependencies;
  readonly documents: ChunkDependencies & MembershipDependencies;
  readonly syncJobs: SyncJobDependencies;
  readonly search: SearchEndpointDependencies;
  readonly models: ModelDependencies;
  readonly insights: InsightEndpointDependencies;
  readonly reindexes: ReindexStore;
  readonly indexMove: MoveDependencies['index'];
  /** Of one push, JSON or files. */
  readonly maxUploadBytes: number;
  readonly readiness: Readiness;
  readonly backups: Backups;
  readonly metrics: Registry;
  /** See `readStaticFiles`. */
  readonly dashboardFiles: ReadonlyMap<string, StaticFile>;
  readonly version: string;
}

/** The routes of a process that answers no requests of clients. */
export function listWorkerEndpoints(
  dependencies: Pick<RouteDependencies, 'readiness' | 'metrics'>,
): readonly Endpoint[] {
  return [...healthEndpoints(dependencies.readiness), getMetricsEndpoint(dependencies.metrics)];
}

/** Every route of the server. What is not in this list is not served. */
export function listEndpoints(dependencies: RouteDependencies): readonly Endpoint[] {
  const endpoints: readonly Endpoint[] = [
    ...healthEndpoints(dependencies.readiness),
    ...collectionEndpoints(dependencies.collectionStore, dependencies.encoder),
    ...reindexEndpoints({ collections: dependencies.collectionStore, reindexes: dependencies.reindexes }),
    ...connectionEndpoints({
      ...dependencies.connections,
      documents: dependencies.documents.documents,
      memberships: dependencies.documents.memberships,
    }),
    ...documentEndpoints(dependencies.documents, dependencies.maxUploadBytes),
    ...syncJobEndpoints(dependencies.syncJobs),
    ...searchEndpoints(dependencies.search),
    ...agentToolEndpoints(dependencies.search),
    ...modelEndpoints(dependencies.models),
    ...insightEndpoints(dependencies.insights),
    ...apiKeyEndpoints(dependencies.identityStore),
    ...identityEndpoints(dependencies.identityStore),
    getBackupEndpoint(dependencies.backups),
    startIndexMoveEndpoint({ reindexes: dependencies.reindexes, index: dependencies.indexMove }),
    getIndexMoveEndpoint({ reindexes: dependencies.reindexes, index: dependencies.indexMove }),
    getMetricsEndpoint(dependencies.metrics),
    getOpenApiEndpoint(() => endpoints, dependencies.version),
    ...docsEndpoints(),
    getRootEndpoint(),
    ...dashboardEndpoints(dependencies.dashboardFiles),
  ];
  return endpoints;
}
