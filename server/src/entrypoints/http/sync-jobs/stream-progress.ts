import { isEnded, type JobWatcher, type SyncJob } from '../../../core/sync/index.ts';
import type { EventStreams, StreamRequest } from '../event-streams.ts';
import { toProgressMessage } from './progress-message.ts';

export interface ProgressStreamDependencies {
  readonly jobs: JobWatcher;
  readonly streams: EventStreams;
}

/**
 * Answers with a stream of how far a job is: `connected`, then its state at once and with each change, until its end. Whoever
 * comes back after a break gets all there is to know by that first state.
 *
 * @param job which the caller may see
 * @param options.endsWhen calls its argument when the stream is to end before the job, with the reason; it returns what stops that
 */
export function streamProgress(
  { jobs, streams }: ProgressStreamDependencies,
  request: StreamRequest,
  job: SyncJob,
  options: { readonly endsWhen?: (end: (reason: string) => void) => () => void } = {},
): Response {
  return streams.open(request, (sink) => {
    const fail = (message: string): void => {
      sink.send({ type: 'error', message });
      sink.end();
    };
    sink.send({ type: 'connected', job_id: job.id });
    const unwatch = jobs.watch(job, (current) => {
      if (current === undefined) return fail('The sync job is gone.');
      sink.update(toProgressMessage(current, new Date()));
      if (isEnded(current)) sink.end();
    });
    const stopWaiting = options.endsWhen?.((reason) => {
      unwatch();
      fail(reason);
    });
    return () => {
      unwatch();
      stopWaiting?.();
    };
  });
}
