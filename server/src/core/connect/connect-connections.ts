import { type ConnectionDependencies, listJobs, type SourceConnection } from '../connections/index.ts';
import { AppError, type SourceConnectionId } from '../shared/index.ts';
import type { SyncJob } from '../sync/index.ts';
import type { ConnectCaller, ConnectMode, ConnectSession } from './connect-session.ts';

/** Newest first, as many as a widget shows. */
const maxListed = 100;
/** All that a person could want to look at. */
const maxJobs = 1_000;

/** What reads the server's own machine. A session that names no sources does not have these: they are never meant for end users by chance. */
const onlyByName: readonly string[] = ['files'];

/** @throws AppError('forbidden') To be asked before anything is looked up, so that a refusal says nothing about what there is. */
export function requireMode({ session }: ConnectCaller, modes: readonly ConnectMode[]): void {
  if (modes.includes(session.mode)) return;
  throw new AppError(
    'forbidden',
    `The mode of this session is '${session.mode}', which does not allow this. It takes one of: ${modes.join(', ')}.`,
  );
}

export function allowsIntegration({ allowedIntegrations }: ConnectSession, shortName: string): boolean {
  return allowedIntegrations === null ? !onlyByName.includes(shortName) : allowedIntegrations.includes(shortName);
}

/** @throws AppError('forbidden') also for a source that does not exist */
export function requireIntegration({ session }: ConnectCaller, shortName: string): void {
  if (allowsIntegration(session, shortName)) return;
  throw new AppError('forbidden', `The source '${shortName}' is not allowed in this session.`);
}

/**
 * A connection that the session may see: in its collection, of an allowed source, and not another end user's.
 *
 * @throws AppError('not_found'), or 'forbidden' for one of another collection or source
 */
export async function getSessionConnection(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  caller: ConnectCaller,
  id: SourceConnectionId,
): Promise<SourceConnection> {
  const { session } = caller;
  const connection = await dependencies.connections.find(caller.scope, id);
  if (connection === undefined) throw new AppError('not_found', 'Source connection not found');
  if (connection.readableCollectionId !== session.readableCollectionId) {
    throw new AppError('forbidden', 'This source connection is of another collection than this session.');
  }
  requireIntegration(caller, connection.shortName);
  const isAnothers = connection.endUserId !== null && connection.endUserId !== session.endUserId;
  if (isAnothers && session.endUserId !== null) throw new AppError('not_found', 'Source connection not found');
  return connection;
}

/** What `getSessionConnection` would give, newest first, 100 at most. */
export async function listSessionConnections(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  { scope, session }: ConnectCaller,
): Promise<readonly { readonly connection: SourceConnection; readonly documentCount: number }[]> {
  return dependencies.connections.list(scope, {
    collections: [session.readableCollectionId],
    within: {
      shortNames: session.allowedIntegrations,
      exceptShortNames: session.allowedIntegrations === null ? onlyByName : [],
      endUserId: session.endUserId,
    },
    skip: 0,
    limit: maxListed,
  });
}

/** Newest first; none without a sync. @throws AppError as `getSessionConnection` */
export async function listSessionJobs(
  dependencies: Pick<ConnectionDependencies, 'connections'>,
  caller: ConnectCaller,
  id: SourceConnectionId,
): Promise<readonly SyncJob[]> {
  const { sync } = await getSessionConnection(dependencies, caller, id);
  return sync === null ? [] : listJobs(dependencies, caller, id, maxJobs);
}
