import { z } from 'zod';
import { getJob } from '../../../core/connections/index.ts';
import { SyncJobId } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { streamProgress } from './stream-progress.ts';
import type { SyncJobDependencies } from './sync-job-endpoints.ts';

export const subscribeEndpoint = ({ connections, jobs, streams }: SyncJobDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/sync/job/{job_id}/subscribe',
    summary: 'Follow a sync job',
    description:
      'Server-sent events, one JSON object each: `connected`, then how far the job is, at once and with each change until `status` is set, and `heartbeat` after 30 seconds of silence.',
    tags: ['sync jobs'],
    access: { scope: 'read' },
    params: z.object({ job_id: z.guid() }),
    response: z.string(),
    produces: ['text/event-stream'],
    errors: [404, 429],
    handler: async ({ params, caller, signal, disconnect }) => {
      const job = await getJob({ connections }, caller, SyncJobId.parse(params.job_id));
      return streamProgress({ jobs, streams }, { caller, signal, disconnect }, job);
    },
  });
