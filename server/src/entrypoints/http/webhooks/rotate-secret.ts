import { z } from 'zod';
import { rotateSecret, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SubscriptionAnswer, toSubscriptionAnswer } from './webhook-answer.ts';
import { parseSubscriptionId, Secret, SubscriptionParams } from './webhook-input.ts';

const Answer = SubscriptionAnswer.extend({
  secret: z.string(),
  previous_secret_until: z.iso.datetime().nullable().describe('Until then both secrets sign.'),
}).meta({ id: 'WebhookSubscriptionWithSecret' });

export const rotateSecretEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/webhooks/subscriptions/{subscription_id}/rotate-secret',
    summary: 'Rotate webhook secret',
    description: 'For 24 hours messages carry two signatures, by the new secret and by the one before it.',
    tags: ['webhooks'],
    access: { scope: 'write' },
    params: SubscriptionParams,
    body: z.object({ secret: Secret.nullish() }).nullish(),
    response: Answer,
    errors: [404],
    audit: ({ params }) => ({
      action: 'webhook_subscription.updated',
      objectType: 'webhook_subscription',
      objectId: params.subscription_id,
    }),
    handler: async ({ params, body, caller }) => {
      const id = parseSubscriptionId(params.subscription_id);
      const { subscription, secret } = await rotateSecret(dependencies, caller, id, body?.secret ?? null);
      return {
        ...toSubscriptionAnswer(subscription),
        secret,
        previous_secret_until: subscription.previousSecretUntil?.toISOString() ?? null,
      };
    },
  });
