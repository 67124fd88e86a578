import { z } from 'zod';
import type { Quotas, UsagePeriod } from '../../../core/quotas/index.ts';

const count = z.int();
const limit = z.int().nullable().describe('Null: unlimited.');

const UsageSnapshot = z
  .object({
    entities: count.describe('Documents that syncs wrote in the period, new and changed ones.'),
    queries: count.describe('Searches in the period, but for agentic ones.'),
    tokens: count.describe('Of language models, in the period.'),
    source_connections: count.describe('There are now.'),
    team_members: count.describe('There are now.'),
    max_entities: limit,
    max_queries: limit,
    max_tokens: limit,
    max_source_connections: limit,
    max_team_members: limit,
    timestamp: z.iso.datetime(),
    billing_period_id: z.guid(),
  })
  .meta({ id: 'UsageSnapshot' });

export const UsagePeriodAnswer = z
  .object({
    period_id: z.guid(),
    period_start: z.iso.datetime(),
    period_end: z.iso.datetime(),
    status: z.string(),
    plan: z.string(),
    usage: UsageSnapshot,
    daily_usage: z.array(UsageSnapshot).describe('Always empty.'),
    days_remaining: z.int().nullable().describe('Null for a period that is over.'),
    is_current: z.boolean(),
  })
  .meta({ id: 'UsagePeriod' });

/** The contract's word for the plan and the status of whom nobody bills. */
const withoutBilling = 'legacy';

export function toPeriodAnswer(period: UsagePeriod, quotas: Quotas, now: Date): z.input<typeof UsagePeriodAnswer> {
  const { usage } = period;
  return {
    period_id: period.id,
    period_start: period.start.toISOString(),
    period_end: period.end.toISOString(),
    status: withoutBilling,
    plan: withoutBilling,
    usage: {
      entities: usage.entities,
      queries: usage.queries,
      tokens: usage.tokens,
      source_connections: usage.sourceConnections,
      team_members: usage.teamMembers,
      max_entities: quotas.entities,
      max_queries: quotas.queries,
      max_tokens: quotas.tokens,
      max_source_connections: quotas.sourceConnections,
      max_team_members: quotas.teamMembers,
      timestamp: now.toISOString(),
      billing_period_id: period.id,
    },
    daily_usage: [],
    days_remaining: period.daysRemaining,
    is_current: period.isCurrent,
  };
}
