import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createZstdCompress, zstdCompress } from 'node:zlib';
import { AppError } from '../../core/shared/index.ts';
import type { BlobStore } from '../../core/sync/index.ts';

/** A blob compressed, so that its size is known: small ones in memory, others in a file. */
export type PackedBlob =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly path: string; remove(): Promise<void> }
  | { readonly kind: 'missing' };

const maxBytesInMemory = 1024 * 1024;
const compress = promisify(zstdCompress);

/** @param path a free one, for what is too large for memory */
export async function packBlob(
  blobs: Pick<BlobStore, 'get'>,
  key: string,
  path: string,
  signal: AbortSignal,
): Promise<PackedBlob> {
  try {
    const content = (await blobs.get(key)).iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
    const start: Buffer[] = [];
    let length = 0;
    while (length <= maxBytesInMemory) {
      const next = await content.next();
      if (next.done === true) return { kind: 'bytes', bytes: await compress(Buffer.concat(start)) };
      start.push(next.value);
      length += next.value.length;
    }
    await pipeline(
      Readable.from(chain(start, content)),
      createZstdCompress(),
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
      { signal },
    );
    return { kind: 'file', path, remove: () => rm(path, { force: true }) };
  } catch (error) {
    if (isMissing(error)) return { kind: 'missing' };
    throw error;
  }
}

async function* chain(start: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield* start;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return;
    yield next.value;
  }
}

function isMissing(error: unknown): boolean {
  return (error instanceof AppError && error.code === 'not_found') || (error as { code?: unknown }).code === 'ENOENT';
}
