import { z } from 'zod';
import { type ConnectionDependencies, listConnections } from '../../../core/connections/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionListItem, toConnectionListItem } from './connection-answer.ts';

const Query = z.object({
  collection: z.string().optional().describe('Only those of the collection with this readable_id.'),
  skip: z.int().min(0).default(0),
  limit: z.int().min(1).max(1000).default(100),
});

export const listConnectionsEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections',
    summary: 'List source connections',
    description: 'Newest first.',
    tags: ['source connections'],
    access: { scope: 'read' },
    query: Query,
    response: z.array(ConnectionListItem),
    handler: async ({ query, caller }) => {
      const { collection, skip, limit } = query;
      const listed = await listConnections(dependencies, caller, { collection: collection ?? null, skip, limit });
      return listed.map(({ connection, documentCount }) => toConnectionListItem(connection, documentCount));
    },
  });
