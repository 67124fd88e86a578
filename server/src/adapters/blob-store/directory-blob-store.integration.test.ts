import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BlobStore, ContentTooLargeError } from '../../core/sync/index.ts';
import { createDirectoryBlobStore } from './directory-blob-store.ts';
import { openDirectorySpool } from './directory-spool.ts';

let directory: string;
let blobs: BlobStore;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-blobs-'));
  blobs = createDirectoryBlobStore(join(directory));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a blob', () => {
  test('comes back as it was put, from bytes and from a stream, durable or not', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251));
    await blobs.put('a/one', bytes, { isDurable: true });
    await blobs.put('a/two', Readable.from([bytes.subarray(0, 1_000), bytes.subarray(1_000)]));
    expect(await buffer(await blobs.get('a/one'))).toEqual(bytes);
    expect(await buffer(await blobs.get('a/two'))).toEqual(bytes);
    await blobs.put('a/one', Buffer.from('replaced'));
    expect(await text(await blobs.get('a/one'))).toBe('replaced');
  });

  test('is not there at all when its writing failed', async () => {
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('the source broke');
      })(),
    );
    await expect(blobs.put('b/half', failing)).rejects.toThrow('the source broke');
    await expect(blobs.get('b/half')).rejects.toThrow("There is no blob 'b/half'");
    expect(await readdir(join(directory, 'b'))).toEqual([]);
  });

  test('may be deleted twice, and by prefix', async () => {
    await blobs.put('c/x/1', Buffer.from('1'));
    await blobs.put('c/y/1', Buffer.from('1'));
    await blobs.delete('c/x/1');
    await blobs.delete('c/x/1');
    await blobs.deletePrefix('c/y');
    await blobs.deletePrefix('c/y');
    await expect(blobs.get('c/y/1')).rejects.toThrow();
  });

  test.each(['../outside', 'a/../../b', '/etc/passwd', 'a//b', '', '.', 'a/..', 'sp ace'])(
    'never has the key %j',
    async (key) => {
      await expect(blobs.put(key, Buffer.from('x'))).rejects.toThrow(/is not a blob key/);
    },
  );

  test('that was damaged on disk is an error, not half a record', async () => {
    await blobs.put('d/damaged', Buffer.alloc(100_000, 'abc'));
    const path = join(directory, 'd', 'damaged');
    const { truncate, stat } = await import('node:fs/promises');
    await truncate(path, (await stat(path)).size - 3);
    await expect(buffer(await blobs.get('d/damaged'))).rejects.toThrow();
  });
});

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
