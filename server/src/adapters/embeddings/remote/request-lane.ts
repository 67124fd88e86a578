import { setTimeout as delay } from 'node:timers/promises';

interface Waiting {
  readonly start: () => void;
  readonly urgent: boolean;
}

/** Lets so many requests go at once, none while a provider asked for a pause. What is urgent goes before what waits. */
export class RequestLane {
  readonly #width: number;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #pausedUntil = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** @throws the signal's reason when it is aborted before its turn; else as `work` does */
  async run<T>(
    work: () => Promise<T>,
    options: { readonly signal: AbortSignal; readonly urgent: boolean },
  ): Promise<T> {
    await this.#enter(options);
    try {
      for (;;) {
        const restMs = this.#pausedUntil - Date.now();
        if (restMs <= 0) break;
        await delay(restMs, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted());
      }
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Its place is handed on: nobody comes in between.
      if (next === undefined) this.#running -= 1;
      else next.start();
    }
  }

  /** No request begins before; a shorter pause than the one that holds changes nothing. */
  pauseFor(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, Date.now() + ms);
  }

  async #enter({ signal, urgent }: { readonly signal: AbortSignal; readonly urgent: boolean }): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#width) {
      this.#running += 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
      };
      const start = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiting: Waiting = { start, urgent };
      const firstPatient = this.#waiting.findIndex((one) => !one.urgent);
      if (urgent && firstPatient >= 0) this.#waiting.splice(firstPatient, 0, waiting);
      else this.#waiting.push(waiting);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}
