import type { JobLog } from './job-log.ts';
import type { JobCounts } from './sync-job.ts';
import type { ClaimedJob, RunOutcome } from './sync-store.ts';

const triggers = {
  manual: 'by hand',
  schedule: 'by its schedule',
  push: 'for pushed documents',
  watch: 'after a change in the source',
} as const;

/** The first line of an attempt in the job's log. */
export function describeStart(job: ClaimedJob): string {
  const started = `Started ${triggers[job.trigger]}`;
  return job.attempts === 1
    ? `${started}.`
    : `Taken up again (attempt ${job.attempts}), from the last committed page where there is one.`;
}

/** The last line of a job's log. */
export function describeEnd(log: JobLog, outcome: RunOutcome, counts: JobCounts): void {
  const { inserted, updated, deleted, kept, failed } = counts;
  const done = `${inserted} inserted, ${updated} updated, ${deleted} deleted, ${kept} unchanged, ${failed} failed`;
  if (outcome.status === 'completed') log.info(`Completed: ${done}.`);
  else if (outcome.status === 'cancelled') log.warn(`Cancelled: ${done}. What was written stays.`);
  else log.error(`Failed: ${outcome.error} (until then: ${done})`);
}
