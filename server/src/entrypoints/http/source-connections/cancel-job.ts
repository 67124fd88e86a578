import { z } from 'zod';
import { type ConnectionDependencies, cancelJob } from '../../../core/connections/index.ts';
import { SourceConnectionId, SyncJobId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionParams } from './connection-input.ts';
import { JobAnswer, toJobAnswer } from './job-answer.ts';

export const cancelJobEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/source-connections/{source_connection_id}/jobs/{job_id}/cancel',
    summary: 'Cancel a sync job',
    description: 'A waiting job is cancelled at once, a running one within seconds. What it has written stays.',
    tags: ['source connections'],
    access: { scope: 'write' },
    params: ConnectionParams.extend({ job_id: z.guid() }),
    response: JobAnswer,
    errors: [400, 404],
    handler: async ({ params, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      return toJobAnswer(await cancelJob(dependencies, caller, id, SyncJobId.parse(params.job_id)));
    },
  });
