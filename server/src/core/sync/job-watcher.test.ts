import { expect, test, vi } from 'vitest';
import { SourceConnectionId, SyncId, SyncJobId, silentLogger } from '../shared/index.ts';
import { JobWatcher } from './job-watcher.ts';
import { noCounts, type SyncJob } from './sync-job.ts';

const job: SyncJob = {
  id: SyncJobId.parse(crypto.randomUUID()),
  syncId: SyncId.parse(crypto.randomUUID()),
  sourceConnectionId: SourceConnectionId.parse(crypto.randomUUID()),
  status: 'running',
  trigger: 'manual',
  counts: noCounts,
  error: null,
  errorCategory: null,
  waitingFor: null,
  phase: 'reading',
  currentScope: null,
  rate: null,
  remaining: null,
  bytesRead: 0,
  apiCalls: 0,
  retries: 0,
  encountered: {},
  isFull: true,
  attempts: 1,
  createdAt: new Date(),
  startedAt: new Date(),
  completedAt: null,
  failedAt: null,
};
const inserted = (count: number, changes: Partial<SyncJob> = {}): SyncJob => ({
  ...job,
  counts: { ...noCounts, inserted: count },
  encountered: { NoteEntity: count },
  ...changes,
});

/** Answers each reading with the next of these, and then with the last. */
function watcherOf(...answers: readonly (SyncJob | 'gone' | 'broken')[]) {
  let readings = 0;
  const watcher = new JobWatcher({
    logger: silentLogger,
    pollEveryMs: 5,
    readJobs: async () => {
      const answer = answers[Math.min(readings, answers.length - 1)];
      readings += 1;
      if (answer === 'broken') throw new Error('the database is away');
      return answer === undefined || answer === 'gone' ? [] : [answer];
    },
  });
  return { watcher, readings: () => readings };
}

test('counters never decrease, whatever order readings come in, and nothing follows the end', async () => {
  const { watcher, readings } = watcherOf(inserted(5), inserted(3), inserted(9, { status: 'completed' }), inserted(4));
  const seen: string[] = [];
  watcher.watch(job, (current) => {
    seen.push(`${current?.counts.inserted} ${current?.encountered.NoteEntity ?? 0} ${current?.status}`);
  });
  await expect.poll(readings).toBeGreaterThan(6);
  watcher.close();
  expect(seen).toEqual(['0 0 running', '5 5 running', '9 9 completed']);
});

test('one reading serves all who watch, an early one included, and none is made when nobody does', async () => {
  const { watcher, readings } = watcherOf(inserted(1));
  const listeners = [vi.fn(), vi.fn()];
  const stops = listeners.map((listener) => watcher.watch(job, listener));
  await expect.poll(() => listeners.map(({ mock }) => mock.calls.length)).toEqual([2, 2]);
  const late = vi.fn();
  stops.push(watcher.watch(job, late));
  expect(late.mock.calls[0]?.[0]).toMatchObject({ counts: { inserted: 1 } });
  for (const stop of stops) stop();
  expect(watcher.size).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = readings();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(readings()).toBe(before);
});

test('a database that is away is asked again; a job that is gone is told', async () => {
  const { watcher } = watcherOf('broken', 'broken', inserted(2), 'gone');
  const seen: (number | undefined)[] = [];
  const stop = watcher.watch(job, (current) => {
    seen.push(current?.counts.inserted);
    if (current === undefined) stop();
  });
  await expect.poll(() => seen).toEqual([0, 2, undefined]);
  expect(watcher.size).toBe(0);
});
