import type { ConnectorPolicy } from '../../connector-kit/index.ts';
import { type Caller, maySeeCollection } from '../access/index.ts';
import { type CollectionStore, getCollection } from '../collections/index.ts';
import { type QuotaStore, requireRoom } from '../quotas/index.ts';
import { AppError, type JsonObject, newId, SourceConnectionId, SyncId, SyncJobId } from '../shared/index.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import type { ConnectionStore } from './connection-store.ts';
import type { ConnectorRegistry } from './connector-registry.ts';
import type { CredentialVault } from './credential-vault.ts';
import { type ScheduleRequest, toDefaultSchedule, toSchedule } from './schedule-input.ts';
import type { AuthMethod, EntityCount, SourceConnection } from './source-connection.ts';
import { parseConfig, parseCredentials, validateWithSource } from './validate-source.ts';

/** What the functions of this file work with. */
export interface ConnectionDependencies {
  readonly connections: ConnectionStore;
  readonly collections: CollectionStore;
  readonly connectors: ConnectorRegistry;
  readonly vault: CredentialVault;
  readonly policy: ConnectorPolicy;
  readonly quotas: QuotaStore;
}

export interface ConnectionInput {
  readonly shortName: string;
  readonly readableCollectionId: string;
  /** Absent: named after the source. */
  readonly name?: string;
  readonly description: string | null;
  readonly config: JsonObject | null;
  /** Undefined: the source's default rhythm; a null cron: none. */
  readonly schedule?: ScheduleRequest;
  /** Absent: true for everything but a sign-in in the browser. */
  readonly syncImmediately?: boolean;
  readonly authentication: Authentication;
}

/** How a connection is to be authorised. `none`: nothing was said. */
export type Authentication =
  | { readonly method: 'none' }
  | { readonly method: 'direct'; readonly credentials: JsonObject }
  | { readonly method: Exclude<AuthMethod, 'direct'> };

/** The source that takes what is pushed; its connection is made by the first push. */
export const documentsSource = 'documents';

/**
 * Connects a source: checks configuration and credentials, first by themselves, then against the source, and saves them.
 *
 * @throws AppError as `validateWithSource`, and 'not_found' for an unknown source or collection, 'invalid_request' for a way
 *         of signing in that the source does not have, 'unprocessable' for fields that do not fit
 */
export async function createConnection(
  dependencies: ConnectionDependencies,
  caller: Caller,
  input: ConnectionInput,
): Promise<SourceConnection> {
  const connector = getConnector(dependencies, input.shortName);
  if (connector.shortName === documentsSource) {
    throw new AppError(
      'invalid_request',
      'Documents are pushed: POST them to /collections/{readable_id}/documents, and their connection is made by itself.',
    );
  }
  const given = resolveAuthentication(connector, input.authentication);
  const credentials = parseCredentials(connector, given);
  const config = parseConfig(connector, input.config);
  await requireRoom(dependencies.quotas, caller.scope);
  await validateWithSource(connector, config, credentials, dependencies.policy);
  const collection = await getCollection(dependencies.collections, caller, input.readableCollectionId);

  const now = new Date();
  const runsNow = input.syncImmediately ?? true;
  const syncId = newId(SyncId);
  const schedule =
    input.schedule === undefined
      ? toDefaultSchedule(connector, syncId, now)
      : toSchedule(connector, input.schedule, syncId, now);
  const hasSync = schedule.cron !== null || runsNow;
  const id = newId(SourceConnectionId);
  return dependencies.connections.insert(caller.scope, {
    id,
    collectionId: collection.id,
    name: input.name ?? `${connector.displayName} Connection`,
    description: input.description,
    shortName: connector.shortName,
    config,
    sealedCredentials:
      Object.keys(credentials).length === 0 ? null : dependencies.vault.seal(caller.scope, id, credentials),
    authMethod: 'direct',
    createdByEmail: caller.email,
    sync: hasSync ? { id: syncId, ...schedule } : null,
    job: runsNow ? { id: newId(SyncJobId), trigger: 'manual' } : null,
  });
}

/** The source's own word for what it takes: without required fields, saying nothing means direct. */
function resolveAuthentication(
  connector: ReturnType<typeof getConnector>,
  authentication: Authentication,
): JsonObject | null {
  const needsNothing = !connector.credentialFields.some((field) => field.required);
  const isBrowserByDefault = authentication.method === 'none' || authentication.method === 'oauth_browser';
  if (isBrowserByDefault && needsNothing && connector.authMethods.includes('direct')) return null;
  const method = authentication.method === 'none' ? 'oauth_browser' : authentication.method;
  if (!connector.authMethods.includes(method)) {
    throw new AppError(
      'invalid_request',
      `The source '${connector.shortName}' does not support the authentication method '${method}'. It takes: ${connector.authMethods.join(', ')}.`,
    );
  }
  return authentication.method === 'direct' ? authentication.credentials : null;
}

function getConnector(dependencies: ConnectionDependencies, shortName: string) {
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
    const fix = connection.sync.pausedBy === 'credentials' ? 'Give new credentials first.' : 'Resume it first.';
    throw new AppError('conflict', `Cannot trigger sync: the sync is ${connection.sync.status}. ${fix}`);
  }
  await requireRoom(dependencies.quotas, caller.scope);
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
