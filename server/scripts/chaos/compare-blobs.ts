import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import type { Damage } from './damage.ts';
import type { SourceFolder } from './source-folder.ts';

/** Compares the records that were kept with the files, byte by byte. */
export async function compareBlobs(
  dataDirectory: string,
  connectionId: string,
  documents: readonly { readonly entity_id: string; readonly raw_key: string | null }[],
  folder: SourceFolder,
  damage: Damage,
): Promise<void> {
  const directory = join(dataDirectory, 'blobs');
  const stored = new Set(await listBlobs(directory, connectionId));
  for (const { entity_id, raw_key } of documents) {
    const text = folder.files.get(entity_id)?.text;
    if (raw_key === null || text === undefined) continue;
    if (!stored.delete(raw_key)) damage.note('missing_blobs', `${entity_id}: ${raw_key}`);
    else if (zstdDecompressSync(await readFile(join(directory, raw_key))).toString() !== text) {
      damage.note('stale', `the record of ${entity_id} is not its text`);
    }
  }
  for (const key of stored) damage.noteOnce('orphaned_blobs', key);
}

/** Keys of what is kept for a connection, half-written files among them. */
export async function listBlobs(directory: string, connectionId: string): Promise<readonly string[]> {
  const entries = await readdir(join(directory, 'raw'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.parentPath.includes(connectionId))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}
