import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { BackupRequest, Backups, DatabaseSnapshot } from '../../core/backup/index.ts';
import type { Logger } from '../../core/shared/index.ts';
import type { BlobStore } from '../../core/sync/index.ts';
import { archiveFormat, type Manifest, names } from './archive-format.ts';
import { readLines } from './archive-reader.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { packBlob } from './pack-blob.ts';
import { requireSpace } from './require-space.ts';
import { type SpooledDatabase, spoolBlobKeys, spoolDatabase } from './spool-database.ts';

export interface BackupsOptions {
  readonly openSnapshot: () => Promise<DatabaseSnapshot>;
  /** Keeps blobs from being removed until the returned function is called. @throws AppError('conflict') */
  readonly holdDrops: () => Promise<() => Promise<void>>;
  readonly blobs: Pick<BlobStore, 'get'>;
  /** For what is written on the way; made when missing, and emptied. */
  readonly directory: string;
  /** The file of the keys that seal credentials; null where they come from the environment. */
  readonly keysFile: string | null;
  readonly version: string;
  readonly logger: Logger;
}

/** Nobody reads any more: the backup is given up, so that removals need not wait for ever. */
const maxStallMs = 10 * 60_000;
/** Blobs read ahead. */
const atOnce = 16;

/** Backups while the server works: the database is written out first, then everything is sent as it is read. */
export function createBackups(options: BackupsOptions): Backups {
  return {
    async open(request) {
      const cleanup = new AsyncDisposableStack();
      try {
        cleanup.defer(await options.holdDrops());
        await mkdir(options.directory, { recursive: true, mode: 0o700 });
        const folder = await mkdtemp(join(options.directory, 'copy-'));
        cleanup.defer(() => rm(folder, { recursive: true, force: true }));
        const copy = await copyDatabase(options, folder, request.signal);
        const content = stream(archive(options, request, copy, folder));
        content.once('error', (error) => options.logger.warn({ err: error }, 'a backup was cut off'));
        // Not in the generator, which has no end when it was never begun.
        content.once('close', () => {
          cleanup
            .disposeAsync()
            .catch((error) => options.logger.warn({ err: error }, 'a backup left something behind'));
        });
        content.once('end', () => options.logger.info({ tables: copy.tables.length }, 'a backup was made'));
        return content;
      } catch (error) {
        await cleanup.disposeAsync();
        throw error;
      }
    },
  };
}

interface DatabaseCopy extends SpooledDatabase {
  readonly migrations: Manifest['migrations'];
  readonly keysPath: string;
}

async function copyDatabase(options: BackupsOptions, folder: string, signal: AbortSignal): Promise<DatabaseCopy> {
  const snapshot = await options.openSnapshot();
  try {
    await requireSpace(folder, snapshot.sizeBytes);
    const keysPath = join(folder, 'blob-keys');
    await spoolBlobKeys(snapshot, keysPath, signal);
    return { ...(await spoolDatabase(snapshot, folder, signal)), migrations: [...snapshot.migrations], keysPath };
  } finally {
    await snapshot.close();
  }
}

async function* archive(
  options: BackupsOptions,
  request: BackupRequest,
  copy: DatabaseCopy,
  folder: string,
): AsyncGenerator<Buffer> {
  const now = new Date();
  const writer = new ArchiveWriter(now);
  yield* writer.manifest({
    format: archiveFormat,
    weft_version: options.version,
    created_at: now.toISOString(),
    kind: 'full',
    keys: options.keysFile === null ? 'elsewhere' : request.includeKeys ? 'included' : 'left_out',
    migrations: copy.migrations,
  });
  if (options.keysFile !== null && request.includeKeys) {
    yield* writer.bytes(names.keys, await readFile(options.keysFile));
  }
  yield* databaseEntries(writer, copy);
  const missing = yield* blobEntries(options, writer, copy.keysPath, folder, request.signal);
  if (missing.length > 0) {
    options.logger.warn({ blobs: missing.length }, 'records are missing in the blob store; the backup says which');
    yield* writer.bytes(names.missingBlobs, Buffer.from(missing.map((key) => `${key}\n`).join('')));
  }
  yield* writer.end(missing.length);
}

export async function* databaseEntries(writer: ArchiveWriter, copy: SpooledDatabase): AsyncGenerator<Buffer> {
  yield* writer.bytes(names.sequences, Buffer.from(JSON.stringify(copy.sequences)));
  for (const { table, path } of copy.tables) {
    yield* writer.file(`${names.tables}${table}${names.tableSuffix}`, path);
    await rm(path, { force: true });
  }
}

/** @returns the keys of those that are not there */
async function* blobEntries(
  { blobs }: BackupsOptions,
  writer: ArchiveWriter,
  keysPath: string,
  folder: string,
  signal: AbortSignal,
): AsyncGenerator<Buffer, readonly string[]> {
  const missing: string[] = [];
  for await (const keys of readLines(createReadStream(keysPath) as AsyncIterable<Buffer>)) {
    for (let start = 0; start < keys.length; start += atOnce) {
      signal.throwIfAborted();
      const some = keys.slice(start, start + atOnce);
      const packed = await Promise.all(
        some.map((key, position) => packBlob(blobs, key, join(folder, `blob-${position}`), signal)),
      );
      for (const [position, blob] of packed.entries()) {
        const key = some[position] ?? '';
        if (blob.kind === 'missing') missing.push(key);
        else if (blob.kind === 'bytes') yield* writer.bytes(`${names.blobs}${key}`, blob.bytes);
        else {
          yield* writer.file(`${names.blobs}${key}`, blob.path);
          await blob.remove();
        }
      }
    }
  }
  return missing;
}

/** A reader that has stopped reading, or never begins, is not waited for. */
function stream(content: AsyncGenerator<Buffer>): Readable {
  const readable = Readable.from(timed(content), { objectMode: false, highWaterMark: 256 * 1024 });
  const giveUp = () => readable.destroy(new Error('nobody reads the backup any more'));
  let timer = setTimeout(giveUp, maxStallMs).unref();
  readable.once('close', () => clearTimeout(timer));
  return readable;

  async function* timed(source: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, maxStallMs).unref();
      if (chunk.length > 0) yield chunk;
    }
  }
}
