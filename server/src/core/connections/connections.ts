import type { ConnectorPolicy } from '../../connector-kit/index.ts';
import { type Caller, maySeeCollection } from '../access/index.ts';
import type { AuthProviderDependencies } from '../auth-providers/index.ts';
import type { CollectionStore } from '../collections/index.ts';
import { type QuotaStore, requireRoom, requireUsage } from '../quotas/index.ts';
import { AppError, type JsonObject, newId, type SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import type { ConnectionStore } from './connection-store.ts';
import type { ConnectorRegistry } from './connector-registry.ts';
import type { CredentialVault } from './credential-vault.ts';
import { requireFeatures } from './require-features.ts';
import { type ScheduleRequest, toSchedule } from './schedule-input.ts';
import type { EntityCount, SourceConnection } from './source-connection.ts';
import { parseConfig, parseCredentials } from './validate-source.ts';

/** What the functions of this file work with. */
export interface ConnectionDependencies {
  readonly connections: ConnectionStore;
  readonly collections: CollectionStore;
  readonly connectors: ConnectorRegistry;
  readonly vault: CredentialVault;
  readonly policy: ConnectorPolicy;
  readonly quotas: QuotaStore;
  /** Absent: no source has its credentials from an auth provider. */
  readonly authProviders?: Pick<AuthProviderDependencies, 'providers' | 'providerConnections' | 'features'>;
}

function getConnector(dependencies: Pick<ConnectionDependencies, 'connectors'>, shortName: string) {
  const connector = dependencies.connectors.find(shortName);
  if (connector === undefined) throw new AppError('not_found', `Source '${shortName}' not found`);
  return connector;
}

/** @throws AppError('not_found'), also when the caller's key is kept from its collection */
export async function getConnection(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  caller: Caller,
  id: SourceConnectionId,
): Promise<SourceConnection> {
  const connection = await dependencies.connections.find(caller.scope, id);
  if (connection === undefined || !maySeeCollection(caller, connection.readableCollectionId)) {
    throw new AppError('not_found', 'Source connection not found');
  }
  return connection;
}

/** Newest first; only of collections that the caller may see. */
export async function listConnections(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  caller: Caller,
  options: { readonly collection: string | null; readonly skip: number; readonly limit: number },
): Promise<readonly { readonly connection: SourceConnection; readonly documentCount: number }[]> {
  const { collection, skip, limit } = options;
  if (collection !== null && !maySeeCollection(caller, collection)) return [];
  const collections = collection === null ? caller.collections : [collection];
  return dependencies.connections.list(caller.scope, { collections, skip, limit });
}

export async function countEntities(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  caller: Caller,
  connection: SourceConnection,
): Promise<readonly EntityCount[]> {
  return dependencies.connections.countEntities(caller.scope, connection.id);
}

export interface ConnectionUpdate {
  readonly name?: string;
  readonly description?: string | null;
  /** Replaces the whole configuration. */
  readonly config?: JsonObject | null;
  /** A null cron removes the schedule. */
  readonly schedule?: ScheduleRequest;
  readonly credentials?: JsonObject;
}

/** @throws AppError('not_found' | 'unprocessable' | 'invalid_request') */
export async function updateConnection(
  dependencies: ConnectionDependencies,
  caller: Caller,
  id: SourceConnectionId,
  update: ConnectionUpdate,
): Promise<SourceConnection> {
  const connection = await getConnection(dependencies, caller, id);
  const connector = getConnector(dependencies, connection.shortName);
  if (update.credentials !== undefined && connection.authMethod !== 'direct') {
    throw new AppError('invalid_request', 'Credentials can be changed only where they were given directly.');
  }
  await requireFeatures(dependencies.authProviders?.features, caller.scope, connector, update.config ?? null);
  const credentials = update.credentials === undefined ? undefined : parseCredentials(connector, update.credentials);
  const syncId = connection.sync?.id ?? newId(SyncId);
  await dependencies.connections.update(caller.scope, id, {
    modifiedByEmail: caller.email,
    ...(update.name === undefined ? {} : { name: update.name }),
    ...(update.description === undefined ? {} : { description: update.description }),
    ...(update.config === undefined ? {} : { config: parseConfig(connector, update.config) }),
    ...(credentials === undefined
      ? {}
      : {
          sealedCredentials:
            Object.keys(credentials).length === 0 ? null : dependencies.vault.seal(caller.scope, id, credentials),
        }),
    ...(update.schedule === undefined
      ? {}
      : { schedule: { syncId, ...toSchedule(connector, update.schedule, syncId, new Date()) } }),
  });
  return getConnection(dependencies, caller, id);
}

/** Hides the connection and its documents at once; what it left is removed in the background. @throws AppError('not_found') */
export async function deleteConnection(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  caller: Caller,
  id: SourceConnectionId,
): Promise<SourceConnection> {
  const connection = await getConnection(dependencies, caller, id);
  if (!(await dependencies.connections.markDeleted(caller.scope, id))) {
    throw new AppError('not_found', 'Source connection not found');
  }
  return connection;
}

/** @throws AppError('not_found' | 'conflict'), or 'invalid_request' when a job is active or a quota is used up */
export async function runConnection(
  dependencies: Pick<ConnectionDependencies, 'connections' | 'quotas'>,
  caller: Caller,
  id: SourceConnectionId,
  options: { readonly forceFull: boolean },
): Promise<SyncJob> {
  const connection = await getConnection(dependencies, caller, id);
  if (connection.sync === null) throw new AppError('not_found', 'This source connection has no sync to run');
  if (connection.sync.status !== 'active') {
    const needsCredentials = connection.sync.pausedBy === 'credentials' && connection.authMethod !== 'auth_provider';
    const fix = needsCredentials ? 'Give new credentials first.' : 'Resume it first.';
    throw new AppError('conflict', `Cannot trigger sync: the sync is ${connection.sync.status}. ${fix}`);
  }
  await requireRoom(dependencies.quotas, caller.scope);
  await requireUsage(dependencies.quotas, caller.scope, ['entities']);
  return dependencies.connections.startJob(caller.scope, connection.sync.id, {
    id: newId(SyncJobId),
    trigger: 'manual',
    forceFull: options.forceFull,
  });
}

/** Newest first. @throws AppError('not_found'), also when the connection has no sync */
export async function listJobs(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  caller: Caller,
  id: SourceConnectionId,
  limit: number,
): Promise<readonly SyncJob[]> {
  const connection = await getConnection(dependencies, caller, id);
  if (connection.sync === null) throw new AppError('not_found', 'This source connection has no sync');
  return dependencies.connections.listJobs(caller.scope, id, limit);
}

/** @throws AppError('not_found'), or 'invalid_request' when there is nothing to cancel */
export async function cancelJob(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  caller: Caller,
  id: SourceConnectionId,
  jobId: SyncJobId,
): Promise<SyncJob> {
  await getConnection(dependencies, caller, id);
  return dependencies.connections.cancelJob(caller.scope, id, jobId);
}
