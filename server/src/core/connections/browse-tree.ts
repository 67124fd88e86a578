import { type AnyConnector, type BrowseNode, SourceError } from '../../connector-kit/index.ts';
import { type Caller, maySeeCollection } from '../access/index.ts';
import { requireRoom, requireUsage } from '../quotas/index.ts';
import { AppError, newId, type Scope, type SourceConnectionId, type SyncId, SyncJobId } from '../shared/index.ts';
import type { SyncJob } from '../sync/sync-job.ts';
import { type ConnectionDependencies, getConnection } from './connections.ts';
import type { CredentialResolver, StoredAccess } from './credential-resolver.ts';
import type { SourceConnection } from './source-connection.ts';
import { parseConfig, parseCredentials, toAppError } from './validate-source.ts';

const browseTimeoutMs = 30_000;

/** The port to what was chosen of sources to be read. */
export interface BrowseStore {
  /** @returns undefined when the connection is not there */
  findAccess(scope: Scope, id: SourceConnectionId): Promise<StoredAccess | undefined>;
  /** Ids of nodes, as they were given; empty: everything is read. */
  listSelections(scope: Scope, id: SourceConnectionId): Promise<readonly string[]>;
  /**
   * Replaces what is chosen, and begins a full run that reads it: a new one, or the active one from its beginning. What is no
   * longer chosen is deleted by that run without a question, since a person said so.
   *
   * @returns the job of that run
   */
  replaceSelections(
    scope: Scope,
    selection: { readonly id: SourceConnectionId; readonly syncId: SyncId; readonly nodeIds: readonly string[] },
    jobId: SyncJobId,
  ): Promise<SyncJob>;
}

export type BrowseDependencies = Pick<ConnectionDependencies, 'connections' | 'connectors' | 'policy' | 'quotas'> & {
  readonly browse: BrowseStore;
  readonly credentials: CredentialResolver;
};

/**
 * What can be chosen to be read of a source, at its top or in a node.
 *
 * @throws AppError('not_found') for the connection, a source without a browse tree, and a node that is not there; otherwise as
 *         `validateWithSource`
 */
export async function browseSource(
  dependencies: BrowseDependencies,
  caller: Caller,
  id: SourceConnectionId,
  parentId: string | undefined,
): Promise<readonly BrowseNode[]> {
  const { connector, browse } = await getBrowsable(dependencies, caller, id);
  const access = await dependencies.browse.findAccess(caller.scope, id);
  if (access === undefined) throw new AppError('not_found', 'Source connection not found');
  try {
    const { credentials, ...opened } = await dependencies.credentials.open(caller.scope, connector, access);
    const context = {
      ...opened,
      config: parseConfig(connector, access.config),
      credentials: parseCredentials(connector, credentials),
      policy: dependencies.policy,
      signal: AbortSignal.timeout(browseTimeoutMs),
    };
    return await browse(context, parentId);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (error instanceof SourceError && error.kind === 'entity') {
      throw new AppError('not_found', error.message, { cause: error });
    }
    throw toAppError(error);
  }
}

/** Empty also for a connection that is not there. */
export async function listSelections(
  dependencies: Pick<BrowseDependencies, 'connections' | 'browse'>,
  caller: Caller,
  id: SourceConnectionId,
): Promise<readonly string[]> {
  const connection = await dependencies.connections.find(caller.scope, id);
  if (connection === undefined || !maySeeCollection(caller, connection.readableCollectionId)) return [];
  return dependencies.browse.listSelections(caller.scope, id);
}

/**
 * Chooses what is read from now on, and begins the run that does it.
 *
 * @param nodeIds none: everything
 * @throws AppError('not_found') for the connection, a source without a browse tree, and a connection without a sync;
 *         'conflict' while the sync is paused, 'invalid_request' when a quota is used up
 */
export async function selectNodes(
  dependencies: Omit<BrowseDependencies, 'credentials' | 'policy'>,
  caller: Caller,
  id: SourceConnectionId,
  nodeIds: readonly string[],
): Promise<{ readonly job: SyncJob; readonly count: number }> {
  const { connection } = await getBrowsable(dependencies, caller, id);
  const { sync } = connection;
  if (sync === null) throw new AppError('not_found', 'This source connection has no sync that could read a selection');
  if (sync.status !== 'active') {
    throw new AppError('conflict', `Nothing was selected: the sync is ${sync.status}. Resume it first.`);
  }
  await requireRoom(dependencies.quotas, caller.scope);
  await requireUsage(dependencies.quotas, caller.scope, ['entities']);
  const unique = [...new Set(nodeIds)];
  const selection = { id, syncId: sync.id, nodeIds: unique };
  const job = await dependencies.browse.replaceSelections(caller.scope, selection, newId(SyncJobId));
  return { job, count: unique.length };
}

async function getBrowsable(
  dependencies: Pick<BrowseDependencies, 'connections' | 'connectors'>,
  caller: Caller,
  id: SourceConnectionId,
): Promise<{
  readonly connection: SourceConnection;
  readonly connector: AnyConnector;
  readonly browse: NonNullable<AnyConnector['browse']>;
}> {
  const connection = await getConnection(dependencies, caller, id);
  const connector = dependencies.connectors.find(connection.shortName);
  if (connector?.browse === undefined) {
    throw new AppError('not_found', `The source '${connection.shortName}' has no browse tree: it is read as a whole.`);
  }
  return { connection, connector, browse: connector.browse };
}
