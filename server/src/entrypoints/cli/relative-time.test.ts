import { expect, it } from 'vitest';
import { toDuration, toRelativeTime } from './relative-time.ts';

const now = new Date('2026-03-10T12:00:00Z');

it('says how long ago something was, or how far ahead', () => {
  const times = [
    '2026-03-10T11:59:40Z',
    '2026-03-10T11:10:00.123456',
    '2026-03-09T10:00:00+00:00',
    '2025-12-01',
    '2026-06-08T12:00:00Z',
  ];
  expect(times.map((time) => toRelativeTime(time, now))).toEqual([
    'just now',
    '49 minutes ago',
    'yesterday',
    '3 months ago',
    'in 3 months',
  ]);
});

it('gives nothing for what is no date', () => {
  expect([null, undefined, '', 'soon'].map((time) => toRelativeTime(time, now))).toEqual(['', '', '', '']);
});

it('writes durations as people say them', () => {
  expect([0.42, 9.96, 59.6, 200, 7500].map(toDuration)).toEqual([
    '0.4 s',
    '10.0 s',
    '1 min 0 s',
    '3 min 20 s',
    '2 h 5 min',
  ]);
});
