import { z } from 'zod';
import { type ConnectionDependencies, runConnection } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionParams } from './connection-input.ts';
import { JobAnswer, toJobAnswer } from './job-answer.ts';

const Query = z.object({
  force_full_sync: z.boolean().default(false).describe('Read everything, whatever the cursor says.'),
});

export const runConnectionEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections/{source_connection_id}/run',
    summary: 'Run a sync',
    tags: ['source connections'],
    access: { scope: 'write' },
    params: ConnectionParams,
    query: Query,
    response: JobAnswer,
    errors: [400, 404, 409],
    handler: async ({ params, query, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      return toJobAnswer(await runConnection(dependencies, caller, id, { forceFull: query.force_full_sync }));
    },
  });
