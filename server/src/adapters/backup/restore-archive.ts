import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { SequenceValue } from '../../core/backup/index.ts';
import type { BlobStore } from '../../core/sync/index.ts';
import { names, Sequences } from './archive-format.ts';
import { decompressed, readArchive, readJson, readLines } from './archive-reader.ts';
import { damaged } from './tar.ts';

/** Fills an empty database of the backup's schema. */
export interface DatabaseLoader {
  insertRows(table: string, lines: readonly string[]): Promise<void>;
  setSequences(sequences: readonly SequenceValue[]): Promise<void>;
}

/** The rows of a backup, into a database. @throws AppError('invalid_request') when they do not fit */
export async function restoreDatabase(path: string, loader: DatabaseLoader): Promise<void> {
  for await (const entry of readArchive(path)) {
    if (entry.name === names.sequences) {
      const sequences = Sequences.safeParse(await readJson(entry));
      if (!sequences.success) throw damaged(sequences.error);
      await loader.setSequences(sequences.data);
    } else if (entry.name.startsWith(names.tables) && entry.name.endsWith(names.tableSuffix)) {
      const table = entry.name.slice(names.tables.length, -names.tableSuffix.length);
      for await (const lines of readLines(decompressed(entry.content))) await loader.insertRows(table, lines);
    }
  }
}

/**
 * The files of a backup: blobs, and the keys that seal credentials where it has them.
 *
 * @param keysFile where to write the keys, readable by this user alone; null: they come from elsewhere and are left out
 * @returns keys of the blobs that were missing already when it was made
 */
export async function restoreFiles(
  path: string,
  blobs: Pick<BlobStore, 'put'>,
  keysFile: string | null,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for await (const entry of readArchive(path)) {
    if (entry.name === names.keys && keysFile !== null) {
      const keys = Buffer.concat(await Array.fromAsync(entry.content));
      await writeFile(keysFile, keys, { mode: 0o600, flag: 'wx', flush: true });
    } else if (entry.name === names.missingBlobs) {
      for await (const lines of readLines(entry.content)) missing.push(...lines);
    } else if (entry.name.startsWith(names.blobs)) {
      const key = entry.name.slice(names.blobs.length);
      await blobs.put(key, Readable.from(decompressed(entry.content)));
    }
  }
  return missing;
}
