import { describe, expect, test } from 'vitest';
import { maxAttempts, nextDelayMs, parseRetryAfter } from './retry-plan.ts';

const hours = 3_600_000;
const delays = (random: number) => Array.from({ length: maxAttempts }, (_, index) => nextDelayMs(index + 1, random));

describe('the plan', () => {
  test('has eight attempts over about 28 hours, and no ninth', () => {
    expect(maxAttempts).toBe(8);
    expect(delays(0.5)).toEqual([5_000, 300_000, 1_800_000, 2 * hours, 5 * hours, 10 * hours, 10 * hours, null]);
  });

  test('spreads each delay by a tenth to either side', () => {
    expect(delays(0).slice(0, 2)).toEqual([4_500, 270_000]);
    expect(nextDelayMs(1, 0.999_999)).toBe(5_500);
  });

  test('waits as long as the receiver asks, but not longer than its longest step, and not shorter than planned', () => {
    expect(nextDelayMs(1, 0.5, 60_000)).toBe(60_000);
    expect(nextDelayMs(1, 0.5, 1_000)).toBe(5_000);
    expect(nextDelayMs(1, 0.5, 1_000 * hours)).toBe(10 * hours);
    expect(nextDelayMs(8, 0.5, 1_000)).toBeNull();
  });
});

test.each([
  ['120', 120_000],
  [' 5 ', 5_000],
  ['Wed, 01 Jan 2025 00:01:00 GMT', 60_000],
  ['Tue, 31 Dec 2024 00:00:00 GMT', undefined],
  ['0', undefined],
  ['-5', undefined],
  ['soon', undefined],
  ['99999999999999999999', undefined],
  ['', undefined],
  [undefined, undefined],
])('a Retry-After of %j is %j ms', (header, expected) => {
  expect(parseRetryAfter(header, new Date('2025-01-01T00:00:00Z'))).toBe(expected);
});
