import { expect, it } from 'vitest';
import { createPaint } from './paint.ts';
import { describeProgress, renderProgress } from './render-progress.ts';
import { renderSyncSummary } from './render-sync-summary.ts';
import { Job } from './wire.ts';

const paint = createPaint(false);
const running = Job.parse({ id: 'a', status: 'running', entities_inserted: 1200, entities_failed: 4 });

it('says how many documents a run has done, how fast, and how many failed', () => {
  expect(describeProgress(running, 20)).toBe('1,204 documents, 60 a second, 4 failed, 20 s');
  expect(describeProgress({ ...running, status: 'pending' }, 2)).toBe('waiting to start, 2.0 s');
});

it('says what the server knows: its own rate, what is still to come, and what it is at', () => {
  const known = { ...running, rate: 1234.5, remaining: 3612, phase: 'reading' };
  expect(describeProgress(known, 20)).toBe('1,204 documents, 1,235 a second, about 3,612 to go, 4 failed, 20 s');
  expect(renderProgress(known, 20, 7)).toMatch(/^━{5}─{15} {2}1,204 documents/);
  expect(describeProgress({ ...running, phase: 'sweeping', rate: 0.2, remaining: null }, 20)).toBe(
    '1,204 documents, removing what is gone, 4 failed, 20 s',
  );
});

it('moves the bar to and fro within its track', () => {
  const bars = Array.from({ length: 60 }, (_, frame) => renderProgress(running, 20, frame).split('  ')[0] ?? '');
  expect(new Set(bars.map((bar) => bar.length))).toEqual(new Set([20]));
  expect(new Set(bars).size).toBe(15);
});

it('sums up a run that went well, with what to do about the documents that failed', () => {
  const done = { ...running, status: 'completed', duration_seconds: 83.2, entities_deleted: 1 };
  expect(renderSyncSummary(done, 'notes', paint)).toMatchInlineSnapshot(`
    "Done in 1 min 23 s: 1,200 new documents, 1 removed.
    4 documents could not be read. See why: ./weft documents --collection notes --state failed
    Search it: ./weft search --collection notes <query>"
  `);
});

it('says that nothing changed', () => {
  const same = Job.parse({ id: 'a', status: 'completed', duration_seconds: 0.42 });
  expect(renderSyncSummary(same, 'notes', paint)).toMatchInlineSnapshot(`
    "Done in 0.4 s: nothing has changed.
    Search it: ./weft search --collection notes <query>"
  `);
});

it('gives the reason of a run that failed, without its escape sequences', () => {
  const failed = { ...running, status: 'failed', error: 'The folder /notes\u001b[2J is gone.' };
  expect(renderSyncSummary(failed, 'notes', paint)).toMatchInlineSnapshot(`
    "The sync failed. The folder /notes is gone.
    What it had read before is searchable. Connect the folder again to retry."
  `);
});
