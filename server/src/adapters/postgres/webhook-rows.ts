import { type RawBuilder, sql } from 'kysely';
import type { EventType } from '../../core/events/index.ts';
import {
  AttemptId,
  type DeliveryAttempt,
  type DisabledReason,
  type EventMessage,
  MessageId,
  type Subscription,
  SubscriptionId,
} from '../../core/webhooks/index.ts';

export interface SubscriptionRow {
  readonly id: string;
  readonly url: string;
  readonly event_types: string[];
  readonly disabled_at: Date | null;
  readonly disabled_reason: DisabledReason | null;
  readonly failing_since: Date | null;
  readonly previous_secret_until: Date | null;
  readonly created_at: Date;
  readonly modified_at: Date;
}

export const subscriptionColumns = sql`subscription.id, subscription.url, subscription.event_types, subscription.disabled_at,
  subscription.disabled_reason, subscription.failing_since, subscription.created_at, subscription.modified_at,
  case when subscription.previous_secret_until > now() then subscription.previous_secret_until end as previous_secret_until`;

export function toSubscription(row: SubscriptionRow): Subscription {
  return {
    id: SubscriptionId.parse(row.id),
    url: row.url,
    // Written from the same closed list.
    eventTypes: row.event_types as EventType[],
    disabled:
      row.disabled_at === null || row.disabled_reason === null
        ? null
        : { at: row.disabled_at, reason: row.disabled_reason },
    failingSince: row.failing_since,
    previousSecretUntil: row.previous_secret_until,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}

export interface MessageRow {
  readonly id: string;
  readonly event_type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly at: Date;
}

export function toMessage(row: MessageRow): EventMessage {
  return { id: MessageId.parse(row.id), eventType: row.event_type, payload: row.payload, at: row.at };
}

export interface AttemptRow {
  readonly id: string;
  readonly message_id: string;
  readonly subscription_id: string;
  readonly at: Date;
  readonly url: string;
  readonly status_code: number;
  readonly response: string | null;
  readonly duration_ms: number;
}

export function toAttempt(row: AttemptRow): DeliveryAttempt {
  return {
    id: AttemptId.parse(row.id),
    messageId: MessageId.parse(row.message_id),
    subscriptionId: SubscriptionId.parse(row.subscription_id),
    at: row.at,
    url: row.url,
    statusCode: row.status_code,
    response: row.response,
    durationMs: row.duration_ms,
  };
}

/** What the sets of an update have in common with each other; never empty, since `modified_at` always is among them. */
export function joinSets(sets: readonly RawBuilder<unknown>[]): RawBuilder<unknown> {
  return sql.join([...sets, sql`modified_at = now()`], sql`, `);
}
