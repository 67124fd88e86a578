import { expect, test } from 'vitest';
import { isDiskFull, withDiskSpace } from './disk-space.ts';

const signal = new AbortController().signal;

test('errors of file system, database and index for a full disk are known, also as causes', () => {
  expect(isDiskFull(Object.assign(new Error('write'), { code: 'ENOSPC' }))).toBe(true);
  expect(isDiskFull(Object.assign(new Error('could not extend'), { code: '53100' }))).toBe(true);
  expect(isDiskFull(new Error('failed', { cause: new Error('IO error: No space left on device (os error 28)') }))).toBe(
    true,
  );
  expect(isDiskFull(new Error('something else'))).toBe(false);
});

test('a step that failed for lack of space is run again, any other failure is passed on', async () => {
  const options = { blobs: { freeBytes: async () => null }, minFreeBytes: 1, progress: { waitingFor: null }, signal };
  let attempts = 0;
  const step = async () => {
    attempts += 1;
    if (attempts === 1) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
    return 'done';
  };
  expect(await withDiskSpace(step, options)).toBe('done');
  expect(attempts).toBe(2);
  await expect(withDiskSpace(() => Promise.reject(new Error('other')), options)).rejects.toThrow('other');
});

test('waiting ends with the run', async () => {
  const controller = new AbortController();
  const progress = { waitingFor: null as string | null };
  const waiting = withDiskSpace(async () => 'never', {
    blobs: { freeBytes: async () => 0 },
    minFreeBytes: 1,
    progress,
    signal: controller.signal,
  });
  await expect.poll(() => progress.waitingFor).not.toBeNull();
  controller.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow();
});
