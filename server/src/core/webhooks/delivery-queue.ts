import type { Scope } from '../shared/index.ts';
import type { DeliveryAttempt, MessageId, SubscriptionId } from './subscription.ts';

/** A delivery that a worker holds until its lease ends, with everything that an attempt needs. */
export interface ClaimedDelivery {
  readonly id: number;
  readonly scope: Scope;
  /** That have failed. */
  readonly attempts: number;
  readonly message: { readonly id: MessageId; readonly body: string };
  readonly subscription: {
    readonly id: SubscriptionId;
    readonly url: string;
    readonly sealedSecret: Uint8Array;
    /** Null once its time is over. */
    readonly sealedPreviousSecret: Uint8Array | null;
  };
}

/** What an attempt came to. */
export interface SettledDelivery {
  readonly delivery: Pick<ClaimedDelivery, 'id' | 'scope'>;
  readonly attempt: DeliveryAttempt;
  /** When to try again; null: delivered, or given up. */
  readonly retryInMs: number | null;
  /** For how long the receiver wants nothing at all. */
  readonly pauseMs?: number;
}

/** The port to what is still to be delivered, as a worker sees it. */
export interface DeliveryQueue {
  /**
   * Takes what is due, the longest waiting of each subscription first, and lets no subscription take the places of others.
   *
   * @param options.busy how many each subscription has in flight in this process
   * @param options.perSubscription how many it may have; a failing one may have one
   */
  claim(options: {
    readonly owner: string;
    readonly leaseMs: number;
    readonly limit: number;
    readonly perSubscription: number;
    readonly busy: ReadonlyMap<string, number>;
  }): Promise<readonly ClaimedDelivery[]>;
  /**
   * Records attempts, and ends or postpones their deliveries. A delivery that another worker holds by now is left to it.
   *
   * @returns subscriptions that were disabled by it
   */
  settle(
    owner: string,
    settled: readonly SettledDelivery[],
    disableAfterMs: number,
  ): Promise<readonly { readonly id: SubscriptionId; readonly reason: 'gone' | 'failing' }[]>;
  /** Gives deliveries back, to be taken up at once. */
  release(owner: string, deliveryIds: readonly number[]): Promise<void>;
  /** Lets every lease end now. Only where no other worker can exist. */
  releaseAllLeases(): Promise<void>;
  /** Takes one recovery a step on. Returns false when there is none. */
  advanceRecovery(batch: number): Promise<boolean>;
  /** Removes messages with all that belongs to them, attempts and recoveries from before. Returns how many rows. */
  removeOld(before: Date, limit: number): Promise<number>;
}
