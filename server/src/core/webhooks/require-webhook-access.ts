import type { Caller } from '../access/index.ts';
import { AppError } from '../shared/index.ts';

/**
 * Events tell of all collections of the organisation.
 *
 * @throws AppError('forbidden') for an API key that is limited to certain collections
 */
export function requireWebhookAccess(caller: Caller): void {
  if (caller.collections === null) return;
  throw new AppError(
    'forbidden',
    'This API key is limited to certain collections, and webhooks tell of all of them. Use a key without that limit.',
  );
}

export function subscriptionNotFound(): AppError {
  return new AppError('not_found', 'Webhook subscription not found');
}
