import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../shared/index.ts';
import type { DeliveryQueue, SettledDelivery } from './delivery-queue.ts';

const batchSize = 200;
const maxWaiting = 2_000;
const flushAfterMs = 10;
const maxTries = 3;
const afterErrorMs = 1_000;
/** A subscription that got nothing through for so long is disabled. */
const disableAfterMs = 5 * 86_400_000;

/**
 * Writes what attempts came to, many in one statement. What cannot be written is tried again, and then left: its lease ends, and it is
 * delivered once more.
 */
export class SettledBatches {
  readonly #queue: DeliveryQueue;
  readonly #owner: string;
  readonly #logger: Logger;
  #waiting: SettledDelivery[] = [];
  #givenBack: number[] = [];
  #flushing: Promise<void> | undefined;

  constructor(queue: DeliveryQueue, owner: string, logger: Logger) {
    this.#queue = queue;
    this.#owner = owner;
    this.#logger = logger;
  }

  /** The database does not keep up: nothing more is to be delivered for now. */
  get isFull(): boolean {
    return this.#waiting.length >= maxWaiting;
  }

  add(settled: SettledDelivery): void {
    this.#waiting.push(settled);
    this.#flushing ??= this.#flushSoon();
  }

  /** For what was not attempted. */
  giveBack(deliveryId: number): void {
    this.#givenBack.push(deliveryId);
  }

  /** Writes everything that waits. */
  async close(): Promise<void> {
    await this.#flushing;
    try {
      if (this.#givenBack.length > 0) await this.#queue.release(this.#owner, this.#givenBack);
    } catch (error) {
      this.#logger.warn({ err: error }, 'webhooks were not given back; they are taken up when their leases end');
    }
    this.#givenBack = [];
  }

  async #flushSoon(): Promise<void> {
    await delay(flushAfterMs);
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, batchSize);
      this.#waiting = this.#waiting.slice(batch.length);
      await this.#write(batch);
    }
    this.#flushing = undefined;
  }

  async #write(batch: readonly SettledDelivery[]): Promise<void> {
    for (let attempt = 1; attempt <= maxTries; attempt += 1) {
      try {
        const disabled = await this.#queue.settle(this.#owner, batch, disableAfterMs);
        for (const { id, reason } of disabled) {
          this.#logger.warn({ subscriptionId: id, reason }, 'a webhook subscription was disabled');
        }
        return;
      } catch (error) {
        this.#logger.warn(
          { err: error, attempt, deliveries: batch.length },
          'deliveries of webhooks were not recorded',
        );
        if (attempt < maxTries) await delay(afterErrorMs);
      }
    }
  }
}
