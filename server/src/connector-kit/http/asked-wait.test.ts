import { describe, expect, it } from 'vitest';
import { askedWaitMs } from './asked-wait.ts';
import { saysLimit } from './response-errors.ts';

const now = Date.parse('2026-01-01T00:00:00Z');

describe('askedWaitMs', () => {
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 1_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': '999999' }, 3_600_000],
    [{ 'x-ratelimit-reset': String(now / 1_000 + 60) }, 60_000],
    [{ 'x-ratelimit-requests-reset': String(now + 5_000) }, 5_000],
    [{ 'ratelimit-reset': '12' }, 12_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('reads %j as %s ms', (headers, expected) => {
    expect(askedWaitMs(headers, now)).toBe(expected);
  });
});

describe('saysLimit', () => {
  it.each([
    [{ status: 429, headers: {}, text: '' }, true],
    [{ status: 403, headers: { 'x-ratelimit-remaining': '0' }, text: '' }, true],
    [{ status: 403, headers: { 'x-ratelimit-remaining': '10' }, text: 'Forbidden' }, false],
    [{ status: 403, headers: {}, text: '{"reason":"userRateLimitExceeded"}' }, true],
    [{ status: 400, headers: {}, text: 'access denied: too many requests' }, true],
    [{ status: 200, headers: {}, text: 'about rate limits' }, false],
  ])('of %j says %s', (answer, expected) => {
    expect(saysLimit(answer)).toBe(expected);
  });
});
