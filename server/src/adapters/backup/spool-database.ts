import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import type { DatabaseSnapshot, SequenceValue } from '../../core/backup/index.ts';

/** A snapshot written out, so that its transaction need not wait for whoever reads the backup. */
export interface SpooledDatabase {
  readonly tables: readonly { readonly table: string; readonly path: string }[];
  readonly sequences: readonly SequenceValue[];
}

/** @param folder of this backup's own; the caller removes it */
export async function spoolDatabase(
  snapshot: DatabaseSnapshot,
  folder: string,
  signal: AbortSignal,
): Promise<SpooledDatabase> {
  const tables: SpooledDatabase['tables'][number][] = [];
  for (const table of snapshot.tables) {
    const path = join(folder, `${tables.length}.jsonl.zst`);
    await pipeline(
      Readable.from(toText(snapshot.readRows(table))),
      createZstdCompress(),
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
      { signal },
    );
    tables.push({ table, path });
  }
  // After the rows: a number that a row has was given out before.
  return { tables, sequences: await snapshot.readSequences() };
}

/** One key a line, as they are read back by `readLines`. */
export async function spoolBlobKeys(snapshot: DatabaseSnapshot, path: string, signal: AbortSignal): Promise<void> {
  await pipeline(
    Readable.from(toText(snapshot.readBlobKeys())),
    createWriteStream(path, { flags: 'wx', mode: 0o600 }),
    { signal },
  );
}

async function* toText(batches: AsyncIterable<readonly string[]>): AsyncGenerator<Buffer> {
  for await (const lines of batches) if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`);
}
