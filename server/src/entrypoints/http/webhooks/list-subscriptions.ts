import { z } from 'zod';
import { listSubscriptions, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SubscriptionAnswer, toSubscriptionAnswer } from './webhook-answer.ts';

export const listSubscriptionsEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/webhooks/subscriptions',
    summary: 'List webhook subscriptions',
    tags: ['webhooks'],
    access: { scope: 'read' },
    response: z.array(SubscriptionAnswer),
    handler: async ({ caller }) =>
      (await listSubscriptions(dependencies, caller)).map(({ subscription, health }) =>
        toSubscriptionAnswer(subscription, health),
      ),
  });
