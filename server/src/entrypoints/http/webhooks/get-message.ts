import { z } from 'zod';
import { getMessage, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { MessageWithAttemptsAnswer, toAttemptAnswer, toMessageAnswer } from './webhook-answer.ts';
import { MessageParams, parseMessageId } from './webhook-input.ts';

const Query = z.object({ include_attempts: z.boolean().default(false) });

export const getMessageEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/webhooks/messages/{message_id}',
    summary: 'Get event message',
    tags: ['webhooks'],
    access: { scope: 'read' },
    params: MessageParams,
    query: Query,
    response: MessageWithAttemptsAnswer,
    errors: [404],
    handler: async ({ params, query, caller }) => {
      const id = parseMessageId(params.message_id);
      const { message, attempts } = await getMessage(dependencies, caller, id, {
        includeAttempts: query.include_attempts,
      });
      return { ...toMessageAnswer(message), delivery_attempts: attempts?.map(toAttemptAnswer) ?? null };
    },
  });
