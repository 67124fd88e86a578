import { z } from 'zod';
import { type UsageAction, type UsageMeter, usageActions } from '../../../core/quotas/index.ts';
import type { Scope } from '../../../core/shared/index.ts';

export const UsageCheckAnswer = z
  .object({
    allowed: z.boolean(),
    action: z.string(),
    reason: z.enum(['payment_required', 'usage_limit_exceeded']).nullable(),
    details: z.record(z.string(), z.unknown()).nullable().describe('`message`, `current_usage` and `limit`.'),
  })
  .meta({ id: 'UsageCheck' });

/** Most that one may ask to add. */
export const maxAmount = 1_000_000_000;

export async function checkUsage(
  usage: Pick<UsageMeter, 'check'>,
  scope: Scope,
  action: string,
  amount: number,
): Promise<z.input<typeof UsageCheckAnswer>> {
  if (!isUsageAction(action)) {
    const message = `There is no action '${action.slice(0, 100)}'. Actions are ${usageActions.join(', ')}.`;
    return { allowed: false, action, reason: 'usage_limit_exceeded', details: { message } };
  }
  const check = await usage.check(scope, action, amount);
  if (check.isAllowed) return { allowed: true, action, reason: null, details: null };
  const { message, current, limit } = check;
  return {
    allowed: false,
    action,
    reason: 'usage_limit_exceeded',
    details: { message, current_usage: current, limit },
  };
}

function isUsageAction(name: string): name is UsageAction {
  return (usageActions as readonly string[]).includes(name);
}
