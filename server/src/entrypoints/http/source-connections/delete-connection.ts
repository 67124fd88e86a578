import {
  type ConnectionDependencies,
  countEntities,
  deleteConnection,
  getConnection,
} from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionAnswer, toConnectionAnswer } from './connection-answer.ts';
import { ConnectionParams } from './connection-input.ts';

export const deleteConnectionEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/source-connections/{source_connection_id}',
    summary: 'Delete a source connection',
    description: 'Its documents are unsearchable at once; the answer is the connection as it was.',
    tags: ['source connections'],
    access: { scope: 'write' },
    params: ConnectionParams,
    response: ConnectionAnswer,
    errors: [404],
    audit: ({ params }) => ({
      action: 'source_connection.deleted',
      objectType: 'source_connection',
      objectId: params.source_connection_id,
    }),
    handler: async ({ params, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      // Counted first: the sweep that follows a delete takes them away.
      const entities = await countEntities(dependencies, caller, await getConnection(dependencies, caller, id));
      return toConnectionAnswer(await deleteConnection(dependencies, caller, id), entities, new Date());
    },
  });
