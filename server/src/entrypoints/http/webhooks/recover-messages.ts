import { z } from 'zod';
import { startRecovery, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { Instant, toInstant } from '../validation/instant.ts';
import { RecoveryAnswer, toRecoveryAnswer } from './webhook-answer.ts';
import { parseSubscriptionId, SubscriptionParams } from './webhook-input.ts';

const Body = z.object({ since: Instant, until: Instant.nullish() });

export const recoverMessagesEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/webhooks/subscriptions/{subscription_id}/recover',
    summary: 'Recover missed messages',
    description: 'Delivers again what the subscription wants and has not got since a time, at most 14 days ago.',
    tags: ['webhooks'],
    access: { scope: 'write' },
    params: SubscriptionParams,
    body: Body,
    response: RecoveryAnswer,
    errors: [404],
    handler: async ({ params, body, caller }) => {
      const range = {
        since: toInstant(body.since),
        until: typeof body.until === 'string' ? toInstant(body.until) : null,
      };
      const id = parseSubscriptionId(params.subscription_id);
      return toRecoveryAnswer(await startRecovery(dependencies, caller, id, range));
    },
  });
