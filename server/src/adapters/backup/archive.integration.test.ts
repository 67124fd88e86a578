import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseSnapshot, SequenceValue } from '../../core/backup/index.ts';
import { silentLogger } from '../../core/shared/index.ts';
import type { BlobStore } from '../../core/sync/index.ts';
import { createDirectoryBlobStore } from '../blob-store/directory-blob-store.ts';
import { checkArchive } from './archive-reader.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { type BackupsOptions, createBackups } from './create-backups.ts';
import { restoreDatabase, restoreFiles } from './restore-archive.ts';

const signal = new AbortController().signal;
const rows = Array.from({ length: 10_000 }, (_, number) => JSON.stringify({ number, text: `Zeile ${number} 🦦` }));
const large = randomBytes(3 * 1024 * 1024);

describe('a backup', () => {
  let directory: string;
  let blobs: BlobStore;
  let held: number;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weft-backup-'));
    blobs = createDirectoryBlobStore(join(directory, 'blobs'));
    held = 0;
    await blobs.put('raw/small', Buffer.from('The otter.'));
    await blobs.put('raw/empty', Buffer.alloc(0));
    await blobs.put('raw/large', large);
    await writeFile(join(directory, 'encryption-keys'), 'the key\n');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const snapshot = (keys: readonly string[]): DatabaseSnapshot => ({
    migrations: [{ name: '0001_initial.sql', checksum: 'abc' }],
    tables: ['things', 'nothing'],
    sizeBytes: 1,
    async *readRows(table) {
      if (table === 'nothing') return;
      yield rows.slice(0, 10);
      yield rows.slice(10);
    },
    async *readBlobKeys() {
      yield keys;
    },
    readSequences: async () => [{ name: 'versions', value: '9007199254740993' }],
    close: async () => undefined,
  });

  const backups = (keys: readonly string[], options: Partial<BackupsOptions> = {}) =>
    createBackups({
      openSnapshot: async () => snapshot(keys),
      holdDrops: async () => {
        held += 1;
        return async () => {
          held -= 1;
        };
      },
      blobs,
      directory: join(directory, 'spool'),
      keysFile: join(directory, 'encryption-keys'),
      version: '1.2.3',
      logger: silentLogger,
      ...options,
    });

  async function save(keys: readonly string[], includeKeys = true): Promise<string> {
    const file = join(directory, 'weft.tar');
    await writeFile(file, await buffer(await backups(keys).open({ includeKeys, signal })));
    return file;
  }

  const expectNothingLeft = async () => {
    await expect.poll(() => held).toBe(0);
    await expect.poll(() => readdir(join(directory, 'spool'))).toEqual([]);
  };

  it('gives everything back: rows, sequences, keys, and blobs of every size', async () => {
    const file = await save(['raw/small', 'raw/empty', 'raw/large']);
    await expectNothingLeft();
    expect(await checkArchive(file)).toMatchObject({
      manifest: { kind: 'full', keys: 'included', weft_version: '1.2.3' },
      missingBlobs: 0,
    });
    const loaded: Record<string, string[]> = {};
    let sequences: readonly SequenceValue[] = [];
    await restoreDatabase(file, {
      insertRows: async (table, lines) => {
        loaded[table] = [...(loaded[table] ?? []), ...lines];
      },
      setSequences: async (values) => {
        sequences = values;
      },
    });
    expect(loaded).toEqual({ things: rows });
    expect(sequences).toEqual([{ name: 'versions', value: '9007199254740993' }]);
    const target = createDirectoryBlobStore(join(directory, 'restored'));
    expect(await restoreFiles(file, target, join(directory, 'keys'))).toEqual([]);
    expect(await readFile(join(directory, 'keys'), 'utf8')).toBe('the key\n');
    expect(await buffer(await target.get('raw/large'))).toEqual(large);
    expect((await buffer(await target.get('raw/small'))).toString()).toBe('The otter.');
    expect(await buffer(await target.get('raw/empty'))).toHaveLength(0);
  });

  it('leaves the keys out when it is told to', async () => {
    const file = await save([], false);
    expect((await checkArchive(file)).manifest.keys).toBe('left_out');
    expect(await readFile(file, 'latin1')).not.toContain('the key');
  });

  it('says which records are not there, and goes on', async () => {
    const file = await save(['raw/gone', 'raw/small', 'raw/gone-too']);
    expect(await checkArchive(file)).toMatchObject({ missingBlobs: 2 });
    const target = createDirectoryBlobStore(join(directory, 'restored'));
    expect(await restoreFiles(file, target, null)).toEqual(['raw/gone', 'raw/gone-too']);
    expect((await buffer(await target.get('raw/small'))).toString()).toBe('The otter.');
  });

  it('holds what is to be dropped from before its snapshot until its end, however it ends', async () => {
    const order: string[] = [];
    const watched = backups(['raw/large'], {
      openSnapshot: async () => {
        order.push(`snapshot, held ${held}`);
        return snapshot(['raw/large']);
      },
    });
    const leftAlone = await watched.open({ includeKeys: true, signal });
    expect(held).toBe(1);
    leftAlone.once('error', () => undefined);
    leftAlone.destroy();
    await expectNothingLeft();
    expect(order).toEqual(['snapshot, held 1']);

    const broken = backups([], { openSnapshot: () => Promise.reject(new Error('no database')) });
    await expect(broken.open({ includeKeys: true, signal })).rejects.toThrow('no database');
    await expectNothingLeft();

    const failing = backups(['raw/large'], { blobs: { get: () => Promise.reject(new Error('no disk')) } });
    await expect(buffer(await failing.open({ includeKeys: true, signal }))).rejects.toThrow('no disk');
    await expectNothingLeft();
  });

  it('that was changed in any byte is refused', async () => {
    const file = await save(['raw/small']);
    const bytes = await readFile(file);
    for (const at of [0, 600, 3_000, Math.floor(bytes.length / 2), bytes.length - 1_500]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x11;
      await writeFile(file, changed);
      await expect(checkArchive(file), `byte ${at}`).rejects.toThrow(/cut off or damaged/);
    }
  });

  it('of a newer format says so, and one that is no backup is refused', async () => {
    const file = join(directory, 'other.tar');
    const writer = new ArchiveWriter(new Date());
    const parts = await Array.fromAsync(writer.bytes('manifest.json', Buffer.from('{"format": 2}')));
    await writeFile(file, Buffer.concat([...parts, ...writer.end(0)]));
    await expect(checkArchive(file)).rejects.toThrow(/has the format 2: a newer version of Weft made it/);
    await writeFile(file, randomBytes(10_000));
    await expect(checkArchive(file)).rejects.toThrow(/cut off or damaged/);
    await expect(checkArchive(join(directory, 'nowhere.tar'))).rejects.toMatchObject({ code: 'not_found' });
  });

  it('writes nothing outside the blob store, whatever its entries are called', async () => {
    const file = join(directory, 'evil.tar');
    for (const name of ['blobs/../../evil', 'blobs//etc/evil', 'blobs/raw/..']) {
      const parts = await Array.fromAsync(new ArchiveWriter(new Date()).bytes(name, Buffer.from('x')));
      await writeFile(file, Buffer.concat([...parts, Buffer.alloc(1024)]));
      const target = createDirectoryBlobStore(join(directory, 'restored'));
      await expect(restoreFiles(file, target, null), name).rejects.toThrow(/is not a blob key/);
    }
    expect(await readdir(directory)).not.toContain('evil');
  });
});
