import { z } from 'zod';
import { updateSubscription, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { Instant, toInstant } from '../validation/instant.ts';
import { SubscriptionAnswer, toSubscriptionAnswer } from './webhook-answer.ts';
import { EventTypes, normaliseUrl, parseSubscriptionId, ReceiverUrl, SubscriptionParams } from './webhook-input.ts';

const Body = z.object({
  url: ReceiverUrl.nullish(),
  event_types: EventTypes.nullish().describe('Replaces the list; an empty one changes nothing.'),
  disabled: z.boolean().nullish().describe('What waits when it is disabled is dropped, and can be recovered later.'),
  recover_since: Instant.nullish().describe('With `disabled: false`: deliver again what was missed since then.'),
});

export const updateSubscriptionEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'PATCH',
    path: '/webhooks/subscriptions/{subscription_id}',
    summary: 'Update webhook subscription',
    tags: ['webhooks'],
    access: { scope: 'write' },
    params: SubscriptionParams,
    body: Body,
    response: SubscriptionAnswer,
    errors: [404],
    handler: async ({ params, body, caller }) => {
      const id = parseSubscriptionId(params.subscription_id);
      const eventTypes = body.event_types ?? [];
      const changes = {
        ...(typeof body.url === 'string' ? { url: normaliseUrl(body.url) } : {}),
        ...(eventTypes.length === 0 ? {} : { eventTypes }),
        ...(typeof body.disabled === 'boolean' ? { disabled: body.disabled } : {}),
      };
      const recoverSince = typeof body.recover_since === 'string' ? toInstant(body.recover_since) : null;
      return toSubscriptionAnswer(await updateSubscription(dependencies, caller, id, changes, { recoverSince }));
    },
  });
