import { describe, expect, it } from 'vitest';
import { AppError } from '../../../core/shared/index.ts';
import { withinTime } from './within-time.ts';

describe('withinTime', () => {
  it('gives the outcome of the call', async () => {
    expect(await withinTime(1000, 'query', async () => 7)).toBe(7);
  });

  it('is unavailable when the call does not come back', async () => {
    await expect(withinTime(20, 'query', () => new Promise(() => undefined))).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('0.02 s (query)'),
    });
  });

  it('is unavailable when the engine fails, without the engine’s text, which may hold a query', async () => {
    const cause = new Error('bad literal: secret words');
    const failing = withinTime(1000, 'query', () => Promise.reject(cause));
    await expect(failing).rejects.toMatchObject({ code: 'unavailable', cause });
    await expect(failing).rejects.not.toThrow(/secret/);
  });

  it('names a full disk', async () => {
    const failing = withinTime(1000, 'write', () => Promise.reject(new Error('No space left on device (os error 28)')));
    await expect(failing).rejects.toMatchObject({ code: 'unavailable', details: { reason: 'disk_full' } });
  });

  it('lets errors of our own through', async () => {
    const error = new AppError('not_found', 'gone');
    await expect(withinTime(1000, 'write', () => Promise.reject(error))).rejects.toBe(error);
  });
});
