import { Cron } from 'croner';
import { AppError } from '../shared/index.ts';

/**
 * Five fields: minute, hour, day of month, month (also JAN to DEC), day of week (0 to 6, SUN to SAT); each a star, number,
 * range, step or list. Evaluated in UTC.
 *
 * @throws AppError('unprocessable') naming the expression, also as `details.cron`
 */
export function parseCron(expression: string): Cron {
  const fields = expression.trim().split(/\s+/);
  const isPlain = fields.length === 5 && fields.every((field) => /^[0-9A-Za-z*/,-]+$/.test(field));
  try {
    if (isPlain) return new Cron(fields.join(' '), { timezone: 'UTC', paused: true });
  } catch {
    // The message below says what a cron expression is; the library's own speaks of its internals.
  }
  throw new AppError(
    'unprocessable',
    `'${expression}' is not a cron expression: five fields are needed (minute hour day month weekday), as in '0 6 * * *'.`,
    { details: { cron: expression } },
  );
}

/** The first match after `after`, or null when there is none. */
export function nextRunAt(expression: string, after: Date): Date | null {
  return parseCron(expression).nextRun(after);
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

/** The schedule of a connection that was given none: every five minutes where the source can say what changed, else daily. */
export function defaultCron(supportsContinuous: boolean, now: Date): string {
  return supportsContinuous ? '*/5 * * * *' : `${now.getUTCMinutes()} ${now.getUTCHours()} * * *`;
}
