import { z } from 'zod';
import { listMessages, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { MessageAnswer, toMessageAnswer } from './webhook-answer.ts';

const Query = z.object({
  event_types: z.array(z.string().max(200)).max(100).optional().describe('Only messages of these types.'),
});

export const listMessagesEndpoint = (dependencies: WebhookDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/webhooks/messages',
    summary: 'List event messages',
    description: 'The newest 50, newest first.',
    tags: ['webhooks'],
    access: { scope: 'read' },
    query: Query,
    response: z.array(MessageAnswer),
    handler: async ({ query, caller }) =>
      (await listMessages(dependencies, caller, query.event_types ?? [])).map(toMessageAnswer),
  });
