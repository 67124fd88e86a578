import { createHash } from 'node:crypto';
import { Cron } from 'croner';
import { AppError, type SyncId } from '../shared/index.ts';

/**
 * Five fields: minute, hour, day of month, month (also JAN to DEC), day of week (0 to 6, SUN to SAT); each a star, number,
 * range, step or list.
 *
 * @param timeZone IANA name in which the fields are read, default UTC. An hour that a change of the clocks skips is run
 *        at the end of the gap; one that comes twice is run once
 * @throws AppError('unprocessable') naming the expression, also as `details.cron`
 */
export function parseCron(expression: string, timeZone = 'UTC'): Cron {
  const fields = expression.trim().split(/\s+/);
  const isPlain = fields.length === 5 && fields.every((field) => /^[0-9A-Za-z*/,-]+$/.test(field));
  try {
    if (isPlain) return new Cron(fields.join(' '), { timezone: timeZone, paused: true });
  } catch {
    // The message below says what a cron expression is; the library's own speaks of its internals.
  }
  throw new AppError(
    'unprocessable',
    `'${expression}' is not a cron expression: five fields are needed (minute hour day month weekday), as in '0 6 * * *'.`,
    { details: { cron: expression } },
  );
}

/** @throws AppError('unprocessable') when there is no such zone */
export function requireTimeZone(name: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch (error) {
    throw new AppError(
      'unprocessable',
      `'${name}' is not a time zone: use an IANA name, as in 'Europe/Berlin' or 'UTC'.`,
      { cause: error, details: { field: 'time_zone' } },
    );
  }
}

/** When something runs, as it is kept. */
export interface CronSchedule {
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
}

/** The first match after `after`, or null when there is none. */
export function nextRunAt({ cron, timeZone }: CronSchedule, after: Date): Date | null {
  return parseCron(cron, timeZone).nextRun(after);
}

/** The next `count` matches after `after`; fewer when there are no more. */
export function nextRuns({ cron, timeZone }: CronSchedule, after: Date, count: number): readonly Date[] {
  return parseCron(cron, timeZone).nextRuns(count, after);
}

const largestDelayMs = 5 * 60_000;
const largestShare = 0.1;

/**
 * The moment at which a sync is begun for its next match: up to a tenth of the interval later, at most five minutes, and always
 * the same for one sync, so that a thousand schedules of '0 6 * * *' do not begin in one second.
 */
export function nextStartAt(schedule: CronSchedule, after: Date, syncId: SyncId): Date | null {
  const [next, following] = nextRuns(schedule, after, 2);
  if (next === undefined) return null;
  const intervalMs = following === undefined ? largestDelayMs / largestShare : following.getTime() - next.getTime();
  const share = createHash('sha256').update(syncId).digest().readUInt32BE() / 2 ** 32;
  return new Date(next.getTime() + Math.round(share * Math.min(largestDelayMs, intervalMs * largestShare)));
}

/**
 * When a sync should start that was planned for `planned`, or null when that is right. More than one match lies before the
 * planned start only when the clock was set back since: waiting for it could take years. Within one match it is kept,
 * as the run of the match that comes again was done.
 */
export function correctedStart(
  schedule: CronSchedule,
  planned: Date,
  { now, syncId }: { readonly now: Date; readonly syncId: SyncId },
): Date | null {
  const first = nextStartAt(schedule, now, syncId);
  const second = first === null ? null : nextStartAt(schedule, first, syncId);
  return second !== null && planned > second ? first : null;
}

/** True when two runs may lie less than an hour apart, whatever the expression is spelt like. */
export function isSubHourly(expression: string): boolean {
  const cron = parseCron(expression);
  // A day's runs from a fixed moment show every spacing that minutes and hours can make.
  const runs = cron.nextRuns(25, new Date('2026-01-01T00:00:00Z'));
  return runs.some((run, index) => {
    const previous = runs[index - 1];
    return previous !== undefined && run.getTime() - previous.getTime() < 3_600_000;
  });
}

/** What "continuous" comes to. */
export const continuousCron = '*/5 * * * *';

/** The schedule of a connection that was given none: every five minutes where the source can say what changed, else daily. */
export function defaultCron(supportsContinuous: boolean, now: Date): string {
  return supportsContinuous ? continuousCron : `${now.getUTCMinutes()} ${now.getUTCHours()} * * *`;
}
