import { z } from 'zod';
import { getJob } from '../../../core/connections/index.ts';
import { SyncJobId } from '../../../core/shared/index.ts';
import { isEnded } from '../../../core/sync/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { toProgressMessage } from './progress-message.ts';
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
    errors: [404, 429],
    handler: async ({ params, caller, signal }) => {
      const job = await getJob({ connections }, caller, SyncJobId.parse(params.job_id));
      return streams.open({ scope: caller.scope, signal }, (sink) => {
        sink.send({ type: 'connected', job_id: job.id });
        return jobs.watch(job, (current) => {
          if (current === undefined) sink.send({ type: 'error', message: 'The sync job is gone.' });
          else sink.update(toProgressMessage(current, new Date()));
          if (current === undefined || isEnded(current)) sink.end();
        });
      });
    },
  });
