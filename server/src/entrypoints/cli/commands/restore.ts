import { resolve } from 'node:path';
import type { Command } from 'commander';
import { CommandError, exitCodes } from '../command-error.ts';
import type { CliContext } from '../session.ts';
import { toTerminalJson, toTerminalText } from '../terminal-text.ts';

interface RestoreOptions {
  readonly force?: boolean;
  readonly keepSchema?: boolean;
  readonly dataDir?: string;
}

export function addRestoreCommand(program: Command, context: CliContext): void {
  program
    .command('restore')
    .summary('put a saved backup in place')
    .description(
      'Puts a file of ./weft backup in place, while the server is stopped. It is checked as a whole first; nothing is deleted.',
    )
    .argument('<file>', 'the backup')
    .option('--force', 'move aside what the data directory holds')
    .option(
      '--keep-schema',
      'leave the database as the version that made the backup knows it, to go back to that version',
    )
    .option('--data-dir <value>', 'folder to restore into (default: WEFT_DATA_DIR)')
    .addHelpText(
      'after',
      `
With DATABASE_URL the database named there must be empty. The search index is built again at the next start.

Examples:
  ./weft restore weft.tar
  ./weft restore --force data/backups/before-0002_changes-20260131-120000.tar`,
    )
    .action(async (name: string, options: RestoreOptions, command: Command) => {
      const isJson = command.optsWithGlobals<{ json?: boolean }>().json === true;
      // Loaded here only: it is the server's code.
      const { restore } = await import('../../../main.ts');
      const restored = await restore(
        {
          file: resolve(context.workingDirectory, name),
          force: options.force === true,
          keepSchema: options.keepSchema === true,
        },
        options.dataDir === undefined ? [] : ['--data-dir', options.dataDir],
      ).catch((error: unknown) => {
        throw toFailure(error);
      });
      context.terminal.result(isJson ? toTerminalJson(toAnswer(restored)) : describe(restored));
    });
}

type Restored = Awaited<ReturnType<typeof import('../../../main.ts')['restore']>>;

function toAnswer({ manifest, dataDirectory, replacedDirectory, missingRecords }: Restored): object {
  return {
    created_at: manifest.created_at,
    weft_version: manifest.weft_version,
    kind: manifest.kind,
    keys: manifest.keys,
    data_directory: dataDirectory,
    replaced_directory: replacedDirectory,
    missing_records: missingRecords,
  };
}

function describe({ manifest, dataDirectory, replacedDirectory, missingRecords }: Restored): string {
  const lines = [
    `Restored the backup of ${toTerminalText(manifest.created_at)} into ${toTerminalText(dataDirectory)}.`,
    ...(replacedDirectory === null ? [] : [`What was there is in ${toTerminalText(replacedDirectory)}.`]),
    ...(manifest.kind === 'full' && manifest.keys !== 'included'
      ? [
          `The keys that open stored credentials are not in it: give ENCRYPTION_KEYS, or put the file encryption-keys into the data directory, before you start.`,
        ]
      : []),
    ...(missingRecords === 0 ? [] : [`${missingRecords} records are missing; their documents are read again.`]),
    'Start with: npm start',
  ];
  return lines.join('\n');
}

/** The server's own words for what a person can mend; anything else is an error of the program. */
function toFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.name !== 'AppError' || error.code === 'internal')
    return error;
  return new CommandError(
    error.code === 'not_found' ? exitCodes.notFound : exitCodes.failure,
    String(error.code),
    error.message,
    { cause: error },
  );
}
