import { z } from 'zod';
import type { UsageMeter } from '../../../core/quotas/index.ts';
import { plainText } from '../../../core/shared/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { checkUsage, maxAmount, UsageCheckAnswer } from './usage-check.ts';

export const checkActionEndpoint = (usage: Pick<UsageMeter, 'check'>) =>
  defineEndpoint({
    method: 'GET',
    path: '/usage/check-action',
    summary: 'Check whether an action is allowed',
    description:
      '`entities`, `queries`, `tokens`, `source_connections` or `team_members`. An unknown action is answered as one that is not allowed.',
    tags: ['usage'],
    access: { scope: 'read' },
    query: z.object({
      action: plainText({ max: 200 }),
      amount: z.int().min(1).max(maxAmount).default(1),
    }),
    response: UsageCheckAnswer,
    handler: ({ query, caller }) => checkUsage(usage, caller.scope, query.action, query.amount),
  });
