import { describe, expect, test } from 'vitest';
import { newId, SyncId } from '../shared/index.ts';
import {
  correctedStart,
  defaultCron,
  isSubHourly,
  nextRunAt,
  nextRuns,
  nextStartAt,
  parseCron,
  requireTimeZone,
} from './schedule.ts';

describe('cron expressions', () => {
  test.each(['0 6 * * *', '*/5 * * * *', '0 0 1 JAN *', '15 10 * * MON-FRI', '0,30 8-18 * * 1'])(
    'takes %s',
    (expression) => {
      expect(() => parseCron(expression)).not.toThrow();
    },
  );

  test.each(['', 'daily', '* * * *', '0 0 0 * * *', '61 * * * *', '* 25 * * *', '@daily', '0 6 * * *; drop table'])(
    'refuses %j and says what a cron expression is',
    (expression) => {
      expect(() => parseCron(expression)).toThrow(/is not a cron expression: five fields/);
    },
  );

  test('are evaluated in UTC', () => {
    expect(nextRunAt({ cron: '30 6 * * *', timeZone: 'UTC' }, new Date('2026-03-29T05:00:00Z'))).toEqual(
      new Date('2026-03-29T06:30:00Z'),
    );
    expect(nextRunAt({ cron: '30 6 * * *', timeZone: 'UTC' }, new Date('2026-03-29T06:30:00Z'))).toEqual(
      new Date('2026-03-30T06:30:00Z'),
    );
  });

  test.each([
    ['* * * * *', true],
    ['*/5 * * * *', true],
    ['0-59/2 * * * *', true],
    ['0,30 * * * *', true],
    ['0 * * * *', false],
    ['15 */2 * * *', false],
    ['0 6 * * *', false],
  ])('%s runs more often than hourly: %s', (expression, expected) => {
    expect(isSubHourly(expression)).toBe(expected);
  });

  test('default to every five minutes or to once a day at this time', () => {
    const now = new Date('2026-01-02T03:04:05Z');
    expect(defaultCron(true, now)).toBe('*/5 * * * *');
    expect(defaultCron(false, now)).toBe('4 3 * * *');
  });
});

describe('time zones', () => {
  const berlin = (cron: string) => ({ cron, timeZone: 'Europe/Berlin' });

  test('follow the clocks of the zone', () => {
    expect(nextRuns(berlin('0 6 * * *'), new Date('2026-03-28T00:00:00Z'), 3)).toEqual([
      new Date('2026-03-28T05:00:00Z'),
      new Date('2026-03-29T04:00:00Z'),
      new Date('2026-03-30T04:00:00Z'),
    ]);
  });

  test('run once where an hour is skipped, and once where it comes twice', () => {
    const spring = nextRuns(berlin('30 2 * * *'), new Date('2026-03-28T12:00:00Z'), 2);
    expect(spring.map((run) => run.toISOString().slice(0, 10))).toEqual(['2026-03-29', '2026-03-30']);
    const autumn = nextRuns(berlin('30 2 * * *'), new Date('2026-10-24T12:00:00Z'), 2);
    expect(autumn.map((run) => run.toISOString().slice(0, 10))).toEqual(['2026-10-25', '2026-10-26']);
  });

  test.each(['Mars/Olympus', '', 'Europe/Berlin; drop', '+99:00'])('%j is refused by name', (zone) => {
    expect(() => requireTimeZone(zone)).toThrow(`'${zone}' is not a time zone`);
  });
});

describe('the start of a scheduled run', () => {
  const after = new Date('2026-05-05T05:30:00Z');
  const delayMs = (cron: string, syncId: SyncId) => {
    const schedule = { cron, timeZone: 'UTC' };
    return (nextStartAt(schedule, after, syncId)?.getTime() ?? 0) - (nextRunAt(schedule, after)?.getTime() ?? 0);
  };

  test('is spread over a tenth of the interval and five minutes at most, the same each time', () => {
    const ids = Array.from({ length: 200 }, () => newId(SyncId));
    for (const [cron, mostMs] of [
      ['0 6 * * *', 300_000],
      ['* * * * *', 6_000],
    ] as const) {
      const delays = ids.map((id) => delayMs(cron, id));
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...delays)).toBeLessThanOrEqual(mostMs);
      expect(new Set(delays.map((delay) => Math.floor((delay * 10) / mostMs))).size).toBeGreaterThan(5);
      expect(ids.map((id) => delayMs(cron, id))).toEqual(delays);
    }
  });

  test('is never before the match, so that none is run twice', () => {
    const syncId = newId(SyncId);
    const schedule = { cron: '*/5 * * * *', timeZone: 'UTC' };
    let now = after;
    for (let run = 0; run < 20; run += 1) {
      const next = nextStartAt(schedule, now, syncId) ?? now;
      expect(next.getTime() - now.getTime()).toBeGreaterThanOrEqual(run === 0 ? 1 : 240_000);
      now = next;
    }
  });
});

describe('a start that was planned before the clock was set back', () => {
  const syncId = newId(SyncId);
  const daily = { cron: '0 6 * * *', timeZone: 'UTC' };
  const planned = nextStartAt(daily, new Date('2026-05-05T12:00:00Z'), syncId) ?? new Date(0);

  test.each([
    ['to before the run that was done', '2026-05-05T03:00:00Z', null],
    ['not at all', '2026-05-05T12:00:00Z', null],
    ['by two days', '2026-05-03T12:00:00Z', '2026-05-04'],
    ['by years', '2020-02-02T12:00:00Z', '2020-02-03'],
  ])('%s', (_, now, expected) => {
    const corrected = correctedStart(daily, planned, { now: new Date(now), syncId });
    expect(corrected?.toISOString().slice(0, 10) ?? null).toBe(expected);
  });

  test('stays when its expression never matches again', () => {
    expect(correctedStart({ cron: '0 0 30 2 *', timeZone: 'UTC' }, planned, { now: new Date(0), syncId })).toBeNull();
  });
});
