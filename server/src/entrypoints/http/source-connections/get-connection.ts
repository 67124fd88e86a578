import { type ConnectionDependencies, countEntities, getConnection } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionAnswer, toConnectionAnswer } from './connection-answer.ts';
import { ConnectionParams } from './connection-input.ts';

export const getConnectionEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/{source_connection_id}',
    summary: 'Get a source connection',
    tags: ['source connections'],
    access: { scope: 'read' },
    params: ConnectionParams,
    response: ConnectionAnswer,
    errors: [404],
    handler: async ({ params, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const connection = await getConnection(dependencies, caller, id);
      return toConnectionAnswer(connection, await countEntities(dependencies, caller, connection), new Date());
    },
  });
