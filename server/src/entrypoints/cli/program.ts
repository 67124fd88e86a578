import { Command, CommanderError } from 'commander';
import { CommandError, exitCodes } from './command-error.ts';
import { addAccountsCommand } from './commands/accounts.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addCollectionsCommand } from './commands/collections.ts';
import { addConnectCommand } from './commands/connect.ts';
import { addDocumentsCommand } from './commands/documents.ts';
import { addEvalCommand } from './commands/eval.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addMigrateIndexCommand } from './commands/migrate-index.ts';
import { addModelsCommand } from './commands/models.ts';
import { addReindexCommand } from './commands/reindex.ts';
import { addRestoreCommand } from './commands/restore.ts';
import { addSearchCommand } from './commands/search.ts';
import { addServeCommand } from './commands/serve.ts';
import { addStatusCommand } from './commands/status.ts';
import type { CliContext } from './session.ts';
import { toTerminalJson } from './terminal-text.ts';

const overview = `
Examples:
  ./weft connect ~/notes
  ./weft search where do we keep the spare keys
  ./weft status

Without --url, WEFT_URL or PUBLIC_URL, commands talk to the server of this folder's data directory (WEFT_DATA_DIR).
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no server, 4 not allowed, 5 not found, 130 stopped by Ctrl-C.`;

/** The whole command line, ready to parse. */
function createProgram(context: CliContext): Command {
  const program = new Command('weft')
    .description('Connects folders and apps to a collection, and searches it.')
    .version(context.version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand(false)
    .option('--url <address>', 'address of the server')
    .option('--api-key <key>', 'API key; better given as WEFT_API_KEY, where other users cannot see it')
    .option('--json', 'print JSON for programs')
    .option('--no-color', 'print without colours')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => context.terminal.result(text.replace(/\n$/, '')),
      writeErr: (text) => context.terminal.note(text.replace(/\n$/, '')),
      // Printed once, by runCli, so that --json gets it as JSON.
      outputError: () => undefined,
    })
    .exitOverride()
    .addHelpText('after', overview);
  addServeCommand(program);
  addConnectCommand(program, context);
  addSearchCommand(program, context);
  addEvalCommand(program, context);
  addStatusCommand(program, context);
  addDocumentsCommand(program, context);
  addJobsCommand(program, context);
  addCollectionsCommand(program, context);
  addKeysCommand(program, context);
  addAccountsCommand(program, context);
  addModelsCommand(program, context);
  addBackupCommand(program, context);
  addReindexCommand(program, context);
  addMigrateIndexCommand(program, context);
  addRestoreCommand(program, context);
  return program;
}

/**
 * Runs one command line and turns whatever goes wrong into a message on standard error and an exit code.
 *
 * @param argv what follows the program's name
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<void> {
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return; // help or the version was asked for
    if (error instanceof CommanderError && error.code === 'commander.help') {
      context.setExitCode(exitCodes.usage); // no command was given, and the help was printed instead
      return;
    }
    const { exitCode, code, message } = toFailure(error);
    const isJson = argv.includes('--json');
    context.terminal.note(isJson ? toTerminalJson({ error: { message, code } }) : message);
    context.setExitCode(exitCode);
  }
}

function toFailure(error: unknown): Pick<CommandError, 'exitCode' | 'code' | 'message'> {
  if (error instanceof CommandError) return error;
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return { exitCode: exitCodes.usage, code: 'usage', message: `${message}\nSee: ./weft --help` };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    exitCode: exitCodes.failure,
    code: 'internal',
    message: `Something in the command line itself went wrong: ${message}`,
  };
}
