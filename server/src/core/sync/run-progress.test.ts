import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { RunProgress } from './run-progress.ts';
import { noCounts } from './sync-job.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('the rate is that of the last half minute, and unknown in the first second', () => {
  const progress = new RunProgress();
  progress.committed({ ...noCounts, inserted: 50 });
  expect(progress.snapshot().rate).toBeNull();
  vi.advanceTimersByTime(10_000);
  expect(progress.snapshot().rate).toBe(5);
  for (let second = 0; second < 60; second += 1) {
    progress.committed({ ...noCounts, kept: 7 });
    vi.advanceTimersByTime(1_000);
  }
  expect(progress.snapshot().rate).toBeCloseTo(7, -1);
  vi.advanceTimersByTime(60_000);
  expect(progress.snapshot().rate).toBe(0);
});

test('what remains is what was there before and has not been met; what is new does not count', () => {
  const progress = new RunProgress();
  progress.phase = 'reading';
  expect(progress.snapshot().remaining).toBeNull();
  progress.expect(0);
  expect(progress.snapshot().remaining).toBeNull();
  progress.expect(10);
  progress.committed({ ...noCounts, kept: 3, updated: 1, inserted: 5, failed: 1 });
  expect(progress.snapshot().remaining).toBe(5);
  progress.committed({ ...noCounts, kept: 100 });
  expect(progress.snapshot().remaining).toBe(0);
  progress.phase = 'sweeping';
  expect(progress.snapshot().remaining).toBeNull();
});

test('an attempt goes on from what earlier ones came to', () => {
  const before = { counts: { ...noCounts, inserted: 7 }, bytesRead: 100, apiCalls: 3, retries: 2 };
  const progress = new RunProgress(before);
  progress.committed({ ...noCounts, inserted: 1 });
  progress.retries += 1;
  expect(progress.counts.inserted).toBe(8);
  expect(progress.snapshot()).toMatchObject({ bytesRead: 100, apiCalls: 3, retries: 3 });
});

test('the beginning of each wait is logged, and not what it says while it lasts', () => {
  const progress = new RunProgress();
  progress.waitingFor = 'room: 10 MB';
  progress.waitingFor = 'room: 11 MB';
  progress.waitingFor = null;
  progress.waitingFor = 'the source';
  expect(progress.log.take().map(({ message }) => message)).toEqual(['Waiting: room: 10 MB', 'Waiting: the source']);
});
