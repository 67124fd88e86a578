import { describe, expect, test } from 'vitest';
import { defaultCron, isSubHourly, nextRunAt, parseCron } from './schedule.ts';

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
    expect(nextRunAt('30 6 * * *', new Date('2026-03-29T05:00:00Z'))).toEqual(new Date('2026-03-29T06:30:00Z'));
    expect(nextRunAt('30 6 * * *', new Date('2026-03-29T06:30:00Z'))).toEqual(new Date('2026-03-30T06:30:00Z'));
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
