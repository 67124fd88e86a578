import type { Caller } from '../access/index.ts';
import { AppError } from '../shared/index.ts';
import { requireWebhookAccess } from './require-webhook-access.ts';
import type { DeliveryAttempt, EventMessage, MessageId } from './subscription.ts';
import type { WebhookDependencies } from './webhook-dependencies.ts';

const shownMessages = 50;
const shownAttempts = 250;

/** The newest ones, newest first. @param eventTypes empty: all; unknown types match nothing */
export async function listMessages(
  { webhooks }: Pick<WebhookDependencies, 'webhooks'>,
  caller: Caller,
  eventTypes: readonly string[],
): Promise<readonly EventMessage[]> {
  requireWebhookAccess(caller);
  return webhooks.listMessages(caller.scope, eventTypes.length === 0 ? null : eventTypes, shownMessages);
}

/** @returns the attempts newest first; null unless asked for. @throws AppError('not_found') */
export async function getMessage(
  { webhooks }: Pick<WebhookDependencies, 'webhooks'>,
  caller: Caller,
  id: MessageId,
  options: { readonly includeAttempts: boolean },
): Promise<{ readonly message: EventMessage; readonly attempts: readonly DeliveryAttempt[] | null }> {
  requireWebhookAccess(caller);
  const message = await webhooks.findMessage(caller.scope, id);
  if (message === undefined) throw new AppError('not_found', 'Webhook message not found');
  const attempts = options.includeAttempts
    ? await webhooks.listAttempts(caller.scope, { messageId: id }, shownAttempts)
    : null;
  return { message, attempts };
}
