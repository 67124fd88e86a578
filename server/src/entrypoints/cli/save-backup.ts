import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { CommandError, exitCodes } from './command-error.ts';

/** A backup ends with an entry of this size, which holds the SHA-256 of all bytes before it. */
const endBytes = 2048;
const End = z.object({ sha256: z.string(), missing_blobs: z.number() });

export interface SavedBackup {
  readonly bytes: number;
  /** Records that were missing on the server. */
  readonly missingRecords: number;
}

/**
 * Writes a backup beside its place (`.part`) and renames it once all of it came and is on the disk, so a file of that name
 * is whole. The first half of a failed one is removed.
 *
 * @param onProgress given the bytes so far
 * @throws CommandError when it is cut off, or cannot be written
 */
export async function saveBackup(
  content: AsyncIterable<Buffer>,
  file: string,
  onProgress: (bytes: number) => void,
): Promise<SavedBackup> {
  const partial = `${file}.part`;
  try {
    const saved = await write(content, partial, onProgress);
    await rename(partial, file);
    await syncFolder(dirname(file));
    return saved;
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      exitCodes.failure,
      'backup_failed',
      `The backup was not saved: ${error instanceof Error ? error.message : String(error)}. Nothing is left of it; try again.`,
      { cause: error },
    );
  }
}

async function write(
  content: AsyncIterable<Buffer>,
  partial: string,
  onProgress: (bytes: number) => void,
): Promise<SavedBackup> {
  const hash = createHash('sha256');
  let tail = Buffer.alloc(0);
  let bytes = 0;
  await using target = await open(partial, 'w', 0o600);
  for await (const chunk of content) {
    await target.writeFile(chunk);
    bytes += chunk.length;
    onProgress(bytes);
    tail = Buffer.concat([tail, chunk]);
    const settled = Math.max(0, tail.length - endBytes);
    hash.update(tail.subarray(0, settled));
    tail = tail.subarray(settled);
  }
  await target.sync();
  const end = parseEnd(tail);
  if (end === undefined || end.sha256 !== hash.digest('hex')) throw new Error('it was cut off on its way');
  return { bytes, missingRecords: end.missing_blobs };
}

function parseEnd(tail: Buffer): z.output<typeof End> | undefined {
  const [line = ''] = tail.toString('utf8', 512, 1024).split('\n');
  try {
    return End.safeParse(JSON.parse(line)).data;
  } catch {
    // Not the end of a backup: the caller says so.
    return undefined;
  }
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using folder = await open(path, 'r');
  await folder.sync();
}
