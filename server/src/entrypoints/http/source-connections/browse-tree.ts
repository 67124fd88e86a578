import { z } from 'zod';
import { type BrowseDependencies, browseSource } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { BrowseNodeAnswer, toBrowseNodeAnswer } from './browse-tree-answer.ts';
import { ConnectionParams } from './connection-input.ts';

const Query = z.object({
  parent_node_id: z.string().max(2000).optional().describe('The node to look into; absent: the top of the source.'),
});
const Answer = z.object({
  nodes: z.array(BrowseNodeAnswer),
  parent_node_id: z.string().nullable(),
  total: z.int(),
});

export const browseTreeEndpoint = (dependencies: BrowseDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/{source_connection_id}/browse-tree',
    summary: 'Browse a source',
    description: 'What can be chosen to be read, asked of the source itself; at most 2,000 nodes.',
    tags: ['source connections'],
    access: { scope: 'read' },
    params: ConnectionParams,
    query: Query,
    response: Answer,
    errors: [400, 404, 429, 502],
    handler: async ({ params, query, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const nodes = await browseSource(dependencies, caller, id, query.parent_node_id);
      return {
        nodes: nodes.map(toBrowseNodeAnswer),
        parent_node_id: query.parent_node_id ?? null,
        total: nodes.length,
      };
    },
  });
