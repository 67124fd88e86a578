import type { Paint } from './paint.ts';
import { countOf, toDuration } from './relative-time.ts';
import { toTerminalText } from './terminal-text.ts';
import type { Job } from './wire.ts';

/** How a run ended and what to do next, in a few lines. */
export function renderSyncSummary(job: Job, collection: string, paint: Paint): string {
  if (job.status === 'cancelled') return 'The sync was cancelled. What it had read is searchable.';
  if (job.status === 'failed') {
    const reason = toTerminalText(job.error ?? '') || 'It gave no reason; the server’s log may.';
    return `${paint.bad('The sync failed.')} ${reason}\nWhat it had read before is searchable. Connect the folder again to retry.`;
  }
  const seconds = job.duration_seconds;
  const took = typeof seconds === 'number' ? ` in ${toDuration(seconds)}` : '';
  return [
    `${paint.good('Done')}${took}: ${describeChanges(job)}.`,
    ...(job.entities_failed > 0
      ? [
          `${paint.warning(`${countOf(job.entities_failed, 'document')} could not be read.`)} See why: ./weft documents --collection ${collection} --state failed`,
        ]
      : []),
    `Search it: ./weft search --collection ${collection} <query>`,
  ].join('\n');
}

function describeChanges(job: Job): string {
  const parts = [
    [job.entities_inserted, 'new'],
    [job.entities_updated, 'changed'],
    [job.entities_deleted, 'removed'],
  ] as const;
  const some = parts.filter(([count]) => count > 0);
  if (some.length === 0) return 'nothing has changed';
  const [first, ...rest] = some.map(([count, what], index) =>
    index === 0
      ? `${count.toLocaleString('en')} ${what} ${count === 1 ? 'document' : 'documents'}`
      : `${count.toLocaleString('en')} ${what}`,
  );
  return [first, ...rest].join(', ');
}
