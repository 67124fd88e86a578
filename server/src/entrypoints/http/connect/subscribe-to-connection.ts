import { z } from 'zod';
import {
  type ConnectCaller,
  type ConnectSessionDependencies,
  getSessionConnection,
  isSessionRevoked,
  requireMode,
} from '../../../core/connect/index.ts';
import type { ConnectionDependencies } from '../../../core/connections/index.ts';
import { AppError, type Logger, SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { type ProgressStreamDependencies, streamProgress } from '../sync-jobs/stream-progress.ts';
import { readingModes, SessionConnectionParams } from './read-session-connections.ts';

export interface SubscribeDependencies
  extends Pick<ConnectionDependencies, 'connections'>,
    Pick<ConnectSessionDependencies, 'sessions'>,
    ProgressStreamDependencies {
  readonly logger: Logger;
  /** How often a stream looks whether its session was revoked; default 5 s. */
  readonly checkSessionEveryMs?: number;
}

export const subscribeToConnectionEndpoint = (dependencies: SubscribeDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/connect/source-connections/{connection_id}/subscribe',
    summary: 'Follow the newest sync job of a source connection of a Connect session',
    description:
      'The same server-sent events as `/sync/job/{job_id}/subscribe`. The stream outlasts the expiry of the session, but not its being revoked.',
    tags: ['connect'],
    access: 'connect',
    params: SessionConnectionParams,
    response: z.string(),
    produces: ['text/event-stream'],
    handler: async ({ params, caller, signal, disconnect }) => {
      requireMode(caller, readingModes);
      const id = SourceConnectionId.parse(params.connection_id);
      const { latestJob } = await getSessionConnection(dependencies, caller, id);
      if (latestJob === null) throw new AppError('not_found', 'This source connection has no sync job to follow yet.');
      const endsWhen = (end: (reason: string) => void) => whenRevoked(dependencies, caller, end);
      return streamProgress(dependencies, { caller, signal, disconnect }, latestJob, { endsWhen });
    },
  });

/** @returns what stops looking */
function whenRevoked(
  dependencies: SubscribeDependencies,
  caller: ConnectCaller,
  end: (reason: string) => void,
): () => void {
  const look = async (): Promise<void> => {
    try {
      if (await isSessionRevoked(dependencies, caller)) end('The session was revoked.');
    } catch (error) {
      dependencies.logger.warn({ err: error }, 'whether a session was revoked could not be read; trying again');
    }
  };
  const timer = setInterval(look, dependencies.checkSessionEveryMs ?? 5_000);
  return () => clearInterval(timer);
}
