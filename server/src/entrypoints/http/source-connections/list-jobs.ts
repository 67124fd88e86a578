import { z } from 'zod';
import { type ConnectionDependencies, listJobs } from '../../../core/connections/index.ts';
import { SourceConnectionId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { ConnectionParams } from './connection-input.ts';
import { JobAnswer, toJobAnswer } from './job-answer.ts';

const Query = z.object({ limit: z.int().min(1).max(1000).default(100) });

export const listJobsEndpoint = (dependencies: ConnectionDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/source-connections/{source_connection_id}/jobs',
    summary: 'List sync jobs',
    description: 'Newest first.',
    tags: ['source connections'],
    access: { scope: 'read' },
    params: ConnectionParams,
    query: Query,
    response: z.array(JobAnswer),
    errors: [404],
    handler: async ({ params, query, caller }) => {
      const id = SourceConnectionId.parse(params.source_connection_id);
      return (await listJobs(dependencies, caller, id, query.limit)).map(toJobAnswer);
    },
  });
