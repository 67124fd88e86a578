import { z } from 'zod';
import { getRecovery, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { RecoveryAnswer, toRecoveryAnswer } from './webhook-answer.ts';
import { parseRecoveryId, parseSubscriptionId, SubscriptionParams } from './webhook-input.ts';

const Params = SubscriptionParams.extend({ recovery_id: z.string() });

export const getRecoveryEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/webhooks/subscriptions/{subscription_id}/recoveries/{recovery_id}',
    summary: 'Get recovery',
    description: '`completed`: all messages were found; they are delivered as any other.',
    tags: ['webhooks'],
    access: { scope: 'read' },
    params: Params,
    response: RecoveryAnswer,
    errors: [404],
    handler: async ({ params, caller }) => {
      const subscriptionId = parseSubscriptionId(params.subscription_id);
      return toRecoveryAnswer(
        await getRecovery(dependencies, caller, subscriptionId, parseRecoveryId(params.recovery_id)),
      );
    },
  });
