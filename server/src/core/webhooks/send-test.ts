import type { Caller } from '../access/index.ts';
import { newId } from '../shared/index.ts';
import { attemptDelivery } from './attempt-delivery.ts';
import { requireWebhookAccess, subscriptionNotFound } from './require-webhook-access.ts';
import { AttemptId, type DeliveryAttempt, MessageId, type SubscriptionId } from './subscription.ts';
import { openSecrets } from './subscriptions.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';
import { toWireId } from './wire-ids.ts';

/** No domain event has it, so that no receiver takes a test for something that happened. */
const testEventType = 'webhook.test';

/**
 * Sends one signed message now and tells what came of it, also of a disabled subscription. It is not tried again.
 *
 * @throws AppError('not_found')
 */
export async function sendTest(
  deps: WebhookDependencies,
  caller: Caller,
  id: SubscriptionId,
  signal: AbortSignal,
): Promise<DeliveryAttempt> {
  requireWebhookAccess(caller);
  const subscription = await deps.webhooks.find(caller.scope, id);
  if (subscription === undefined) throw subscriptionNotFound();
  const secrets = await openSecrets(deps, caller.scope, id);
  const message = { id: newId(MessageId), eventType: testEventType, at: new Date() };
  const body = JSON.stringify({
    event_type: message.eventType,
    timestamp: message.at.toISOString(),
    organization_id: caller.scope.organizationId,
    message: 'A test of this webhook. Nothing happened.',
  });
  const input = { url: subscription.url, messageId: toWireId('msg', message.id), body, secrets };
  const result = await attemptDelivery(deps.receivers, input, signal);
  const attempt: DeliveryAttempt = {
    ...{ id: newId(AttemptId), messageId: message.id, subscriptionId: id, url: subscription.url },
    ...{ at: result.at, statusCode: result.statusCode, response: result.response, durationMs: result.durationMs },
  };
  await deps.webhooks.insertTest(caller.scope, { ...message, body }, attempt);
  return attempt;
}
