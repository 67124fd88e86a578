import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BlobStore } from '../../core/sync/index.ts';

export interface BlobStoreUnderTest {
  readonly blobs: BlobStore;
  /** The names of everything that is stored, in any order. */
  listStored(): Promise<readonly string[]>;
  /** Cuts off the last bytes of what is stored under a key. */
  damage(key: string): Promise<void>;
  close(): Promise<void>;
}

/** What every store of blobs must do. */
export function describeBlobStore(name: string, open: () => Promise<BlobStoreUnderTest>): void {
  describe(`a blob in ${name}`, () => {
    let store: BlobStoreUnderTest;
    let blobs: BlobStore;
    beforeAll(async () => {
      store = await open();
      blobs = store.blobs;
    });
    afterAll(() => store?.close());

    test('comes back as it was put, from bytes and from a stream, durable or not', async () => {
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251));
      await blobs.put('a/one', bytes, { isDurable: true });
      await blobs.put('a/two', Readable.from([bytes.subarray(0, 1_000), bytes.subarray(1_000)]));
      await blobs.put('a/empty', Buffer.alloc(0));
      await blobs.put('a/nothing', Readable.from([]));
      expect(await buffer(await blobs.get('a/one'))).toEqual(bytes);
      expect(await buffer(await blobs.get('a/two'))).toEqual(bytes);
      expect(await text(await blobs.get('a/empty'))).toBe('');
      expect(await text(await blobs.get('a/nothing'))).toBe('');
      await blobs.put('a/one', Buffer.from('replaced'));
      expect(await text(await blobs.get('a/one'))).toBe('replaced');
    });

    test('may be larger than what is kept in memory', async () => {
      const parts = 40;
      const part = (n: number) => {
        // Hardly compressible, and made again for the comparison.
        const bytes = Buffer.alloc(512 * 1024);
        let state = n + 1;
        for (let i = 0; i < bytes.length; i += 4) {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
          bytes.writeUInt32LE(state, i);
        }
        return bytes;
      };
      const source = function* () {
        for (let n = 0; n < parts; n += 1) yield part(n);
      };
      await blobs.put('a/large', Readable.from(source()));
      let position = 0;
      for await (const chunk of (await blobs.get('a/large')) as AsyncIterable<Buffer>) {
        const within = position % (512 * 1024);
        const expected = part(Math.floor(position / (512 * 1024))).subarray(within, within + chunk.length);
        expect(chunk.subarray(0, expected.length).equals(expected)).toBe(true);
        position += chunk.length;
      }
      expect(position).toBe(parts * 512 * 1024);
    });

    test.each([0, 12 * 1024 * 1024])('is not there at all when its writing failed after %i bytes', async (length) => {
      const failing = Readable.from(
        (async function* () {
          yield Buffer.from('half');
          const { randomBytes } = await import('node:crypto');
          for (let given = 0; given < length; given += 65_536) yield randomBytes(65_536);
          throw new Error('the source broke');
        })(),
      );
      await expect(blobs.put('b/half', failing)).rejects.toThrow('the source broke');
      await expect(blobs.get('b/half')).rejects.toMatchObject({
        code: 'not_found',
        message: "There is no blob 'b/half'",
      });
      expect((await store.listStored()).filter((stored) => stored.includes('half'))).toEqual([]);
    });

    test('may be deleted twice, and by prefix, which is a whole segment', async () => {
      for (const key of ['c/x/1', 'c/y/1', 'c/y/z/2', 'c/yy/1']) await blobs.put(key, Buffer.from('1'));
      await blobs.delete('c/x/1');
      await blobs.delete('c/x/1');
      await blobs.deletePrefix('c/y');
      await blobs.deletePrefix('c/y');
      await expect(blobs.get('c/y/1')).rejects.toThrow();
      await expect(blobs.get('c/y/z/2')).rejects.toThrow();
      expect(await text(await blobs.get('c/yy/1'))).toBe('1');
    });

    test('is listed below its prefix, a whole segment, and is gone from the list when deleted', async () => {
      const list = async (prefix: string) => (await Array.fromAsync(blobs.listKeys(prefix))).flat().sort();
      for (const key of ['list/one/a', 'list/one/deep/b', 'list/one-more/c']) await blobs.put(key, Buffer.from(key));
      expect(await list('list/one')).toEqual(['list/one/a', 'list/one/deep/b']);
      await blobs.delete('list/one/a');
      expect(await list('list/one')).toEqual(['list/one/deep/b']);
      expect(await list('list/nothing')).toEqual([]);
    });

    test('goes with thousands of others under one prefix', { timeout: 60_000 }, async () => {
      for (let start = 0; start < 1_100; start += 100) {
        const keys = Array.from({ length: 100 }, (_, i) => `many/${start + i}`);
        await Promise.all(keys.map((key) => blobs.put(key, Buffer.from(key))));
      }
      await blobs.deletePrefix('many');
      expect((await store.listStored()).filter((stored) => stored.includes('many/'))).toEqual([]);
    });

    test.each(['../outside', 'a/../../b', '/etc/passwd', 'a//b', '', '.', 'a/..', 'sp ace'])(
      'never has the key %j',
      async (key) => {
        await expect(blobs.put(key, Buffer.from('x'))).rejects.toThrow(/is not a blob key/);
        await expect(blobs.get(key)).rejects.toThrow(/is not a blob key/);
        await expect(blobs.deletePrefix(key)).rejects.toThrow(/is not a blob key/);
      },
    );

    test('that was damaged is an error, not half a record', async () => {
      await blobs.put('d/damaged', Buffer.alloc(100_000, 'abc'));
      await store.damage('d/damaged');
      const reading = blobs.get('d/damaged').then((stream) => buffer(stream));
      await expect(reading).rejects.toThrow();
    });
  });
}
