import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../core/shared/index.ts';
import type { PostgresExit, PostgresProcess } from './postgres-process.ts';

export interface SupervisorOptions {
  readonly first: PostgresProcess;
  /** Starts the next process; gives up when the signal says so. */
  readonly restart: (signal: AbortSignal) => Promise<PostgresProcess>;
  readonly logger: Logger;
}

const firstDelayMs = 200;
const maxDelayMs = 5_000;

/**
 * Keeps PostgreSQL running. It panics when the disk is too full for its log, and its own restart then fails for the
 * same reason: it would stay down when there is room again.
 */
export class PostgresSupervisor {
  readonly #options: SupervisorOptions;
  readonly #callbacks: ((exit: PostgresExit) => void)[] = [];
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>;
  #current: PostgresProcess;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#current = options.first;
    this.#watching = this.#watch();
  }

  get pid(): number {
    return this.#current.pid;
  }

  onExit(callback: (exit: PostgresExit) => void): void {
    this.#callbacks.push(callback);
  }

  /** May be called twice; both wait for the end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#current.stop();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    const { logger } = this.#options;
    for (;;) {
      const { lastLines, ...exit } = await this.#current.exited;
      if (this.#stopping.signal.aborted) return;
      if (exit.isClean) logger.warn(exit, 'PostgreSQL was shut down by somebody else');
      else logger.error({ ...exit, lastLines }, 'PostgreSQL ended by itself; starting it again');
      for (const callback of this.#callbacks) callback({ lastLines, ...exit });
      if (exit.isClean || !(await this.#startAgain())) return;
    }
  }

  /** @returns whether it runs; false when it is to be stopped */
  async #startAgain(): Promise<boolean> {
    const { restart, logger } = this.#options;
    const { signal } = this.#stopping;
    for (let waitMs = firstDelayMs; ; waitMs = Math.min(waitMs * 2, maxDelayMs)) {
      try {
        await delay(waitMs, undefined, { signal });
        this.#current = await restart(signal);
        if (signal.aborted) await this.#current.stop();
        else logger.info({ pid: this.#current.pid }, 'PostgreSQL runs again');
        return !signal.aborted;
      } catch (error) {
        // This is the edge: nobody waits for a restart, and the next try may find room on the disk.
        if (signal.aborted) return false;
        logger.warn({ err: error }, 'PostgreSQL did not start again; another try follows');
      }
    }
  }
}
