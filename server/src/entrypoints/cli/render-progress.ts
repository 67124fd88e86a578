import { countOf, toDuration } from './relative-time.ts';
import { toTerminalText } from './terminal-text.ts';
import type { Job } from './wire.ts';

/** Ended: nothing changes any more. */
export function isEnded(job: Job): boolean {
  return job.status === 'completed' || job.status === 'failed' || job.status === 'cancelled';
}

/** Documents that this run has dealt with. */
function countHandled(job: Job): number {
  return job.entities_inserted + job.entities_updated + job.entities_deleted + job.entities_failed + job.entities_kept;
}

const track = 20;
const shuttle = 6;

/**
 * One line that says how far a run is. Where the server can tell from earlier runs how many documents are still to come,
 * the bar fills; elsewhere it moves to and fro, and the figures say what is done.
 *
 * @param frame counts up with each drawing
 */
export function renderProgress(job: Job, elapsedSeconds: number, frame: number): string {
  return `${renderBar(job, frame)}  ${describeProgress(job, elapsedSeconds)}`;
}

/** The same without a bar, for logs and pipes. */
export function describeProgress(job: Job, elapsedSeconds: number): string {
  if (job.status === 'created' || job.status === 'pending') return `waiting to start, ${toDuration(elapsedSeconds)}`;
  const handled = countHandled(job);
  const perSecond = Math.round(job.rate ?? (elapsedSeconds >= 1 ? handled / elapsedSeconds : 0));
  const rate = perSecond > 0 ? `, ${perSecond.toLocaleString('en')} a second` : '';
  const toGo = job.remaining ? `, about ${job.remaining.toLocaleString('en')} to go` : '';
  const sweep = job.phase === 'sweeping' ? ', removing what is gone' : '';
  const failed = job.entities_failed > 0 ? `, ${job.entities_failed.toLocaleString('en')} failed` : '';
  const waits = job.error ? `, waiting: ${toTerminalText(job.error)}` : '';
  return `${countOf(handled, 'document')}${rate}${toGo}${sweep}${failed}, ${toDuration(elapsedSeconds)}${waits}`;
}

function renderBar(job: Job, frame: number): string {
  if (job.remaining) {
    const handled = countHandled(job);
    const filled = Math.floor((track * handled) / (handled + job.remaining));
    return '━'.repeat(filled) + '─'.repeat(track - filled);
  }
  const span = track - shuttle;
  const step = frame % (2 * span);
  const left = step <= span ? step : 2 * span - step;
  return '─'.repeat(left) + '━'.repeat(shuttle) + '─'.repeat(span - left);
}
