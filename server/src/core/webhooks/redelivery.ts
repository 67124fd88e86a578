import type { Caller } from '../access/index.ts';
import { AppError, newId } from '../shared/index.ts';
import { requireWebhookAccess, subscriptionNotFound } from './require-webhook-access.ts';
import { type MessageId, type Recovery, RecoveryId, recoverableDays, type SubscriptionId } from './subscription.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

const dayMs = 86_400_000;

/**
 * Delivers again what a subscription wants, and has never got, of a time. Messages are found in the background.
 *
 * @param range.until null: now
 * @throws AppError('not_found'), AppError('unprocessable') when the time is too long ago
 */
export async function startRecovery(
  { webhooks }: Pick<WebhookDependencies, 'webhooks'>,
  caller: Caller,
  subscriptionId: SubscriptionId,
  range: { readonly since: Date; readonly until: Date | null },
): Promise<Recovery> {
  requireWebhookAccess(caller);
  if ((await webhooks.find(caller.scope, subscriptionId)) === undefined) throw subscriptionNotFound();
  const now = Date.now();
  if (range.since.getTime() < now - recoverableDays * dayMs) {
    throw new AppError('unprocessable', `messages can be recovered for ~${recoverableDays} days`, {
      details: { field: 'since' },
    });
  }
  const id = newId(RecoveryId);
  const until = range.until ?? new Date(now);
  return webhooks.insertRecovery(caller.scope, { id, subscriptionId, since: range.since, until });
}

/** @throws AppError('not_found') */
export async function getRecovery(
  { webhooks }: Pick<WebhookDependencies, 'webhooks'>,
  caller: Caller,
  subscriptionId: SubscriptionId,
  id: RecoveryId,
): Promise<Recovery> {
  requireWebhookAccess(caller);
  const recovery = await webhooks.findRecovery(caller.scope, subscriptionId, id);
  if (recovery === undefined) throw new AppError('not_found', 'Recovery not found');
  return recovery;
}

/**
 * Delivers one message to one subscription again, whether it wants its type or not, and whether it has got it or not.
 *
 * @throws AppError('not_found'), AppError('conflict') when the subscription is disabled
 */
export async function resendMessage(
  { webhooks }: Pick<WebhookDependencies, 'webhooks'>,
  caller: Caller,
  messageId: MessageId,
  subscriptionId: SubscriptionId,
): Promise<void> {
  requireWebhookAccess(caller);
  if ((await webhooks.findMessage(caller.scope, messageId)) === undefined) {
    throw new AppError('not_found', 'Webhook message not found');
  }
  const subscription = await webhooks.find(caller.scope, subscriptionId);
  if (subscription === undefined) throw subscriptionNotFound();
  if (subscription.disabled !== null) {
    throw new AppError('conflict', 'The webhook subscription is disabled. Enable it and send the message again.');
  }
  if (!(await webhooks.redeliver(caller.scope, messageId, subscriptionId))) throw subscriptionNotFound();
}
