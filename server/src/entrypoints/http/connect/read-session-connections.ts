import { z } from 'zod';
import {
  getSessionConnection,
  listSessionConnections,
  listSessionJobs,
  requireMode,
} from '../../../core/connect/index.ts';
import { type ConnectionDependencies, countEntities } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import {
  ConnectionAnswer,
  ConnectionListItem,
  toConnectionAnswer,
  toConnectionListItem,
} from '../source-connections/connection-answer.ts';
import { JobAnswer, toJobAnswer } from '../source-connections/job-answer.ts';

/** As the contract of this API names it here. */
export const SessionConnectionParams = z.object({ connection_id: z.guid() });
/** In which modes connections may be looked at. */
export const readingModes = ['all', 'manage', 'reauth'] as const;

export const listSessionConnectionsEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/connect/source-connections',
    summary: 'List the source connections of a Connect session',
    description:
      'Those of its collection and its sources, newest first, 100 at most. A session of an end user leaves out those of other end users.',
    tags: ['connect'],
    access: 'connect',
    response: z.array(ConnectionListItem),
    handler: async ({ caller }) => {
      requireMode(caller, readingModes);
      const listed = await listSessionConnections(dependencies, caller);
      return listed.map(({ connection, documentCount }) => toConnectionListItem(connection, documentCount));
    },
  });

export const getSessionConnectionEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/connect/source-connections/{connection_id}',
    summary: 'Get a source connection of a Connect session',
    tags: ['connect'],
    access: 'connect',
    params: SessionConnectionParams,
    response: ConnectionAnswer,
    handler: async ({ params, caller }) => {
      requireMode(caller, readingModes);
      const id = SourceConnectionId.parse(params.connection_id);
      const connection = await getSessionConnection(dependencies, caller, id);
      return toConnectionAnswer(connection, await countEntities(dependencies, caller, connection), new Date());
    },
  });

export const listSessionJobsEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/connect/source-connections/{connection_id}/jobs',
    summary: 'List the sync jobs of a source connection of a Connect session',
    description: 'Newest first, whatever the mode of the session.',
    tags: ['connect'],
    access: 'connect',
    params: SessionConnectionParams,
    response: z.array(JobAnswer),
    handler: async ({ params, caller }) => {
      const jobs = await listSessionJobs(dependencies, caller, SourceConnectionId.parse(params.connection_id));
      return jobs.map(toJobAnswer);
    },
  });
