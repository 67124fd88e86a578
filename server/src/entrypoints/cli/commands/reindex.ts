import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { CommandError, exitCodes } from '../command-error.ts';
import { type CliContext, openSession, type Session } from '../session.ts';
import type { Reindex } from '../wire.ts';

const pollMs = 500;
const logEveryMs = 5_000;

export function addReindexCommand(program: Command, context: CliContext): void {
  program
    .command('reindex')
    .summary('rebuild the index of a collection')
    .description(
      'Builds the index of a collection anew from the stored records, with the embedding model of now. No source is asked; searches and syncs go on meanwhile.',
    )
    .argument('<collection>', 'readable id of the collection')
    .option('--wait', 'wait for the end and show the progress; also of one that is under way already')
    .addHelpText(
      'after',
      `
Examples:
  ./weft reindex handbook
  ./weft reindex handbook --wait`,
    )
    .action(async (collection: string, options: { readonly wait?: boolean }, command: Command) => {
      const session = await openSession(command, context);
      const isWaiting = options.wait === true;
      const reindex = await begin(session, collection, isWaiting);
      if (!isWaiting) {
        session.answer(
          reindex,
          () => `The index is rebuilt in the background. See: ./weft reindex ${collection} --wait`,
        );
        return;
      }
      const ended = await follow(session, collection, reindex);
      if (ended === undefined) {
        session.context.setExitCode(exitCodes.interrupted);
        return;
      }
      session.answer(ended, () => describeEnd(ended));
      if (ended.status !== 'completed') session.context.setExitCode(exitCodes.failure);
    });
}

/** With `--wait`, one that is under way is as good as a new one. */
async function begin({ client }: Session, collection: string, mayJoin: boolean): Promise<Reindex> {
  try {
    return await client.startReindex(collection);
  } catch (error) {
    const isRefused = error instanceof CommandError && error.exitCode === exitCodes.failure;
    if (!mayJoin || !isRefused) throw error;
    const latest = await client.getReindex(collection);
    if (latest.ended_at != null) throw error;
    return latest;
  }
}

/** @returns undefined when the person stopped watching; the rebuild goes on */
async function follow(session: Session, collection: string, begun: Reindex): Promise<Reindex | undefined> {
  const { terminal, isJson } = session;
  const isDrawn = terminal.isNoteTerminal && !isJson;
  const interrupt = new AbortController();
  const release = session.context.onInterrupt(() => interrupt.abort());
  let reindex = begun;
  let loggedAt = performance.now();
  try {
    while (!interrupt.signal.aborted) {
      if (reindex.ended_at != null) return reindex;
      if (isDrawn) terminal.redraw(describeProgress(reindex));
      else if (performance.now() - loggedAt >= logEveryMs) {
        session.note(describeProgress(reindex));
        loggedAt = performance.now();
      }
      await sleep(pollMs, undefined, { signal: interrupt.signal }).catch(() => undefined); // ends early at Ctrl-C
      reindex = await session.client.getReindex(collection);
    }
    return undefined;
  } finally {
    if (isDrawn) terminal.redraw('');
    release();
  }
}

function describeProgress(reindex: Reindex): string {
  if (reindex.status === 'pending') return 'Waiting for a worker';
  const [done, total] = [reindex.documents_done, reindex.documents_total].map((count) => count.toLocaleString('en'));
  return `Rebuilding the index: ${done} of ${total} documents`;
}

function describeEnd(reindex: Reindex): string {
  if (reindex.status !== 'completed') {
    return `The rebuild was ${reindex.status === 'failed' ? `given up: ${reindex.error ?? 'no reason was given'}` : 'cancelled'}. Searches read the old index.`;
  }
  const failed = reindex.documents_failed;
  const built = `The index of ${reindex.documents_total.toLocaleString('en')} documents is rebuilt.`;
  return failed === 0
    ? built
    : `${built} Of ${failed.toLocaleString('en')} the record could not be used; see: ./weft documents --help`;
}
