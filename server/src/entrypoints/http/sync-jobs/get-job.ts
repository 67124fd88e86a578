import { getConnectionJob } from '../../../core/connections/index.ts';
import { SourceConnectionId, SyncJobId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { JobAnswer, JobParams, toJobAnswer } from '../source-connections/job-answer.ts';
import type { SyncJobDependencies } from './sync-job-endpoints.ts';

export const getJobEndpoint = ({ connections }: SyncJobDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/{source_connection_id}/jobs/{job_id}',
    summary: 'Get a sync job',
    tags: ['source connections'],
    access: { scope: 'read' },
    params: JobParams,
    response: JobAnswer,
    errors: [404],
    handler: async ({ params, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      return toJobAnswer(await getConnectionJob({ connections }, caller, id, SyncJobId.parse(params.job_id)));
    },
  });
