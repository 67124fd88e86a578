import { sendTest, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { AttemptAnswer, toAttemptAnswer } from './webhook-answer.ts';
import { parseSubscriptionId, SubscriptionParams } from './webhook-input.ts';

export const testSubscriptionEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/webhooks/subscriptions/{subscription_id}/test',
    summary: 'Test webhook subscription',
    description: 'Sends one signed message of the type `webhook.test` at once, and answers with what came of it.',
    tags: ['webhooks'],
    access: { scope: 'write' },
    params: SubscriptionParams,
    response: AttemptAnswer,
    errors: [404],
    handler: async ({ params, caller, signal }) =>
      toAttemptAnswer(await sendTest(dependencies, caller, parseSubscriptionId(params.subscription_id), signal)),
  });
