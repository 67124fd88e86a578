import { z } from 'zod';
import { type BrowseDependencies, listSelections } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { NodeSelectionAnswer, toSelectionAnswer } from './browse-tree-answer.ts';
import { ConnectionParams } from './connection-input.ts';

export const listSelectionsEndpoint = (dependencies: Pick<BrowseDependencies, 'connections' | 'browse'>) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/{source_connection_id}/browse-tree/selections',
    summary: 'List selected nodes',
    description: 'Empty when everything is read, and for a connection that does not exist.',
    tags: ['source connections'],
    access: { scope: 'read' },
    params: ConnectionParams,
    response: z.array(NodeSelectionAnswer),
    handler: async ({ params, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      return (await listSelections(dependencies, caller, id)).map(toSelectionAnswer);
    },
  });
