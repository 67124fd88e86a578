import { z } from 'zod';
import { resendMessage, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { MessageParams, parseMessageId, parseSubscriptionId } from './webhook-input.ts';

const Answer = z
  .object({ message_id: z.string(), subscription_id: z.string(), status: z.literal('queued') })
  .meta({ id: 'ResentMessage' });

export const resendMessageEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'POST',
    path: '/webhooks/messages/{message_id}/resend',
    summary: 'Resend event message',
    description: 'Delivers one message to one subscription again, with the same id.',
    tags: ['webhooks'],
    access: { scope: 'write' },
    params: MessageParams,
    body: z.object({ subscription_id: z.string() }),
    response: Answer,
    errors: [404, 409],
    handler: async ({ params, body, caller }) => {
      const messageId = parseMessageId(params.message_id);
      await resendMessage(dependencies, caller, messageId, parseSubscriptionId(body.subscription_id));
      return { message_id: params.message_id, subscription_id: body.subscription_id, status: 'queued' as const };
    },
  });
