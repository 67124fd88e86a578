import { z } from 'zod';
import { type ConnectionDependencies, getConnection } from '../../../core/connections/index.ts';
import { AppError, SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionParams } from './connection-input.ts';

export const getSyncIdEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/{source_connection_id}/sync-id',
    summary: 'Get the sync of a source connection',
    tags: ['source connections'],
    access: { scope: 'read' },
    params: ConnectionParams,
    response: z.object({ sync_id: z.guid() }),
    errors: [404],
    handler: async ({ params, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const { sync } = await getConnection(dependencies, caller, id);
      if (sync === null) throw new AppError('not_found', 'This source connection has no sync');
      return { sync_id: sync.id };
    },
  });
