import type { Command } from 'commander';
import { type Client, createClient } from './client.ts';
import type { ExitCode } from './command-error.ts';
import type { CliEnvironment } from './environment.ts';
import { findServer } from './find-server.ts';
import { createHttpClient } from './http-client.ts';
import { createPaint, type Paint } from './paint.ts';
import type { TableLayout } from './render-table.ts';
import type { Terminal } from './terminal.ts';
import { toTerminalJson } from './terminal-text.ts';

/** What the program is given from outside, so that tests can give something else. */
export interface CliContext {
  readonly terminal: Terminal;
  readonly environment: CliEnvironment;
  /** Where the person stands; relative folders are relative to it. */
  readonly workingDirectory: string;
  readonly repositoryRoot: string;
  readonly version: string;
  readonly now: () => Date;
  /** How the program will end; without a call, with 0. */
  setExitCode(code: ExitCode): void;
  /** Called at Ctrl-C, instead of ending at once, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Asks on the terminal; undefined when nobody is there to answer. */
  ask(question: string): Promise<string | undefined>;
}

/** Options that every command takes, before or after its name. */
interface GlobalOptions {
  readonly url?: string;
  readonly apiKey?: string;
  readonly json?: boolean;
  readonly color: boolean;
}

/** One run of one command. */
export interface Session {
  readonly context: CliContext;
  readonly terminal: Terminal;
  readonly client: Client;
  readonly isJson: boolean;
  readonly paint: Paint;
  /** For tables and other answers fitted to the terminal. */
  readonly layout: TableLayout;
  /** Prints the answer: as JSON with `--json`, else what `render` makes for people. */
  answer(value: unknown, render: () => string): void;
  /** A note on standard error; with `--json` nothing, so that logs of programs stay clean. */
  note(text: string): void;
}

/**
 * @param actAs `operator`: on the server's own machine, its token goes before a key from the environment, since keys
 *              may not manage keys
 */
export async function openSession(
  command: Command,
  context: CliContext,
  actAs: 'anyone' | 'operator' = 'anyone',
): Promise<Session> {
  const options = command.optsWithGlobals<GlobalOptions>();
  const server = await findServer({
    url: options.url,
    environment: context.environment,
    repositoryRoot: context.repositoryRoot,
  });
  const headers = toHeaders(options.apiKey, context.environment, server.operatorToken, actAs);
  const isJson = options.json === true;
  const { terminal } = context;
  const paint = createPaint(hasColor(options, context));
  return {
    context,
    terminal,
    client: createClient(createHttpClient({ url: server.url, headers })),
    isJson,
    paint,
    layout: { width: terminal.columns, paint },
    answer: (value, render) => terminal.result(isJson ? toTerminalJson(value) : render()),
    note: (text) => {
      if (!isJson) terminal.note(text);
    },
  };
}

/** A key made for Airweave's own server may lie in the environment: it counts last. */
function toHeaders(
  option: string | undefined,
  environment: CliEnvironment,
  operatorToken: string | undefined,
  actAs: 'anyone' | 'operator',
): Readonly<Record<string, string>> {
  const key = (value: string) => ({ 'X-API-Key': value });
  if (option !== undefined) return key(option);
  if (actAs === 'operator' && operatorToken !== undefined) return { Authorization: `Bearer ${operatorToken}` };
  if (environment.WEFT_API_KEY !== undefined) return key(environment.WEFT_API_KEY);
  if (operatorToken !== undefined) return { Authorization: `Bearer ${operatorToken}` };
  return environment.AIRWEAVE_API_KEY === undefined ? {} : key(environment.AIRWEAVE_API_KEY);
}

function hasColor(options: GlobalOptions, { environment, terminal }: CliContext): boolean {
  if (!options.color || environment.NO_COLOR !== undefined) return false;
  if (environment.FORCE_COLOR !== undefined) return environment.FORCE_COLOR !== '0';
  return terminal.isResultTerminal && environment.TERM !== 'dumb';
}
