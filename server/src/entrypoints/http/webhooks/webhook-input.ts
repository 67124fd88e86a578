import { z } from 'zod';
import { eventTypes } from '../../../core/events/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { fromWireId, MessageId, RecoveryId, SubscriptionId } from '../../../core/webhooks/index.ts';

export const SubscriptionParams = z.object({ subscription_id: z.string() });
export const MessageParams = z.object({ message_id: z.string() });

export const ReceiverUrl = z
  .string()
  .max(2083)
  .refine(isReceiverUrl, 'must be an http or https URL with a host, and without a user name or password')
  .meta({ format: 'uri', minLength: 1 })
  .describe('Where events are posted to.');

export const EventTypes = z.array(z.enum(eventTypes)).max(10).describe('What it is to be told of; at most 10 types.');

export const Secret = z
  .string()
  .min(24)
  .max(500)
  .describe('At least 24 characters: `whsec_` and base64, or any text. Made when absent.');

function isReceiverUrl(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.hostname !== '' &&
    url.username === '' &&
    url.password === ''
  );
}

/** As it is stored: a URL of a host alone gains a slash. @param text as `ReceiverUrl` accepts it */
export function normaliseUrl(text: string): string {
  return new URL(text).href;
}

/** @throws AppError('not_found') for what can be no id, as for one that does not exist */
export function parseSubscriptionId(text: string): SubscriptionId {
  const id = fromWireId('ep', text);
  if (id === undefined) throw new AppError('not_found', 'Webhook subscription not found');
  return SubscriptionId.parse(id);
}

/** @throws AppError('not_found') */
export function parseMessageId(text: string): MessageId {
  const id = fromWireId('msg', text);
  if (id === undefined) throw new AppError('not_found', 'Webhook message not found');
  return MessageId.parse(id);
}

/** @throws AppError('not_found') */
export function parseRecoveryId(text: string): RecoveryId {
  const id = fromWireId('rcvr', text);
  if (id === undefined) throw new AppError('not_found', 'Recovery not found');
  return RecoveryId.parse(id);
}
