import { createHash } from 'node:crypto';
import { AppError, type Scope } from '../shared/index.ts';
import type { MonthlyCounts, MonthlyUsage, QuotaStore, Quotas } from './quotas.ts';
import { monthOf } from './usage.ts';

const dayMs = 86_400_000;
const maxPrevious = 6;
/** The month that is now, as the contract has it where nothing is billed. */
const currentId = '00000000-0000-0000-0000-000000000000';
/** In percent; less is no trend. */
const steadyWithin = 5;

export interface UsagePeriod {
  readonly id: string;
  readonly start: Date;
  readonly end: Date;
  readonly usage: MonthlyUsage;
  /** Null once it is over. */
  readonly daysRemaining: number | null;
  readonly isCurrent: boolean;
}

export interface UsageTrend {
  readonly metric: 'entities' | 'queries';
  readonly direction: 'up' | 'down' | 'stable';
  readonly percentageChange: number;
}

export interface UsageDashboard {
  readonly quotas: Quotas;
  readonly period: UsagePeriod;
  /** Newest first, at most 6. */
  readonly previous: readonly UsagePeriod[];
  readonly totals: { readonly entities: number; readonly queries: number };
  /** A day of the period so far. */
  readonly daily: { readonly entities: number; readonly queries: number };
  readonly trends: readonly UsageTrend[];
}

/**
 * What an organisation uses, month by month, in UTC.
 *
 * @param periodId null: the month that is now
 * @throws AppError('not_found') for a period that is not there
 */
export async function readDashboard(
  store: QuotaStore,
  scope: Scope,
  periodId: string | null,
  now: Date,
): Promise<UsageDashboard> {
  const thisMonth = monthOf(now);
  const [quotas, current, months] = await Promise.all([
    store.readQuotas(scope),
    store.readMonth(scope, thisMonth),
    store.listMonths(scope),
  ]);
  const earlier = months.filter(({ month }) => month < thisMonth);
  const { sourceConnections, teamMembers } = current;
  const periods: readonly UsagePeriod[] = [
    toPeriod(scope, thisMonth, current, now),
    ...earlier.map((counts) => toPeriod(scope, counts.month, { ...counts, sourceConnections, teamMembers }, now)),
  ];
  const place = periodId === null ? 0 : periods.findIndex(({ id }) => id === periodId);
  const period = periods[place];
  if (period === undefined) throw new AppError('not_found', 'Usage period not found');
  const all = [current, ...earlier];
  const days = Math.max(1, Math.ceil((Math.min(now.getTime(), period.end.getTime()) - period.start.getTime()) / dayMs));
  return {
    quotas,
    period,
    previous: periods.slice(place + 1, place + 1 + maxPrevious),
    totals: { entities: total(all, 'entities'), queries: total(all, 'queries') },
    daily: {
      entities: Math.round(period.usage.entities / days),
      queries: Math.round(period.usage.queries / days),
    },
    trends: (['entities', 'queries'] as const).map((metric) =>
      toTrend(metric, period.usage[metric], periods[place + 1]?.usage[metric] ?? 0),
    ),
  };
}

function toPeriod(scope: Scope, start: Date, usage: MonthlyUsage, now: Date): UsagePeriod {
  const end = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
  const isCurrent = start <= now && now < end;
  const daysRemaining = isCurrent ? Math.ceil((end.getTime() - now.getTime()) / dayMs) : null;
  return { id: isCurrent ? currentId : idOf(scope, start), start, end, usage, daysRemaining, isCurrent };
}

/** Always the same for the same month: nobody keeps it. */
function idOf(scope: Scope, month: Date): string {
  const hash = createHash('sha256').update(`${scope.organizationId} ${month.toISOString()}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

function total(months: readonly Pick<MonthlyCounts, 'entities' | 'queries'>[], metric: 'entities' | 'queries'): number {
  return months.reduce((sum, counts) => sum + counts[metric], 0);
}

function toTrend(metric: UsageTrend['metric'], current: number, before: number): UsageTrend {
  const change = before === 0 ? (current === 0 ? 0 : 100) : ((current - before) / before) * 100;
  const direction = Math.abs(change) <= steadyWithin ? 'stable' : change > 0 ? 'up' : 'down';
  return { metric, direction, percentageChange: Math.round(change * 10) / 10 };
}
