import { type ChildProcess, fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { Logger } from '../../core/shared/index.ts';
import { ChildError } from './child-error.ts';
import type { ChildMessage, RequestMessage } from './child-message.ts';
import { canReadProcessMemory, readProcessMemory } from './process-memory.ts';

export interface PooledChildOptions {
  readonly modulePath: string;
  readonly argv: readonly string[];
  readonly execArgv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly priority: number;
  readonly maxMemoryMb: number;
  readonly logger: Logger;
  /** Called once, whatever ended the process. */
  readonly onExit: () => void;
}

interface Call {
  readonly id: number;
  readonly resolve: (response: unknown) => void;
  readonly reject: (error: ChildError) => void;
}

const startTimeoutMs = 60_000;
const memoryPollMs = 200;
const keptStderrBytes = 4096;
/** Above this share of the limit a child is replaced after its answer, so that the next request starts with room. */
const recycleShare = 0.7;
/** What a child may see of the environment: never the server's secrets. */
const inheritedVariables = [
  'PATH',
  'HOME',
  'LANG',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  'SystemRoot',
  'LD_LIBRARY_PATH',
  'MALLOC_ARENA_MAX',
];

/** One child process that works on one request at a time. Ends for good when it passes a limit, dies, or is killed. */
export class PooledChild {
  readonly #options: PooledChildOptions;
  readonly #process: ChildProcess;
  /** Settles when the module has loaded; rejects with a ChildError. */
  readonly started: Promise<void>;
  readonly exited: Promise<void>;
  #call: Call | undefined;
  #nextId = 1;
  #rssBytes = 0;
  #stderr = '';
  #isEnded = false;
  #endReason: ChildError | undefined;
  #settleStart: (error?: ChildError) => void = () => undefined;
  #memoryTimer: NodeJS.Timeout | undefined;

  constructor(options: PooledChildOptions) {
    this.#options = options;
    this.started = new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.end(new ChildError('timed_out', 'the child process did not start in time')),
        startTimeoutMs,
      );
      this.#settleStart = (error) => {
        clearTimeout(timer);
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    // A child that fails to start is reported by the request that waits for it.
    this.started.catch(() => undefined);
    this.#process = fork(options.modulePath, [...options.argv], {
      serialization: 'advanced',
      execArgv: [...options.execArgv],
      env: { ...inheritedEnvironment(), ...options.env },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: string | null) => {
        if (this.#isEnded) return;
        this.#isEnded = true;
        resolve();
        this.#onExit(code, signal);
      };
      this.#process.once('exit', end);
      this.#process.once('error', (error) => {
        this.#stderr += error.message;
        if (this.#process.pid === undefined) end(null, null);
      });
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderrBytes);
    });
    this.#process.on('message', (message: ChildMessage) => this.#onMessage(message));
    this.#lowerPriority();
  }

  /** Whether it can take another request. */
  get isAlive(): boolean {
    return !this.#isEnded && this.#endReason === undefined;
  }

  /** Ends it when it is gone already and its `exit` event is yet to come, so that no request is wasted on it. */
  endIfGone(): void {
    const isGone = canReadProcessMemory && readProcessMemory(this.#process.pid ?? 0) === undefined;
    if (isGone && this.isAlive) this.end(new ChildError('died', 'the child process ended while idle'));
  }

  /** Whether it should be replaced rather than used again. */
  get isBloated(): boolean {
    return this.#rssBytes > this.#options.maxMemoryMb * 1024 * 1024 * recycleShare;
  }

  /** @throws ChildError, and only that */
  async run(request: unknown): Promise<unknown> {
    await this.started;
    this.#startMemoryPolling();
    try {
      return await new Promise<unknown>((resolve, reject) => {
        const id = this.#nextId++;
        this.#call = { id, resolve, reject };
        this.#send({ id, request });
      });
    } finally {
      clearInterval(this.#memoryTimer);
      this.#call = undefined;
    }
  }

  /** Kills the process; a running request is rejected with `reason`. */
  end(reason: ChildError): void {
    this.#endReason ??= reason;
    // Children keep nothing that must be saved, and one that hangs would not hear anything gentler.
    this.#process.kill('SIGKILL');
  }

  #send(message: RequestMessage): void {
    if (!this.isAlive) {
      this.#call?.reject(this.#endReason ?? new ChildError('died', 'the child process has ended'));
      return;
    }
    try {
      this.#process.send(message, (error) => {
        if (error) this.end(new ChildError('died', 'the child process could not be reached', { cause: error }));
      });
    } catch (error) {
      this.#call?.reject(new ChildError('failed', 'the request cannot be sent to a child process', { cause: error }));
    }
  }

  #onMessage(message: ChildMessage): void {
    if (message.kind === 'ready') this.#settleStart();
    else if (message.kind === 'memory') this.#checkMemory(message.rssBytes);
    else this.#onAnswer(message);
  }

  #onAnswer(message: Extract<ChildMessage, { readonly id: number }>): void {
    const call = this.#call;
    if (call?.id !== message.id) return;
    this.#checkMemory(readProcessMemory(this.#process.pid ?? 0));
    if (message.kind === 'result') {
      call.resolve(message.response);
      return;
    }
    const cause = new Error(message.message);
    if (message.stack !== undefined) cause.stack = message.stack;
    call.reject(new ChildError('failed', message.message, { cause }));
  }

  #onExit(code: number | null, signal: string | null): void {
    const isHeapFull = this.#stderr.includes('heap out of memory');
    const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
    const error =
      this.#endReason ??
      (isHeapFull
        ? new ChildError('out_of_memory', 'the child process ran out of memory')
        : new ChildError('died', `the child process ended unexpectedly (${how})`));
    if (this.#call === undefined && this.#endReason === undefined) {
      // No request is running, so what it wrote is about the program, never about a document.
      this.#options.logger.warn({ code, signal, stderr: this.#stderr }, 'child process ended unexpectedly');
    }
    this.#settleStart(error);
    this.#call?.reject(error);
    this.#options.onExit();
  }

  #startMemoryPolling(): void {
    const pid = this.#process.pid;
    if (pid === undefined || !canReadProcessMemory) return;
    const check = () => this.#checkMemory(readProcessMemory(pid));
    // At once too: one that is over its limit before it begins would often answer before the first look.
    check();
    this.#memoryTimer = setInterval(check, memoryPollMs);
  }

  #checkMemory(rssBytes: number | undefined): void {
    if (rssBytes === undefined) return;
    this.#rssBytes = rssBytes;
    const maxMb = this.#options.maxMemoryMb;
    if (rssBytes > maxMb * 1024 * 1024) {
      this.end(new ChildError('out_of_memory', `the child process used more than ${maxMb} MB of memory`));
    }
  }

  #lowerPriority(): void {
    const pid = this.#process.pid;
    if (pid === undefined) return;
    try {
      setPriority(pid, Math.min(this.#options.priority, constants.priority.PRIORITY_LOW));
    } catch (error) {
      // It works the same, only less politely; or it is gone already, which its exit reports.
      this.#options.logger.debug({ err: error }, 'child process keeps its priority');
    }
  }
}

function inheritedEnvironment(): Record<string, string> {
  const entries = inheritedVariables.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
