import { expect, test } from 'vitest';
import { CircuitBreaker } from './circuit-breaker.ts';

function breakerAt() {
  const clock = { now: 1_000_000 };
  return { clock, breaker: new CircuitBreaker(() => clock.now) };
}

function fail(breaker: CircuitBreaker, times: number): void {
  for (let turn = 0; turn < times; turn += 1) breaker.enter()('failed');
}

test('opens after three failures in a row, for 30 seconds', () => {
  const { clock, breaker } = breakerAt();
  fail(breaker, 2);
  breaker.enter()('answered');
  fail(breaker, 2);
  expect(breaker.state).toBe('closed');
  fail(breaker, 1);
  expect([breaker.state, breaker.isPassable, breaker.opensUntil]).toEqual(['open', false, new Date(1_030_000)]);
  clock.now += 30_000;
  expect([breaker.state, breaker.isPassable]).toEqual(['half_open', true]);
});

test('lets one call probe, and closes when it is answered', () => {
  const { clock, breaker } = breakerAt();
  fail(breaker, 3);
  clock.now += 30_000;
  const probe = breaker.enter();
  expect(breaker.isPassable).toBe(false);
  probe('answered');
  expect([breaker.state, breaker.opensUntil]).toEqual(['closed', null]);
});

test('stays open for twice as long after each failed probe, up to five minutes', () => {
  const { clock, breaker } = breakerAt();
  fail(breaker, 3);
  const waits: number[] = [];
  for (let turn = 0; turn < 5; turn += 1) {
    clock.now = breaker.opensUntil?.getTime() ?? Number.NaN;
    breaker.enter()('failed');
    waits.push((breaker.opensUntil?.getTime() ?? Number.NaN) - clock.now);
  }
  expect(waits).toEqual([60_000, 120_000, 240_000, 300_000, 300_000]);
});

test('an abandoned probe leaves room for the next one', () => {
  const { clock, breaker } = breakerAt();
  fail(breaker, 3);
  clock.now += 30_000;
  breaker.enter()('abandoned');
  expect([breaker.state, breaker.isPassable]).toEqual(['half_open', true]);
});

test('opens at once, for the time that the provider names, but not for hours', () => {
  const { breaker } = breakerAt();
  breaker.enter()('failed', 7_000);
  expect(breaker.opensUntil).toEqual(new Date(1_007_000));
  breaker.enter()('failed', 86_400_000);
  expect(breaker.opensUntil).toEqual(new Date(1_300_000));
});

test('a call that is told twice how it ended counts once', () => {
  const { breaker } = breakerAt();
  for (let turn = 0; turn < 2; turn += 1) {
    const passage = breaker.enter();
    passage('failed');
    passage('failed');
  }
  expect(breaker.state).toBe('closed');
});
