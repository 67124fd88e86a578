import { AppError, type Scope } from '../shared/index.ts';
import type { MonthlyUsage, QuotaStore, Quotas } from './quotas.ts';

export const usageActions = ['entities', 'queries', 'tokens', 'source_connections', 'team_members'] as const;
/** What an organisation may be kept from doing more of. */
export type UsageAction = (typeof usageActions)[number];

const fields = {
  entities: 'entities',
  queries: 'queries',
  tokens: 'tokens',
  source_connections: 'sourceConnections',
  team_members: 'teamMembers',
} as const satisfies Record<UsageAction, keyof Quotas & keyof MonthlyUsage>;

const words: Readonly<Record<UsageAction, string>> = {
  entities: 'documents written by syncs this month',
  queries: 'searches this month',
  tokens: 'tokens of language models this month',
  source_connections: 'source connections',
  team_members: 'members',
};

/** Whether something more is allowed. */
export type UsageCheck =
  | { readonly isAllowed: true }
  | { readonly isAllowed: false; readonly current: number; readonly limit: number; readonly message: string };

/** The first moment of a moment's month, in UTC. */
export function monthOf(moment: Date): Date {
  return new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), 1));
}

export function limitOf(quotas: Quotas, action: UsageAction): number | null {
  return quotas[fields[action]];
}

/** @param amount how much more */
export function checkAgainst(quotas: Quotas, usage: MonthlyUsage, action: UsageAction, amount: number): UsageCheck {
  const limit = limitOf(quotas, action);
  const current = usage[fields[action]];
  if (limit === null || current + amount <= limit) return { isAllowed: true };
  return refuse(action, current, limit);
}

export function refuse(action: UsageAction, current: number, limit: number): UsageCheck {
  const message = `Usage limit exceeded: the organization has ${current} of ${limit} ${words[action]}. ${fix(action)}`;
  return { isAllowed: false, current, limit, message };
}

function fix(action: UsageAction): string {
  if (action === 'source_connections') return 'Delete one that is not needed, or have the limit raised.';
  if (action === 'team_members') return 'Remove one, or have the limit raised.';
  return 'Wait for the next month, or have the limit raised.';
}

/**
 * For what is done seldom: reads the limits and the usage as they are now.
 *
 * @throws AppError('invalid_request') at the first of `actions` that is used up
 */
export async function requireUsage(
  store: Pick<QuotaStore, 'readQuotas' | 'readMonth'>,
  scope: Scope,
  actions: readonly UsageAction[],
): Promise<void> {
  const quotas = await store.readQuotas(scope);
  if (actions.every((action) => limitOf(quotas, action) === null)) return;
  const usage = await store.readMonth(scope, monthOf(new Date()));
  for (const action of actions) requireAllowed(checkAgainst(quotas, usage, action, 1));
}

/** @throws AppError('invalid_request') */
export function requireAllowed(check: UsageCheck): void {
  if (!check.isAllowed) throw new AppError('invalid_request', check.message);
}
