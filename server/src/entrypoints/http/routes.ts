import type { Registry } from 'prom-client';
import type { IdentityStore } from '../../core/access/index.ts';
import type { Backups } from '../../core/backup/index.ts';
import type { CollectionEncoder, CollectionStore } from '../../core/collections/index.ts';
import type { ConnectSessionDependencies } from '../../core/connect/index.ts';
import type { FileFinder, MembershipDependencies } from '../../core/documents/index.ts';
import type { SourceRateLimitStore } from '../../core/quotas/index.ts';
import type { MoveDependencies, ReindexStore } from '../../core/reindex/index.ts';
import type { SignInDependencies } from '../../core/sign-in/index.ts';
import type { WebhookDependencies } from '../../core/webhooks/index.ts';
import type { AccountDependencies } from './accounts/account-dependencies.ts';
import { accountEndpoints } from './accounts/account-endpoints.ts';
import type { AdminDependencies } from './admin/admin-dependencies.ts';
import { adminEndpoints } from './admin/admin-endpoints.ts';
import { agentToolEndpoints } from './agent-tools/agent-tool-endpoints.ts';
import { apiKeyEndpoints } from './api-keys/api-key-endpoints.ts';
import { type AuditLogDependencies, auditLogEndpoints } from './audit-log/audit-log-endpoints.ts';
import { noteSearchAsUser } from './audit-log/note-search-as-user.ts';
import { getBackupEndpoint } from './backup/get-backup.ts';
import { billingEndpoints } from './billing/billing-endpoints.ts';
import { collectionEndpoints } from './collections/collection-endpoints.ts';
import { connectEndpoints } from './connect/connect-endpoints.ts';
import { documentEndpoints } from './documents/document-endpoints.ts';
import type { ChunkDependencies } from './documents/list-chunks.ts';
import type { Endpoint } from './endpoint.ts';
import { fileEndpoints } from './files/file-endpoints.ts';
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
import { sourceRateLimitEndpoints } from './source-rate-limits/source-rate-limit-endpoints.ts';
import { type SourceEndpointDependencies, sourceEndpoints } from './sources/source-endpoints.ts';
import { type SyncJobDependencies, syncJobEndpoints } from './sync-jobs/sync-job-endpoints.ts';
import { type UsageDependencies, usageEndpoints } from './usage/usage-endpoints.ts';
import { identityEndpoints } from './users/identity-endpoints.ts';
import { webhookEndpoints } from './webhooks/webhook-endpoints.ts';

export interface RouteDependencies {
  readonly identityStore: IdentityStore;
  readonly accounts: AccountDependencies;
  readonly auditLog: AuditLogDependencies;
  readonly collectionStore: CollectionStore;
  /** What new collections are indexed with. */
  readonly encoder: CollectionEncoder;
  readonly connections: SignInDependencies;
  readonly sources: Pick<SourceEndpointDependencies, 'authProviders' | 'browse' | 'catalog' | 'credentials' | 'runs'>;
  readonly documents: ChunkDependencies & MembershipDependencies;
  readonly syncJobs: SyncJobDependencies;
  readonly connect: ConnectSessionDependencies;
  readonly search: SearchEndpointDependencies;
  readonly models: ModelDependencies;
  readonly insights: InsightEndpointDependencies;
  readonly webhooks: WebhookDependencies;
  readonly limits: LimitDependencies;
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

/** What the endpoints about usage, limits, files and administration need besides. */
export interface LimitDependencies
  extends Omit<AdminDependencies, 'identities' | 'connections' | 'usage'>,
    UsageDependencies {
  readonly sourceRateLimits: SourceRateLimitStore;
  readonly files: FileFinder;
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
    ...sourceEndpoints({ ...dependencies.connections, ...dependencies.sources }),
    ...documentEndpoints(dependencies.documents, dependencies.maxUploadBytes),
    ...syncJobEndpoints(dependencies.syncJobs),
    ...connectEndpoints({
      ...{ ...dependencies.connections, ...dependencies.syncJobs, ...dependencies.connect },
      sources: dependencies.sources.catalog,
    }),
    ...searchEndpoints(dependencies.search).map(noteSearchAsUser),
    ...agentToolEndpoints(dependencies.search).map(noteSearchAsUser),
    ...modelEndpoints(dependencies.models),
    ...insightEndpoints(dependencies.insights),
    ...webhookEndpoints(dependencies.webhooks),
    ...usageEndpoints(dependencies.limits),
    ...sourceRateLimitEndpoints({
      limits: dependencies.limits.sourceRateLimits,
      features: dependencies.limits.features,
      connectors: dependencies.connections.connectors,
    }),
    ...fileEndpoints({ ...dependencies.documents, files: dependencies.limits.files }),
    ...adminEndpoints({
      ...dependencies.limits,
      identities: dependencies.identityStore,
      connections: dependencies.connections,
    }),
    ...billingEndpoints(dependencies.limits.quotas),
    ...apiKeyEndpoints(dependencies.identityStore),
    ...identityEndpoints({ ...dependencies.accounts, quotas: dependencies.limits.quotas }),
    ...accountEndpoints(dependencies.accounts),
    ...auditLogEndpoints(dependencies.auditLog),
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
