import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DatabaseSnapshot } from '../../core/backup/index.ts';
import { AppError, type Logger, toMessage } from '../../core/shared/index.ts';
import { archiveFormat } from './archive-format.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { databaseEntries } from './create-backups.ts';
import { requireSpace } from './require-space.ts';
import { spoolDatabase } from './spool-database.ts';

export interface KeepOptions {
  readonly openSnapshot: () => Promise<DatabaseSnapshot>;
  /** The folder of these backups. */
  readonly directory: string;
  /** The first migration to come; it names the file. */
  readonly firstMigration: string;
  readonly version: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const kept = 3;
const isOurs = /^before-.*\.tar$/;

/**
 * Writes the database as it is into `before-<migration>-<date>.tar`, and removes all such files but the newest three.
 *
 * @returns its path
 * @throws AppError('unavailable') that says how to start all the same
 */
export async function keepBeforeUpgrade(options: KeepOptions): Promise<string> {
  try {
    const path = await writeBackup(options);
    options.logger.info({ path }, 'the database was backed up before it is migrated');
    await removeOld(options.directory);
    return path;
  } catch (error) {
    throw new AppError(
      'unavailable',
      `The database has to be migrated, and the backup that is made before failed: ${toMessage(error)}\nMend that and start again. To migrate without a backup, start once with SKIP_MIGRATION_BACKUP=true.`,
      { cause: error },
    );
  }
}

async function writeBackup(options: KeepOptions): Promise<string> {
  await mkdir(options.directory, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(options.directory, 'copy-'));
  try {
    const now = new Date();
    const stamp = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
    const path = join(options.directory, `before-${options.firstMigration.replace(/\.sql$/, '')}-${stamp}.tar`);
    const partial = join(folder, 'archive.tar');
    await pipeline(
      Readable.from(archive(options, folder, now)),
      createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true }),
      { signal: options.signal },
    );
    await rename(partial, path);
    await syncFolder(options.directory);
    return path;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* archive(options: KeepOptions, folder: string, now: Date): AsyncGenerator<Buffer> {
  const snapshot = await options.openSnapshot();
  try {
    await requireSpace(folder, snapshot.sizeBytes);
    const writer = new ArchiveWriter(now);
    yield* writer.manifest({
      format: archiveFormat,
      weft_version: options.version,
      created_at: now.toISOString(),
      kind: 'database',
      keys: 'left_out',
      migrations: [...snapshot.migrations],
    });
    yield* databaseEntries(writer, await spoolDatabase(snapshot, folder, options.signal));
    yield* writer.end(0);
  } finally {
    await snapshot.close();
  }
}

async function removeOld(directory: string): Promise<void> {
  const dateOf = (name: string) => name.slice(-'20260101-000000.tar'.length);
  const ours = (await readdir(directory)).filter((name) => isOurs.test(name));
  const old = ours.toSorted((a, b) => dateOf(b).localeCompare(dateOf(a))).slice(kept);
  for (const name of old) await rm(join(directory, name), { force: true });
}

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
