import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../shared/index.ts';
import { type AttemptResult, attemptDelivery } from './attempt-delivery.ts';
import { isDelivered } from './delivery-health.ts';
import type { ClaimedDelivery, DeliveryQueue, SettledDelivery } from './delivery-queue.ts';
import { maxPauseMs, nextDelayMs } from './retry-plan.ts';
import { SettledBatches } from './settled-batches.ts';
import { AttemptId } from './subscription.ts';
import { openSecret } from './subscriptions.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { toWireId } from './wire-ids.ts';

/** At a time in this process, and of one subscription. */
const places = 64;
const placesPerSubscription = 8;
/** An exchange that takes longer gives its place up to others, and goes on beside them. So many may. */
const slowAfterMs = 1_000;
const slowPlaces = 512;
/** Longer than an exchange can take, so that a delivery comes back only when its worker is lost. */
const leaseMs = 30_000;
const idleMs = 250;
/** Between two claims, so that one takes up what several exchanges have made room for. */
const pauseMs = 10;
const afterErrorMs = 1_000;
/** At a stop, exchanges may take so long to end; what is cut off is delivered again by the next worker. */
const stopWithinMs = 2_000;
/** A status that says that the receiver is gone for good. */
const goneStatus = 410;

/**
 * Delivers what waits, as one of several workers. Every delivery is claimed with a lease; one that a lost worker held comes back when
 * the lease ends. It is made at least once, with the same id each time.
 *
 * ```
 * claim ─▶ exchange (at most 64 quick ones, 8 of a subscription, 1 of a failing one) ─▶ settle, many in one statement
 * ```
 *
 * An exchange that takes more than a second no longer counts among the 64: receivers that hang slow only themselves.
 */
export class WebhookDeliverer {
  readonly #queue: DeliveryQueue;
  readonly #deps: Pick<WebhookDependencies, 'receivers' | 'vault' | 'logger'>;
  readonly #owner = crypto.randomUUID();
  readonly #stop = new AbortController();
  readonly #cutOff = new AbortController();
  readonly #busy = new Map<string, number>();
  readonly #exchanges = new Set<Promise<void>>();
  readonly #settled: SettledBatches;
  #quick = 0;
  #slow = 0;
  #wake: (() => void) | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(queue: DeliveryQueue, deps: Pick<WebhookDependencies, 'receivers' | 'vault' | 'logger'>) {
    this.#queue = queue;
    this.#deps = deps;
    this.#settled = new SettledBatches(queue, this.#owner, deps.logger);
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Lets exchanges end for a moment, then cuts them off. May be called twice. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
    const ended = Promise.allSettled(this.#exchanges);
    await Promise.race([ended, delay(stopWithinMs, undefined, { ref: false })]);
    this.#cutOff.abort();
    await ended;
    await this.#settled.close();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const room = this.#settled.isFull || this.#slow >= slowPlaces ? 0 : places - this.#quick;
      let claimed = 0;
      if (room > 0) {
        try {
          claimed = await this.#claim(room);
        } catch (error) {
          this.#deps.logger.warn({ err: error }, 'webhooks could not be claimed; trying again');
          await this.#wait(afterErrorMs);
          continue;
        }
      }
      // What found no place, or whose subscription had none, is claimed soon after an exchange has ended.
      if (claimed === 0) await this.#wait(idleMs);
      await delay(pauseMs);
    }
  }

  async #claim(limit: number): Promise<number> {
    const claimed = await this.#queue.claim({
      ...{ owner: this.#owner, leaseMs, limit },
      ...{ perSubscription: placesPerSubscription, busy: this.#busy },
    });
    for (const delivery of claimed) {
      const exchange = this.#exchange(delivery).finally(() => this.#exchanges.delete(exchange));
      this.#exchanges.add(exchange);
    }
    return claimed.length;
  }

  async #exchange(delivery: ClaimedDelivery): Promise<void> {
    const leave = this.#enter(delivery.subscription.id);
    try {
      const result = await this.#attempt(delivery);
      this.#settled.add(toSettled(delivery, result));
    } catch (error) {
      if (!this.#cutOff.signal.aborted) {
        this.#deps.logger.error({ err: error, subscriptionId: delivery.subscription.id }, 'a webhook was not sent');
      }
      // Cut off, it is given back; failed here, its lease brings it back later, since at once it would only fail again.
      if (this.#cutOff.signal.aborted) this.#settled.giveBack(delivery.id);
    } finally {
      leave();
      this.#wake?.();
    }
  }

  #attempt({ scope, message, subscription }: ClaimedDelivery): Promise<AttemptResult> {
    const open = (sealed: Uint8Array) => openSecret(this.#deps.vault, scope, subscription.id, sealed);
    const previous = subscription.sealedPreviousSecret;
    const secrets = [open(subscription.sealedSecret), ...(previous === null ? [] : [open(previous)])];
    const input = { url: subscription.url, messageId: toWireId('msg', message.id), body: message.body, secrets };
    return attemptDelivery(this.#deps.receivers, input, this.#cutOff.signal);
  }

  /** Counts an exchange, among the quick ones as long as it is one. */
  #enter(subscriptionId: string): () => void {
    this.#busy.set(subscriptionId, (this.#busy.get(subscriptionId) ?? 0) + 1);
    this.#quick += 1;
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      this.#quick -= 1;
      this.#slow += 1;
      this.#wake?.();
    }, slowAfterMs).unref();
    return () => {
      clearTimeout(timer);
      if (isSlow) this.#slow -= 1;
      else this.#quick -= 1;
      const left = (this.#busy.get(subscriptionId) ?? 1) - 1;
      if (left === 0) this.#busy.delete(subscriptionId);
      else this.#busy.set(subscriptionId, left);
    };
  }

  /** Until then, or until something may have changed. */
  async #wait(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

function toSettled(delivery: ClaimedDelivery, result: AttemptResult): SettledDelivery {
  const { statusCode, retryAfterMs } = result;
  const isOver = isDelivered(statusCode) || statusCode === goneStatus;
  return {
    delivery,
    attempt: {
      id: newId(AttemptId),
      messageId: delivery.message.id,
      subscriptionId: delivery.subscription.id,
      url: delivery.subscription.url,
      ...{ at: result.at, statusCode, response: result.response, durationMs: result.durationMs },
    },
    retryInMs: isOver ? null : nextDelayMs(delivery.attempts + 1, Math.random(), retryAfterMs),
    ...(retryAfterMs === undefined ? {} : { pauseMs: Math.min(retryAfterMs, maxPauseMs) }),
  };
}
