import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandError, exitCodes } from '../command-error.ts';
import { saveBackup } from '../save-backup.ts';
import { type CliContext, openSession } from '../session.ts';
import { toTerminalText } from '../terminal-text.ts';

interface BackupOptions {
  readonly keys: boolean;
  readonly force?: boolean;
}

const megabyte = 1_000_000;
const redrawEveryMs = 100;

export function addBackupCommand(program: Command, context: CliContext): void {
  program
    .command('backup')
    .summary('save everything in one file')
    .description(
      'Saves everything the running server keeps in one file: database, records and keys, of one moment. Only on the server’s own machine.',
    )
    .argument('<file>', 'where to write it, such as weft.tar')
    .option('--without-keys', 'leave out the keys that seal stored credentials')
    .option('--force', 'replace the file when it is there')
    .addHelpText(
      'after',
      `
The file holds what every organisation has stored, and, unless left out, the keys that open stored
credentials: keep it as safe as the server itself.

Examples:
  ./weft backup weft.tar
  ./weft backup --without-keys "weft-$(date +%F).tar"`,
    )
    .action(async (name: string, given: { withoutKeys?: boolean; force?: boolean }, command: Command) => {
      const options: BackupOptions = { keys: given.withoutKeys !== true, force: given.force === true };
      const file = resolve(context.workingDirectory, name);
      if (!options.force) await refuseExisting(file);
      const session = await openSession(command, context, 'operator');
      const content = await session.client.openBackup({ keys: String(options.keys) });
      let drawnAt = 0;
      const saved = await saveBackup(content, file, (bytes) => {
        if (session.isJson || performance.now() - drawnAt < redrawEveryMs) return;
        drawnAt = performance.now();
        session.terminal.redraw(`Saving: ${toMegabytes(bytes)}`);
      });
      if (!session.isJson) session.terminal.redraw('');
      session.answer({ file, bytes: saved.bytes, missing_records: saved.missingRecords, keys: options.keys }, () =>
        [
          `Saved ${toTerminalText(file)} (${toMegabytes(saved.bytes)}).`,
          ...(saved.missingRecords === 0
            ? []
            : [
                `${saved.missingRecords} records were missing on the server; their documents are read again after a restore.`,
              ]),
        ].join('\n'),
      );
    });
}

const toMegabytes = (bytes: number): string => `${(bytes / megabyte).toFixed(1)} MB`;

async function refuseExisting(file: string): Promise<void> {
  const isThere = await access(file).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new CommandError(
    exitCodes.failure,
    'file_exists',
    `${toTerminalText(file)} is there already. Choose another name, or replace it with --force.`,
  );
}
