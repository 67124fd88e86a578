import { deleteSubscription, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SubscriptionAnswer, toSubscriptionAnswer } from './webhook-answer.ts';
import { parseSubscriptionId, SubscriptionParams } from './webhook-input.ts';

export const deleteSubscriptionEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'DELETE',
    path: '/webhooks/subscriptions/{subscription_id}',
    summary: 'Delete webhook subscription',
    description: 'Answers with it as it was.',
    tags: ['webhooks'],
    access: { scope: 'write' },
    params: SubscriptionParams,
    response: SubscriptionAnswer,
    errors: [404],
    audit: ({ params }) => ({
      action: 'webhook_subscription.deleted',
      objectType: 'webhook_subscription',
      objectId: params.subscription_id,
    }),
    handler: async ({ params, caller }) =>
      toSubscriptionAnswer(await deleteSubscription(dependencies, caller, parseSubscriptionId(params.subscription_id))),
  });
