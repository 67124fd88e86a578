import { createHmac } from 'node:crypto';
import { signingKey } from './webhook-secret.ts';

/**
 * The headers that prove who sent a message, under the names of the Standard Webhooks and under Svix's. The signature covers id,
 * time and the exact bytes of the body; with two secrets there are two, and a receiver accepts either.
 *
 * @param secrets the present one first
 * @param at when this attempt is made: receivers refuse what is older than some minutes
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function signatureHeaders(
  secrets: readonly string[],
  message: { readonly id: string; readonly at: Date; readonly body: string },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(message.at.getTime() / 1000));
  const signed = `${message.id}.${timestamp}.${message.body}`;
  const signature = secrets
    .map((secret) => `v1,${createHmac('sha256', signingKey(secret)).update(signed, 'utf8').digest('base64')}`)
    .join(' ');
  return {
    'webhook-id': message.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
    'svix-id': message.id,
    'svix-timestamp': timestamp,
    'svix-signature': signature,
  };
}
