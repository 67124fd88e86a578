import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { exitCodes } from '../command-error.ts';
import { type CliContext, openSession, type Session } from '../session.ts';
import type { IndexMove } from '../wire.ts';

const pollMs = 1000;

export function addMigrateIndexCommand(program: Command, context: CliContext): void {
  program
    .command('migrate-index')
    .summary('move all indexes to the configured engine')
    .description(
      'Moves the index of every collection to the engine that the server is configured to use: OpenSearch with SEARCH_URL, else the embedded one. Searches and syncs go on meanwhile. Only on the server’s own machine.',
    )
    .option('--wait', 'wait until all have moved')
    .addHelpText(
      'after',
      `
To move back, keep SEARCH_URL, set SEARCH_ENGINE=lancedb, start the server and run this again; when all
have moved, leave both out.

Examples:
  ./weft migrate-index
  ./weft migrate-index --wait`,
    )
    .action(async (options: { readonly wait?: boolean }, command: Command) => {
      const session = await openSession(command, context, 'operator');
      const started = await session.client.startIndexMove();
      const move = options.wait === true ? await follow(session, started) : started;
      if (move === undefined) {
        context.setExitCode(exitCodes.interrupted);
        return;
      }
      session.answer(move, () => describe(move));
      if (move.left > 0) context.setExitCode(exitCodes.failure);
    });
}

/** @returns undefined when the person stopped watching; the move goes on */
async function follow(session: Session, started: IndexMove): Promise<IndexMove | undefined> {
  const interrupt = new AbortController();
  const release = session.context.onInterrupt(() => interrupt.abort());
  const isDrawn = session.terminal.isNoteTerminal && !session.isJson;
  try {
    let move = started;
    while (move.under_way > 0) {
      if (isDrawn) session.terminal.redraw(`Moving: ${move.in_place} of ${move.collections} collections in place`);
      await sleep(pollMs, undefined, { signal: interrupt.signal }).catch(() => undefined); // ends early at Ctrl-C
      if (interrupt.signal.aborted) return undefined;
      move = await session.client.getIndexMove();
    }
    return move;
  } finally {
    if (isDrawn) session.terminal.redraw('');
    release();
  }
}

function describe(move: IndexMove): string {
  const lines = [`${move.in_place} of ${move.collections} collections are in the configured engine.`];
  if (move.under_way > 0) {
    lines.push(`${move.under_way} are moved in the background. See: ./weft migrate-index --wait`);
  }
  if (move.left > 0) {
    lines.push(`${move.left} are left; run it again:`);
    for (const { readable_id: id, error } of move.examples) lines.push(`  ${id}${error == null ? '' : `: ${error}`}`);
  }
  return lines.join('\n');
}
