import { z } from 'zod';
import { getJob } from '../../../core/connections/index.ts';
import { SyncJobId } from '../../../core/shared/index.ts';
import { isEnded, type SyncJob } from '../../../core/sync/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import type { EventSink } from '../event-stream.ts';
import { EntityTotals } from './entity-totals.ts';
import { toStateMessage } from './progress-message.ts';
import type { SyncJobDependencies } from './sync-job-endpoints.ts';

export const subscribeStateEndpoint = ({ connections, jobs, streams, logger }: SyncJobDependencies) => {
  const totals = new EntityTotals((scope, id) => connections.countEntities(scope, id));
  return defineEndpoint({
    method: 'GET',
    path: '/sync/job/{job_id}/subscribe-state',
    summary: 'Follow what a sync job has stored',
    description:
      'Server-sent events, one JSON object each: `connected`, `entity_state` with the number of documents of the source connection by their type, `sync_complete` at the end, and `heartbeat` after 30 seconds of silence.',
    tags: ['sync jobs'],
    access: { scope: 'read' },
    params: z.object({ job_id: z.guid() }),
    response: z.string(),
    produces: ['text/event-stream'],
    errors: [404, 429],
    handler: async ({ params, caller, signal, disconnect }) => {
      const job = await getJob({ connections }, caller, SyncJobId.parse(params.job_id));
      const tell = async (sink: EventSink, current: SyncJob): Promise<void> => {
        try {
          const counts = await totals.count(caller.scope, current.sourceConnectionId, { isFinal: isEnded(current) });
          sink.update(toStateMessage(current, counts, new Date()));
        } catch (error) {
          logger.warn({ err: error, syncJobId: current.id }, 'the documents of a running job could not be counted');
          sink.send({ type: 'error', message: 'The documents could not be counted.' });
        }
        if (isEnded(current)) sink.end();
      };
      return streams.open({ caller, signal, disconnect }, (sink) => {
        sink.send({ type: 'connected', job_id: job.id });
        const told = inOrder((current: SyncJob) => tell(sink, current));
        return jobs.watch(job, (current) => {
          if (current === undefined) {
            sink.send({ type: 'error', message: 'The sync job is gone.' });
            sink.end();
          } else if (current.startedAt !== null || isEnded(current)) told(current);
        });
      });
    },
  });
};

/** One call at a time, and of those that wait only the newest. */
function inOrder<T>(work: (value: T) => Promise<void>): (value: T) => void {
  let isBusy = false;
  let waiting: { readonly value: T } | undefined;
  return async (value) => {
    waiting = { value };
    if (isBusy) return;
    isBusy = true;
    for (let next: { readonly value: T } | undefined = waiting; next !== undefined; next = waiting) {
      waiting = undefined;
      await work(next.value);
    }
    isBusy = false;
  };
}
