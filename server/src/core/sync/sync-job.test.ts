import { expect, test } from 'vitest';
import { activeJobStatuses, jobMoves, jobStatuses, statesBefore } from './sync-job.ts';

test('every state but the first can be reached, and every active one left', () => {
  for (const status of jobStatuses) if (status !== 'created') expect(statesBefore(status)).not.toEqual([]);
  for (const status of activeJobStatuses) expect(jobMoves[status]).not.toEqual([]);
});

test('terminal states are left by no move', () => {
  const terminal = jobStatuses.filter((status) => jobMoves[status].length === 0);
  expect(terminal).toEqual(['completed', 'failed', 'cancelled']);
});

test('from every active state some moves lead to an end', () => {
  for (const start of activeJobStatuses) {
    const reached = new Set([start as (typeof jobStatuses)[number]]);
    for (const status of reached) for (const next of jobMoves[status]) reached.add(next);
    expect([...reached].some((status) => jobMoves[status].length === 0)).toBe(true);
  }
});
