import { z } from 'zod';
import {
  type DeliveryAttempt,
  type DeliveryHealth,
  type EventMessage,
  isDelivered,
  type Recovery,
  type Subscription,
  toWireId,
} from '../../../core/webhooks/index.ts';

export const AttemptAnswer = z
  .object({
    id: z.string(),
    message_id: z.string(),
    endpoint_id: z.string().describe('The subscription.'),
    response: z.string().nullable().describe('The beginning of the answer, or why there was none.'),
    response_status_code: z.int().describe('0: there was no answer.'),
    status: z.enum(['success', 'pending', 'failed']).describe('`pending`: there was no answer.'),
    timestamp: z.iso.datetime(),
    url: z.string().nullable(),
    duration_ms: z.int(),
  })
  .meta({ id: 'DeliveryAttempt' });

export const MessageAnswer = z
  .object({
    id: z.string(),
    event_type: z.string(),
    payload: z.record(z.string(), z.unknown()),
    timestamp: z.iso.datetime(),
    channels: z.array(z.string()).nullable(),
    tags: z.array(z.string()).nullable(),
  })
  .meta({ id: 'WebhookMessage' });

export const MessageWithAttemptsAnswer = MessageAnswer.extend({
  delivery_attempts: z.array(AttemptAnswer).nullable().describe('Newest first; null unless asked for.'),
}).meta({ id: 'WebhookMessageWithAttempts' });

export const SubscriptionAnswer = z
  .object({
    id: z.string(),
    url: z.string(),
    filter_types: z.array(z.string()).nullable().describe('The event types it is told of.'),
    disabled: z.boolean(),
    description: z.string().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    health_status: z
      .enum(['healthy', 'degraded', 'failing', 'unknown'])
      .describe('From the last 10 attempts; `unknown` in answers to changes.'),
    disabled_reason: z
      .enum(['person', 'gone', 'failing'])
      .nullable()
      .describe('`gone`: the receiver answered 410. `failing`: nothing reached it for 5 days. Null: it is enabled.'),
    disabled_at: z.iso.datetime().nullable(),
    failing_since: z.iso.datetime().nullable().describe('The first failure since the last success.'),
  })
  .meta({ id: 'WebhookSubscription' });

export const SubscriptionDetailAnswer = SubscriptionAnswer.extend({
  delivery_attempts: z.array(AttemptAnswer).nullable().describe('The newest 50, newest first.'),
  secret: z.string().nullable().describe('Null unless asked for.'),
  previous_secret_until: z.iso.datetime().nullable().describe('Until then the secret before it signs too.'),
}).meta({ id: 'WebhookSubscriptionDetail' });

export const RecoveryAnswer = z
  .object({
    id: z.string(),
    status: z.enum(['running', 'completed', 'unknown']),
    messages: z.int().describe('That are delivered again, so far.'),
  })
  .meta({ id: 'RecoveryTask' });

export function toAttemptAnswer(attempt: DeliveryAttempt): z.input<typeof AttemptAnswer> {
  const { statusCode } = attempt;
  return {
    id: toWireId('atmpt', attempt.id),
    message_id: toWireId('msg', attempt.messageId),
    endpoint_id: toWireId('ep', attempt.subscriptionId),
    response: attempt.response,
    response_status_code: statusCode,
    // As the contract has it: without an answer an attempt counts as pending, also after the last one.
    status: isDelivered(statusCode) ? 'success' : statusCode === 0 ? 'pending' : 'failed',
    timestamp: attempt.at.toISOString(),
    url: attempt.url,
    duration_ms: attempt.durationMs,
  };
}

export function toMessageAnswer(message: EventMessage): z.input<typeof MessageAnswer> {
  return {
    id: toWireId('msg', message.id),
    event_type: message.eventType,
    payload: message.payload,
    timestamp: message.at.toISOString(),
    channels: [message.eventType],
    tags: null,
  };
}

export function toSubscriptionAnswer(
  subscription: Subscription,
  health: DeliveryHealth = 'unknown',
): z.input<typeof SubscriptionAnswer> {
  return {
    id: toWireId('ep', subscription.id),
    url: subscription.url,
    filter_types: [...subscription.eventTypes],
    disabled: subscription.disabled !== null,
    description: null,
    created_at: subscription.createdAt.toISOString(),
    updated_at: subscription.modifiedAt.toISOString(),
    health_status: health,
    disabled_reason: subscription.disabled?.reason ?? null,
    disabled_at: subscription.disabled?.at.toISOString() ?? null,
    failing_since: subscription.failingSince?.toISOString() ?? null,
  };
}

export function toRecoveryAnswer(recovery: Recovery): z.input<typeof RecoveryAnswer> {
  return { id: toWireId('rcvr', recovery.id), status: recovery.status, messages: recovery.found };
}
