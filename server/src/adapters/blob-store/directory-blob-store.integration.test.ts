import { mkdtemp, readdir, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ContentTooLargeError } from '../../core/sync/index.ts';
import { describeBlobStore } from './blob-store.conformance.ts';
import { createDirectoryBlobStore } from './directory-blob-store.ts';
import { openDirectorySpool } from './directory-spool.ts';

describeBlobStore('a folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'weft-blobs-'));
  return {
    blobs: createDirectoryBlobStore(folder),
    listStored: () => readdir(folder, { recursive: true }),
    async damage(key) {
      const path = join(folder, key);
      await truncate(path, (await stat(path)).size - 3);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
});

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-spool-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the spool', () => {
  test('hashes what it keeps and removes it', async () => {
    const spool = await openDirectorySpool(join(directory, 'spool'));
    const signal = new AbortController().signal;
    const kept = await spool.spool(Readable.from([Buffer.from('hello')]), { maxBytes: 5, signal });
    expect(kept).toMatchObject({
      sizeBytes: 5,
      sha256: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    });
    expect(await text(kept.open())).toBe('hello');
    await kept.remove();
    expect(await readdir(join(directory, 'spool'))).toEqual([]);
  });

  test('stops reading at the limit and keeps nothing of it', async () => {
    const spool = await openDirectorySpool(join(directory, 'spool'));
    let given = 0;
    const endless = Readable.from(
      (async function* () {
        for (;;) {
          given += 65_536;
          yield Buffer.alloc(65_536);
        }
      })(),
    );
    const signal = new AbortController().signal;
    await expect(spool.spool(endless, { maxBytes: 1_000_000, signal })).rejects.toThrow(ContentTooLargeError);
    expect(given).toBeLessThan(4_000_000);
    expect(await readdir(join(directory, 'spool'))).toEqual([]);
  });

  test('is emptied when it is opened', async () => {
    const path = join(directory, 'spool');
    const spool = await openDirectorySpool(path);
    await spool.spool(Readable.from(['left behind']), { maxBytes: 100, signal: new AbortController().signal });
    await openDirectorySpool(path);
    expect(await readdir(path)).toEqual([]);
  });
});
