import { z } from 'zod';
import type { UsageMeter } from '../../../core/quotas/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { checkUsage, maxAmount, UsageCheckAnswer } from './usage-check.ts';

const maxActions = 50;

const Body = z.object({
  actions: z
    .record(plainText({ max: 200 }), z.int().min(0).max(maxAmount))
    .refine((actions) => Object.keys(actions).length <= maxActions, `at most ${maxActions} actions`)
    .describe('How much more of each is wanted.'),
});

export const checkActionsEndpoint = (usage: Pick<UsageMeter, 'check'>) =>
  defineEndpoint({
    method: 'POST',
    path: '/usage/check-actions',
    summary: 'Check whether several actions are allowed',
    tags: ['usage'],
    access: { scope: 'read' },
    body: Body,
    response: z.object({ results: z.record(z.string(), UsageCheckAnswer) }),
    handler: async ({ body, caller }) => {
      const checks = Object.entries(body.actions).map(
        async ([action, amount]) => [action, await checkUsage(usage, caller.scope, action, amount)] as const,
      );
      return { results: Object.fromEntries(await Promise.all(checks)) };
    },
  });
