import { type Logger, toMessage } from '../../core/shared/index.ts';

/** Runs a task again and again, never twice at once; a failure is logged and the next turn tries again. */
export class PeriodicTask {
  readonly #name: string;
  readonly #everyMs: number;
  readonly #task: (signal: AbortSignal) => Promise<void>;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(name: string, everyMs: number, task: (signal: AbortSignal) => Promise<void>, logger: Logger) {
    this.#name = name;
    this.#everyMs = everyMs;
    this.#task = task;
    this.#logger = logger;
  }

  /** The first turn begins at once. */
  start(): void {
    this.#turn = this.#run();
  }

  /** Ends the turn under way at its next step. May be called twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#turn;
  }

  async #run(): Promise<void> {
    try {
      await this.#task(this.#stop.signal);
    } catch (error) {
      if (!this.#stop.signal.aborted) {
        this.#logger.warn(
          { task: this.#name, err: error, reason: toMessage(error) },
          'a periodic task failed; trying again',
        );
      }
    }
    if (this.#stop.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#turn = this.#run();
    }, this.#everyMs);
  }
}
