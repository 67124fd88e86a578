import { z } from 'zod';
import { grants } from '../../../core/access/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { getSubscription, revealSecret, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SubscriptionDetailAnswer, toAttemptAnswer, toSubscriptionAnswer } from './webhook-answer.ts';
import { parseSubscriptionId, SubscriptionParams } from './webhook-input.ts';

const Query = z.object({
  include_secret: z.boolean().default(false).describe("Needs the scope 'write', since whoever has it can sign."),
});

export const getSubscriptionEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/webhooks/subscriptions/{subscription_id}',
    summary: 'Get webhook subscription',
    tags: ['webhooks'],
    access: { scope: 'read' },
    params: SubscriptionParams,
    query: Query,
    response: SubscriptionDetailAnswer,
    errors: [404],
    audit: ({ params, query }) =>
      query.include_secret
        ? { action: 'webhook_secret.read', objectType: 'webhook_subscription', objectId: params.subscription_id }
        : null,
    handler: async ({ params, query, caller }) => {
      if (query.include_secret && !grants(caller, 'write')) {
        throw new AppError('forbidden', "This API key lacks the scope 'write', which reading a secret needs.");
      }
      const id = parseSubscriptionId(params.subscription_id);
      const { subscription, health, attempts } = await getSubscription(dependencies, caller, id);
      return {
        ...toSubscriptionAnswer(subscription, health),
        delivery_attempts: attempts.map(toAttemptAnswer),
        secret: query.include_secret ? await revealSecret(dependencies, caller, id) : null,
        previous_secret_until: subscription.previousSecretUntil?.toISOString() ?? null,
      };
    },
  });
