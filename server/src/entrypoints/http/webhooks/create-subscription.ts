import { z } from 'zod';
import { createSubscription, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { entryOfMade } from '../audit-log/entry-of.ts';
import { defineEndpoint } from '../endpoint.ts';
import { SubscriptionAnswer, toSubscriptionAnswer } from './webhook-answer.ts';
import { EventTypes, normaliseUrl, ReceiverUrl, Secret } from './webhook-input.ts';

const Body = z.object({ url: ReceiverUrl, event_types: EventTypes.min(1), secret: Secret.nullish() });

export const createSubscriptionEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/webhooks/subscriptions',
    summary: 'Create webhook subscription',
    description: 'The receiver must answer a HEAD request within 5 seconds, with any status.',
    tags: ['webhooks'],
    access: { scope: 'write' },
    body: Body,
    response: SubscriptionAnswer,
    errors: [400],
    audit: (_input, answer) =>
      entryOfMade({ action: 'webhook_subscription.created', objectType: 'webhook_subscription' }, answer),
    handler: async ({ body, caller }) => {
      const created = await createSubscription(dependencies, caller, {
        url: normaliseUrl(body.url),
        eventTypes: body.event_types,
        secret: body.secret ?? null,
      });
      return toSubscriptionAnswer(created);
    },
  });
