import { z } from 'zod';
import { type BrowseDependencies, selectNodes } from '../../../core/connections/index.ts';
import { plainText, SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionParams } from './connection-input.ts';

/** They are keys in the database. */
const maxNodeIdBytes = 2000;
const maxNodes = 10_000;

const NodeId = plainText({ min: 1, max: maxNodeIdBytes }).refine(
  (id) => Buffer.byteLength(id) <= maxNodeIdBytes,
  `must not be longer than ${maxNodeIdBytes} bytes`,
);
const Body = z.object({
  source_node_ids: z
    .array(NodeId)
    .max(maxNodes)
    .describe('As the browse tree gives them; each is read with all that is in it. Empty: everything.'),
});
const Answer = z.object({
  source_connection_id: z.guid(),
  selections_count: z.int(),
  sync_job_id: z.guid(),
  message: z.string(),
});

export const selectNodesEndpoint = (dependencies: Omit<BrowseDependencies, 'credentials' | 'policy'>) =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections/{source_connection_id}/browse-tree/select',
    summary: 'Select what is read',
    description:
      'Replaces the selection and begins a run. What is no longer selected is deleted by that run; a run under way begins again.',
    tags: ['source connections'],
    access: { scope: 'write' },
    params: ConnectionParams,
    body: Body,
    response: Answer,
    errors: [400, 404, 409],
    handler: async ({ params, body, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      const { job, count } = await selectNodes(dependencies, caller, id, body.source_node_ids);
      const what = count === 0 ? 'Everything' : count === 1 ? '1 node' : `${count} nodes`;
      return {
        source_connection_id: id,
        selections_count: count,
        sync_job_id: job.id,
        message: `${what} selected; the sync has begun.`,
      };
    },
  });
