import { z } from 'zod';
import type { EventType } from '../events/index.ts';

export const SubscriptionId = z.guid().brand<'SubscriptionId'>();
export type SubscriptionId = z.infer<typeof SubscriptionId>;
export const MessageId = z.guid().brand<'MessageId'>();
export type MessageId = z.infer<typeof MessageId>;
export const AttemptId = z.guid().brand<'AttemptId'>();
export type AttemptId = z.infer<typeof AttemptId>;
export const RecoveryId = z.guid().brand<'RecoveryId'>();
export type RecoveryId = z.infer<typeof RecoveryId>;

/** `gone`: the receiver answered 410. `failing`: nothing reached it for days. */
export type DisabledReason = 'person' | 'gone' | 'failing';

/** Who is told of what, and where. */
export interface Subscription {
  readonly id: SubscriptionId;
  /** Normalised, http or https. */
  readonly url: string;
  readonly eventTypes: readonly EventType[];
  /** Null: it is told. */
  readonly disabled: { readonly at: Date; readonly reason: DisabledReason } | null;
  /** When the first attempt failed since the last that succeeded. */
  readonly failingSince: Date | null;
  /** Until when the secret before the present one signs too. */
  readonly previousSecretUntil: Date | null;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
}

/** One event, as it is told to every subscription that wants it. */
export interface EventMessage {
  readonly id: MessageId;
  readonly eventType: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

/** One try to tell one subscription of one event. */
export interface DeliveryAttempt {
  readonly id: AttemptId;
  readonly messageId: MessageId;
  readonly subscriptionId: SubscriptionId;
  readonly at: Date;
  readonly url: string;
  /** 0: there was no answer. */
  readonly statusCode: number;
  /** The beginning of the answer, or why there was none. */
  readonly response: string | null;
  readonly durationMs: number;
}

/** A request to deliver again what was not delivered in some time. */
export interface Recovery {
  readonly id: RecoveryId;
  readonly status: 'running' | 'completed';
  /** Messages that are delivered again, so far. */
  readonly found: number;
}

/** How long messages and attempts are kept at most, and how far back a recovery may reach. */
export const recoverableDays = 14;
