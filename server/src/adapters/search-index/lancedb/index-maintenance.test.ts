import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../core/shared/index.ts';
import { IndexMaintenance } from './index-maintenance.ts';

describe('IndexMaintenance', () => {
  let ran: string[];
  let runMs: number;
  let maintenance: IndexMaintenance;
  beforeEach(() => {
    vi.useFakeTimers();
    ran = [];
    runMs = 0;
    maintenance = new IndexMaintenance({
      logger: silentLogger,
      run: async (name) => {
        ran.push(name);
        await new Promise((resolve) => setTimeout(resolve, runMs));
        if (name === 'broken') throw new Error('no');
      },
    });
  });
  afterEach(() => {
    maintenance.close();
    vi.useRealTimers();
  });

  it('runs after a thousand rows, or many small writes, and not before', async () => {
    for (let i = 0; i < 9; i++) maintenance.noteWrite('rows', 100);
    for (let i = 0; i < 63; i++) maintenance.noteWrite('writes', 1);
    await vi.advanceTimersByTimeAsync(0);
    expect(ran).toEqual([]);
    maintenance.noteWrite('rows', 100);
    maintenance.noteWrite('writes', 1);
    await vi.advanceTimersByTimeAsync(1);
    expect(ran).toEqual(['rows', 'writes']);
  });

  it('runs for little when the table has been quiet for half a minute, and then not again', async () => {
    maintenance.noteWrite('small', 1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(ran).toEqual([]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(ran).toEqual(['small']);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(ran).toEqual(['small']);
  });

  it('works on one table at a time, and rests four times as long as a run took', async () => {
    runMs = 10_000;
    maintenance.noteWrite('a', 5000);
    maintenance.noteWrite('b', 5000);
    await vi.advanceTimersByTimeAsync(5000);
    expect(ran).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(6000);
    expect(ran).toEqual(['a', 'b']);
    maintenance.noteWrite('a', 5000);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(ran).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(ran).toEqual(['a', 'b', 'a']);
  });

  it('goes on after a failure', async () => {
    await Promise.all([maintenance.runNow('broken'), vi.advanceTimersByTimeAsync(10)]);
    await Promise.all([maintenance.runNow('sound'), vi.advanceTimersByTimeAsync(10)]);
    expect(ran).toEqual(['broken', 'sound']);
  });

  it('sees to a table that was opened with rows unindexed', async () => {
    maintenance.noteUnindexed('old', 3000);
    maintenance.noteUnindexed('fine', 0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ran).toEqual(['old']);
  });

  it('forgets what was dropped', async () => {
    maintenance.noteWrite('gone_1', 10);
    maintenance.forget('gone_');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ran).toEqual([]);
  });
});
