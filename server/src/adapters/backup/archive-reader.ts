import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createZstdDecompress } from 'node:zlib';
import { AppError, toMessage } from '../../core/shared/index.ts';
import { End, Manifest, names } from './archive-format.ts';
import { blockBytes, damaged, readTar, type TarEntry } from './tar.ts';

/** Of one row; PostgreSQL keeps no larger value of JSON. */
const maxLineLength = 256 * 1024 * 1024;
const maxJsonBytes = 1024 * 1024;
const endBytes = 4 * blockBytes;

export interface CheckedArchive {
  readonly manifest: Manifest;
  readonly sizeBytes: number;
  readonly missingBlobs: number;
}

/**
 * Reads a backup from its first to its last byte, without doing anything with it.
 *
 * @throws AppError('invalid_request') when it is damaged, cut off, or of a newer format; AppError('not_found')
 */
export async function checkArchive(path: string): Promise<CheckedArchive> {
  const sizeBytes = await sizeOf(path);
  let manifest: Manifest | undefined;
  let end: End | undefined;
  for await (const entry of readArchive(path)) {
    if (manifest === undefined) manifest = parseManifest(entry.name, await readJson(entry));
    else if (entry.name === names.end) end = End.safeParse(await readJson(entry)).data;
  }
  if (manifest === undefined || end === undefined || end.sha256 !== (await hashOf(path, sizeBytes - endBytes))) {
    throw damaged();
  }
  return { manifest, sizeBytes, missingBlobs: end.missing_blobs };
}

/** The entries, one after another; see `readTar`. */
export async function* readArchive(path: string): AsyncGenerator<TarEntry> {
  const source = createReadStream(path, { highWaterMark: 256 * 1024 });
  try {
    yield* readTar(source as AsyncIterable<Buffer>);
  } finally {
    source.destroy();
  }
}

/** @throws AppError('invalid_request') when it is none, or unusually large */
export async function readJson(entry: TarEntry): Promise<unknown> {
  if (entry.sizeBytes > maxJsonBytes) throw damaged();
  const bytes = Buffer.concat(await Array.fromAsync(entry.content));
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    throw damaged(error);
  }
}

/** The decompressed bytes of an entry. */
export function decompressed(content: AsyncIterable<Buffer>): AsyncIterable<Buffer> & NodeJS.ReadableStream {
  // An error on either side is seen by whoever reads.
  return pipeline(content, createZstdDecompress(), () => undefined);
}

/** The lines of a decompressed text, in batches of about a megabyte. */
export async function* readLines(content: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new StringDecoder('utf8');
  const batchLength = 1024 * 1024;
  let rest: string[] = [];
  let restLength = 0;
  let batch: string[] = [];
  let length = 0;
  for await (const chunk of content) {
    const [first = '', ...others] = decoder.write(chunk).split('\n');
    rest.push(first);
    restLength += first.length;
    if (restLength > maxLineLength) throw damaged();
    for (const next of others) {
      const line = rest.join('');
      batch.push(line);
      length += line.length;
      rest = [next];
      restLength = next.length;
      if (length < batchLength && batch.length < 5_000) continue;
      yield batch;
      batch = [];
      length = 0;
    }
  }
  // Every line ends with a line feed.
  if (restLength > 0) throw damaged();
  if (batch.length > 0) yield batch;
}

function parseManifest(name: string, value: unknown): Manifest {
  const manifest = Manifest.safeParse(value);
  if (name === names.manifest && manifest.success) return manifest.data;
  const format = (value as { format?: unknown } | null)?.format;
  if (name === names.manifest && typeof format === 'number') {
    throw new AppError(
      'invalid_request',
      `The backup has the format ${format}: a newer version of Weft made it. Restore it with that version.`,
    );
  }
  throw damaged(manifest.error);
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    throw new AppError('not_found', `The backup ${path} cannot be read: ${toMessage(error)}`, { cause: error });
  }
}

async function hashOf(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  if (bytes > 0) for await (const chunk of createReadStream(path, { end: bytes - 1 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
