import { z } from 'zod';
import { type QuotaStore, readDashboard, type UsageMeter } from '../../../core/quotas/index.ts';
import { defineEndpoint } from '../endpoint.ts';
import { toPeriodAnswer, UsagePeriodAnswer } from './usage-period.ts';

const DashboardAnswer = z
  .object({
    current_period: UsagePeriodAnswer,
    previous_periods: z.array(UsagePeriodAnswer).describe('At most 6, the newest first.'),
    total_entities_all_time: z.int(),
    total_queries_all_time: z.int(),
    average_daily_entities: z.int(),
    average_daily_queries: z.int(),
    trends: z
      .array(
        z.object({
          metric: z.enum(['entities', 'queries']),
          direction: z.enum(['up', 'down', 'stable']),
          percentage_change: z.number().describe('Against the month before; up to 5 % counts as stable.'),
        }),
      )
      .describe('The period against the one before.'),
  })
  .meta({ id: 'UsageDashboard' });

export interface DashboardDependencies {
  readonly quotas: QuotaStore;
  readonly usage: Pick<UsageMeter, 'flush'>;
}

export const getDashboardEndpoint = ({ quotas, usage }: DashboardDependencies) =>
  defineEndpoint({
    method: 'GET',
    path: '/usage/dashboard',
    summary: 'Get the usage of the organization',
    description: 'Periods are months, in UTC. What is counted by another process may be missing for a second.',
    tags: ['usage'],
    access: { scope: 'read' },
    query: z.object({ period_id: z.guid().nullish().describe('Of `previous_periods`; default: the current one.') }),
    response: DashboardAnswer,
    errors: [404],
    handler: async ({ query, caller }) => {
      await usage.flush();
      const now = new Date();
      const dashboard = await readDashboard(quotas, caller.scope, query.period_id?.toLowerCase() ?? null, now);
      return {
        current_period: toPeriodAnswer(dashboard.period, dashboard.quotas, now),
        previous_periods: dashboard.previous.map((period) => toPeriodAnswer(period, dashboard.quotas, now)),
        total_entities_all_time: dashboard.totals.entities,
        total_queries_all_time: dashboard.totals.queries,
        average_daily_entities: dashboard.daily.entities,
        average_daily_queries: dashboard.daily.queries,
        trends: dashboard.trends.map(({ metric, direction, percentageChange }) => ({
          metric,
          direction,
          percentage_change: percentageChange,
        })),
      };
    },
  });
