import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { processTree, signalAll } from './process-tree.ts';

export interface ServerProcessOptions {
  readonly dataDirectory: string;
  /** Wins over what is inherited and over the defaults below; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A program with arguments that runs the command given to it, such as `['unshare', '--mount', …]`. */
  readonly launcher?: readonly string[];
  /** Another program than the server itself, with its arguments; it must say that it is ready as the server does. */
  readonly program?: readonly string[];
}

export interface ServerProcess {
  /** Without a slash at the end. */
  readonly url: string;
  readonly processId: number;
  /** The last part of everything it said, on both outputs. */
  output(): string;
  /** The server and everything it started: encoder, parsers, PostgreSQL with its workers. */
  processIds(): readonly number[];
  /** SIGKILL to all of them, as a power cut would have it. May be called twice. */
  kill(): Promise<void>;
  /**
   * Asks the server, by default with SIGTERM, and waits for its end; after 15 s (the run contract says 10) it is killed.
   * May be called twice.
   */
  stop(signal?: NodeJS.Signals): Promise<ServerEnding>;
  /** Waits for an end that somebody else brought about. */
  readonly ended: Promise<ServerEnding>;
}

export interface ServerEnding {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  /** From the first `stop` or `kill` to the end; 0 when it ended by itself. */
  readonly ms: number;
}

/** The server ended, or said nothing for too long, before it was ready. */
export class ServerStartError extends Error {
  readonly exitCode: number | null;
  readonly output: string;

  constructor(exitCode: number | null, output: string) {
    super(`the server did not become ready (exit code ${exitCode}):\n${output}`);
    this.name = 'ServerStartError';
    this.exitCode = exitCode;
    this.output = output;
  }
}

const mainModule = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const startTimeoutMs = 120_000;
const stopTimeoutMs = 15_000;
const maxOutput = 100_000;

/** What an environment says about storage, addresses and access does not apply, so that nobody's data is touched. */
const notInherited = ['DATABASE_URL', 'SEARCH_URL', 'BLOB_URL', 'PUBLIC_URL', 'AUTH_ENABLED', 'ENCRYPTION_KEYS'];

/**
 * Starts Weft as it is shipped, in a process of its own, on a free port of this machine.
 *
 * @throws ServerStartError when it does not become ready
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const server = options.program ?? [mainModule, 'serve'];
  const [command = process.execPath, ...args] = [
    ...(options.launcher ?? []),
    process.execPath,
    // As the bootstrap started us.
    ...process.execArgv.filter((flag) => flag.startsWith('--max-semi-space-size=')),
    ...server,
  ];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf(options) });
  let output = '';
  const ready = new Promise<string>((resolve) => {
    const read = (part: string) => {
      output = (output + part).slice(-maxOutput);
      const url = /Weft is ready at (http\S+)\n/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
  });
  let stopBegan: number | undefined;
  const ended = waitForEnd(child).then(
    (exitCode): ServerEnding => ({
      exitCode,
      ms: stopBegan === undefined ? 0 : Math.round(performance.now() - stopBegan),
    }),
  );
  const processIds = () => (child.pid === undefined || hasEnded(child) ? [] : processTree(child.pid));
  const kill = async () => {
    stopBegan ??= performance.now();
    signalAll(processIds(), 'SIGKILL');
    await ended;
  };
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    stopBegan ??= performance.now();
    child.kill(signal);
    const timer = setTimeout(() => void kill(), stopTimeoutMs);
    const ending = await ended;
    clearTimeout(timer);
    return ending;
  };

  const { promise: tooLate, resolve: giveUp } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => giveUp(undefined), startTimeoutMs);
  const url = await Promise.race([ready, tooLate, ended.then(() => undefined)]);
  clearTimeout(timer);
  if (url === undefined || child.pid === undefined) {
    await kill();
    throw new ServerStartError((await ended).exitCode, output);
  }
  return { url, processId: child.pid, output: () => output, processIds, kill, stop, ended };
}

function environmentOf({ dataDirectory, env }: ServerProcessOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !notInherited.includes(name));
  const own = { HOST: '127.0.0.1', PORT: '0', WEFT_DATA_DIR: dataDirectory };
  return { LOG_LEVEL: 'warn', LOG_FORMAT: 'json', ...Object.fromEntries(inherited), ...own, ...env };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** @returns the exit code once both outputs are read to their end or a moment has passed: grandchildren may hold them open */
async function waitForEnd(child: ChildProcess): Promise<number | null> {
  const closed = once(child, 'close').catch(() => undefined);
  await once(child, 'exit').catch(() => undefined);
  const { promise: longEnough, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, 500);
  await Promise.race([closed, longEnough]);
  clearTimeout(timer);
  return child.exitCode;
}
