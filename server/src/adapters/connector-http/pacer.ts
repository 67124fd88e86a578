import { setTimeout as delay } from 'node:timers/promises';
import type { Pace } from '../../connector-kit/index.ts';

interface Waiter {
  readonly admit: () => void;
}

/**
 * Lets so many requests through in each span of time, evenly: after a quarter of the allowance in one go, each as soon as its
 * share of time has passed. Who shares the allowance takes turns, so that one with many requests keeps nobody waiting behind
 * all of them.
 */
export class Pacer {
  readonly #msPerRequest: number;
  readonly #burst: number;
  readonly #queues = new Map<string, Waiter[]>();
  /** When the next request is due; in the past, there are some to spare. */
  #dueAt = 0;
  #isRunning = false;

  constructor({ requests, perSeconds }: Pace) {
    this.#msPerRequest = (perSeconds * 1_000) / requests;
    this.#burst = Math.max(1, Math.floor(requests / 4));
  }

  /** @throws the signal's reason */
  async pass(who: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { admit: resolve };
    const queue = this.#queues.get(who) ?? [];
    queue.push(waiter);
    this.#queues.set(who, queue);
    const onAbort = () => {
      this.#leave(who, waiter);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    void this.#run();
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    for (;;) {
      const now = performance.now();
      this.#dueAt = Math.max(this.#dueAt, now - (this.#burst - 1) * this.#msPerRequest);
      if (this.#dueAt > now) await delay(this.#dueAt - now, undefined, { ref: false });
      const waiter = this.#takeNext();
      if (waiter === undefined) break;
      this.#dueAt += this.#msPerRequest;
      waiter.admit();
    }
    this.#isRunning = false;
  }

  /** Of whoever had none for the longest time: the map keeps the order in which they came, or came back. */
  #takeNext(): Waiter | undefined {
    for (const [who, queue] of this.#queues) {
      this.#queues.delete(who);
      const waiter = queue.shift();
      if (queue.length > 0) this.#queues.set(who, queue);
      if (waiter !== undefined) return waiter;
    }
    return undefined;
  }

  #leave(who: string, waiter: Waiter): void {
    const queue = this.#queues.get(who);
    const index = queue?.indexOf(waiter) ?? -1;
    if (index >= 0) queue?.splice(index, 1);
  }
}
