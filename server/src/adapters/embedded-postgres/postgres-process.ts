import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Logger } from '../../core/shared/index.ts';
import { LogTail } from './log-tail.ts';
import { readPostmasterFile } from './predecessor.ts';
import { spawnUnprivileged, type UnprivilegedLaunch } from './unprivileged-launch.ts';

/** How PostgreSQL ended. */
export interface PostgresExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** A shutdown that somebody asked for, such as SIGTERM to every process of a service; not a crash. */
  readonly isClean: boolean;
  /** The end of its own log. */
  readonly lastLines: string;
}

export interface PostgresCommand {
  readonly launch: UnprivilegedLaunch;
  readonly program: string;
  readonly arguments: readonly string[];
  readonly cluster: string;
}

const pollMs = 10;
/** Crash recovery may read all of the write-ahead log; this is for a disk that hangs. */
const startLimitMs = 10 * 60_000;
const fastShutdownMs = 4_000;
const immediateShutdownMs = 2_000;

/** One running postmaster. */
export class PostgresProcess {
  /** Never rejects. */
  readonly exited: Promise<PostgresExit>;
  readonly #child: ChildProcess;
  readonly #log: LogTail;
  readonly #cluster: string;
  readonly #endWithUs: () => void;
  #isOver = false;

  constructor(command: PostgresCommand, logger: Logger) {
    this.#cluster = command.cluster;
    this.#log = new LogTail(logger);
    this.#child = spawnUnprivileged(command.launch, command.program, command.arguments, {
      cwd: command.cluster,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#endWithUs = () => void this.#child.kill('SIGINT');
    // Covers process.exit() where the kernel does not tell children of our death.
    process.once('exit', this.#endWithUs);
    this.exited = this.#waitForExit();
  }

  /** 0 when it could not even be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /**
   * Waits until it accepts connections, as `pg_ctl` does: by the last line of `postmaster.pid`.
   *
   * @returns undefined when it is ready, how it ended when it ended instead
   */
  async waitUntilReady(logger: Logger, signal: AbortSignal): Promise<PostgresExit | undefined> {
    const startedAt = Date.now();
    let nextNewsMs = 5_000;
    while (!this.#isOver) {
      const file = await readPostmasterFile(this.#cluster);
      if (file?.pid === this.#child.pid && file?.status === 'ready') return undefined;
      const elapsedMs = Date.now() - startedAt;
      if (elapsedMs > startLimitMs) {
        throw new AppError('unavailable', `PostgreSQL did not start in 10 minutes. It says:\n${this.#log.text}`);
      }
      if (elapsedMs > nextNewsMs) {
        logger.info({ elapsedMs, status: file?.status ?? '' }, 'PostgreSQL is still starting');
        nextNewsMs *= 2;
      }
      await Promise.race([delay(pollMs, undefined, { signal }), this.exited]);
    }
    return this.exited;
  }

  /** Ends it within about 6 s, harder and harder; none of the ways loses a commit. */
  async stop(): Promise<PostgresExit> {
    for (const [signal, limitMs] of [
      ['SIGINT', fastShutdownMs],
      ['SIGQUIT', immediateShutdownMs],
    ] as const) {
      if (this.#isOver) return this.exited;
      this.#child.kill(signal);
      const patience = new AbortController();
      await Promise.race([
        this.exited,
        // The timer must not keep the process after the exit.
        delay(limitMs, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
    }
    if (!this.#isOver) this.#child.kill('SIGKILL');
    return this.exited;
  }

  async #waitForExit(): Promise<PostgresExit> {
    const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null; failure?: string }>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }));
      this.#child.once('error', (error) => resolve({ code: null, signal: null, failure: error.message }));
    });
    if (this.#child.stderr !== null) {
      const reading = this.#log.read(this.#child.stderr);
      // A backend that outlives a killed postmaster for a moment holds the pipe open: its last words are not waited for long.
      void ended.then(() => delay(500, undefined, { ref: false })).then(() => this.#child.stderr?.destroy());
      await Promise.allSettled([ended, reading]);
    }
    const { code, signal, failure } = await ended;
    this.#isOver = true;
    process.removeListener('exit', this.#endWithUs);
    const lastLines = failure === undefined ? this.#log.text : `${this.#log.text}\n${failure}`.trim();
    return { code, signal, isClean: code === 0, lastLines };
  }
}
