import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, exitCodes } from './command-error.ts';
import { describeProgress, isEnded, renderProgress } from './render-progress.ts';
import type { Session } from './session.ts';
import type { Job } from './wire.ts';

const pollMs = 400;
const frameMs = 100;
const logEveryMs = 5000;
/** A server that restarts takes the run up again; longer than this, it is gone. */
const patienceMs = 60_000;

export interface FollowOptions {
  readonly connectionId: string;
  /** Absent: the latest one. */
  readonly jobId: string | undefined;
}

/**
 * Shows a run until it ends: a bar on a terminal, a line every few seconds elsewhere. Ctrl-C stops the watching only.
 *
 * @returns the ended job, or undefined when the person stopped watching
 * @throws  CommandError exit code 3 when the server is away for a minute
 */
export async function followSync(session: Session, { connectionId, jobId }: FollowOptions): Promise<Job | undefined> {
  const { terminal, isJson } = session;
  const isDrawn = terminal.isNoteTerminal && !isJson;
  const startedAt = performance.now();
  const interrupt = new AbortController();
  const release = session.context.onInterrupt(() => interrupt.abort());
  const elapsedSeconds = () => (performance.now() - startedAt) / 1000;

  let job: Job | undefined;
  let frame = 0;
  const draw = setInterval(() => {
    if (isDrawn && job !== undefined) terminal.redraw(renderProgress(job, elapsedSeconds(), frame++));
  }, frameMs);
  let loggedAt = performance.now();
  let said = '';
  try {
    while (!interrupt.signal.aborted) {
      job = await readPatiently(session, connectionId, jobId, interrupt.signal);
      if (job !== undefined && isEnded(job)) return job;
      if (!isDrawn && job !== undefined && performance.now() - loggedAt >= logEveryMs) {
        const line = describeProgress(job, elapsedSeconds());
        if (line !== said) session.note(line);
        said = line;
        loggedAt = performance.now();
      }
      await sleep(pollMs, undefined, { signal: interrupt.signal }).catch(() => undefined); // ends early at Ctrl-C
    }
    return undefined;
  } finally {
    clearInterval(draw);
    if (isDrawn) terminal.redraw('');
    release();
  }
}

async function readPatiently(
  session: Session,
  connectionId: string,
  jobId: string | undefined,
  signal: AbortSignal,
): Promise<Job | undefined> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    try {
      const jobs = await session.client.listJobs(connectionId, jobId === undefined ? 1 : 20);
      return jobId === undefined ? jobs[0] : jobs.find((job) => job.id === jobId);
    } catch (error) {
      const isAway = error instanceof CommandError && error.exitCode === exitCodes.noServer;
      if (!isAway || performance.now() > giveUpAt) throw error;
      if (signal.aborted) return undefined;
      await sleep(1000, undefined, { signal }).catch(() => undefined); // ends early at Ctrl-C
    }
  }
}
