import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, opendir, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createZstdCompress, createZstdDecompress, zstdCompress } from 'node:zlib';
import { AppError } from '../../core/shared/index.ts';
import type { BlobStore } from '../../core/sync/index.ts';
import { requireBlobKey } from './blob-key.ts';

const partial = '.partial-';

/**
 * Blobs as files in a folder, compressed with Zstandard. A blob is written beside its place and renamed, so it is whole or
 * not there.
 */
export function createDirectoryBlobStore(directory: string): BlobStore {
  const pathOf = (key: string): string => join(directory, ...requireBlobKey(key).split('/'));

  return {
    async put(key, content, { isDurable = false } = {}) {
      const path = pathOf(key);
      const temporary = `${path}${partial}${randomBytes(6).toString('hex')}`;
      try {
        if (content instanceof Uint8Array) await writeBytes(temporary, await compress(content), isDurable);
        else await writeStream(temporary, content, isDurable);
        await rename(temporary, path);
        if (isDurable) await syncDirectory(dirname(path));
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },

    async get(key) {
      const path = pathOf(key);
      try {
        await stat(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        throw new AppError('not_found', `There is no blob '${key}'`, { cause: error });
      }
      const source = createReadStream(path);
      const decompressed = createZstdDecompress();
      // An error on either side ends the other; the reader sees it on the stream it was given.
      pipeline(source, decompressed).catch((error: unknown) => decompressed.destroy(error as Error));
      return decompressed;
    },

    async delete(key) {
      await rm(pathOf(key), { force: true });
    },

    async deletePrefix(prefix) {
      await rm(pathOf(prefix), { recursive: true, force: true });
    },

    async *listKeys(prefix) {
      let keys: string[] = [];
      for await (const path of walk(pathOf(prefix))) {
        keys.push(relative(directory, path).split(sep).join('/'));
        if (keys.length < keysPerBatch) continue;
        yield keys;
        keys = [];
      }
      if (keys.length > 0) yield keys;
    },

    async freeBytes() {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize;
    },
  };
}

const keysPerBatch = 1_000;

/** Files below a folder, which need not be there. */
async function* walk(path: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(path)) {
      if (entry.isDirectory()) yield* walk(join(path, entry.name));
      else yield join(path, entry.name);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

const compress = promisify(zstdCompress);

/** Most blobs are small and their folder is there: one call compresses, one writes. */
async function writeBytes(path: string, bytes: Uint8Array, isDurable: boolean): Promise<void> {
  const options = { flag: 'wx', mode: 0o600, flush: isDurable };
  try {
    await writeFile(path, bytes, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, bytes, options);
  }
}

async function writeStream(path: string, content: Readable, isDurable: boolean): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await pipeline(
    content,
    createZstdCompress(),
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: isDurable }),
  );
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
