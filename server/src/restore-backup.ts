import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CheckedArchive, checkArchive } from './adapters/backup/archive-reader.ts';
import { restoreDatabase, restoreFiles } from './adapters/backup/restore-archive.ts';
import { openDataDirectory } from './adapters/data-directory/data-directory.ts';
import { startEmbeddedPostgres } from './adapters/embedded-postgres/embedded-postgres.ts';
import { takeDatabase } from './adapters/postgres/exclusive-use.ts';
import { isEmptyDatabase, loadSnapshot } from './adapters/postgres/load-snapshot.ts';
import { migrateDatabase, requireKnownMigrations } from './adapters/postgres/migrate.ts';
import { openDatabaseSnapshot } from './adapters/postgres/open-snapshot.ts';
import { forgetAllContents, forgetRecords, requestRebuilds } from './adapters/postgres/request-rebuilds.ts';
import type { Config } from './config.ts';
import { AppError, type Logger } from './core/shared/index.ts';
import type { BlobStore } from './core/sync/index.ts';
import { openBlobStore } from './open-blob-store.ts';

export interface RestoreOptions {
  /** Absolute. */
  readonly file: string;
  /** Moves aside what the data directory holds. */
  readonly force: boolean;
  /** Leaves the database as the version that made the backup knows it, for going back to that version. */
  readonly keepSchema: boolean;
}

export interface Restored {
  readonly manifest: CheckedArchive['manifest'];
  readonly dataDirectory: string;
  /** Where what was there before now lies; null: nothing was there. */
  readonly replacedDirectory: string | null;
  /** Records that the database names and nobody has; their documents are read again. */
  readonly missingRecords: number;
}

type Connection = Parameters<typeof migrateDatabase>[0];

const staging = 'restoring';
/** What may be in a data directory that counts as empty. */
const isKept = (name: string) =>
  ['lock', 'lock-holder', 'backups', staging].includes(name) || name.startsWith('replaced-');

/**
 * Puts a backup in the place of what the data directory, and the database of `DATABASE_URL`, hold. Nothing is changed before
 * the whole file has been checked, and nothing is deleted. The search index is not in a backup: the next start builds it
 * from the records.
 *
 * @throws AppError that says what to do: a damaged file, a newer backup, a running server, a place that is not empty
 */
export async function restoreBackup(config: Config, logger: Logger, options: RestoreOptions): Promise<Restored> {
  await using stack = new AsyncDisposableStack();
  const archive = await checkArchive(options.file);
  await requireKnownMigrations(archive.manifest.migrations);
  const directory = await openDataDirectory(config.dataDirectory);
  stack.defer(() => directory.release());
  const isFull = archive.manifest.kind === 'full';
  const replaced = await listReplaced(directory.path, isFull, options);
  const external = config.databaseUrl === undefined ? undefined : { connectionString: config.databaseUrl };
  if (external !== undefined) stack.defer(await takeEmptyDatabase(external, logger));

  const stage = join(directory.path, staging);
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage, { mode: 0o700 });
  const keysFile = config.encryptionKeys === undefined ? join(stage, 'encryption-keys') : null;
  // A copy of the database alone goes with the records that are there. In a bucket a record goes to its place at once: under
  // its key there can be nothing but the same record.
  const { blobs, close } = await openBlobStore(config.blobLocation, join(isFull ? stage : directory.path, 'blobs'));
  stack.defer(close);
  const lost = isFull ? await restoreFiles(options.file, blobs, keysFile) : undefined;
  const listMissing = async (connection: Connection) => lost ?? listMissingRecords(connection, blobs);
  let missingRecords = 0;
  const fill = async (connection: Connection) => {
    missingRecords = await fillDatabase(connection, logger, { ...options, archive, listMissing });
  };
  if (external === undefined) await fillEmbedded(join(stage, 'postgres'), logger, fill);

  const replacedDirectory = await moveAside(directory.path, replaced);
  // The database comes last: without it, a start finds nothing at all rather than half of it.
  for (const name of (await readdir(stage)).toSorted()) await rename(join(stage, name), join(directory.path, name));
  await rm(stage, { recursive: true });
  if (external !== undefined) await fill(external);
  return {
    manifest: archive.manifest,
    dataDirectory: directory.path,
    replacedDirectory,
    missingRecords,
  };
}

/** @throws AppError('conflict') when there is something, and it may not be moved */
async function listReplaced(
  directory: string,
  isFull: boolean,
  { force, keepSchema }: RestoreOptions,
): Promise<readonly string[]> {
  const present = (await readdir(directory)).filter((name) => !isKept(name));
  if (present.length > 0 && !force) {
    throw new AppError(
      'conflict',
      `The data directory ${directory} is not empty. Restore into another one (WEFT_DATA_DIR), or add --force: what is there is then moved aside, into a folder of the data directory.`,
    );
  }
  if (isFull) return present;
  // A copy of the database alone goes with the records and keys that are there; the version it is for may need the index.
  return present.filter((name) => name === 'postgres' || (name === 'index' && !keepSchema));
}

async function takeEmptyDatabase(connection: Connection, logger: Logger): Promise<() => Promise<void>> {
  const release = await takeDatabase(connection, { logger, onLost: () => undefined });
  if (await isEmptyDatabase(connection)) return release;
  await release();
  throw new AppError(
    'conflict',
    'The database of DATABASE_URL is not empty. Make an empty one and name that in DATABASE_URL; this one stays as it is.',
  );
}

async function fillEmbedded(
  folder: string,
  logger: Logger,
  fill: (connection: Connection) => Promise<void>,
): Promise<void> {
  const postgres = await startEmbeddedPostgres({ directory: folder, logger });
  try {
    await fill(postgres.connection);
  } finally {
    await postgres.stop();
  }
}

interface FillOptions extends RestoreOptions {
  readonly archive: CheckedArchive;
  readonly listMissing: (connection: Connection) => Promise<readonly string[]>;
}

/** @returns how many records are missing */
async function fillDatabase(connection: Connection, logger: Logger, options: FillOptions): Promise<number> {
  const only = options.archive.manifest.migrations.map(({ name }) => name);
  await migrateDatabase(connection, { logger, only });
  await loadSnapshot(connection, (loader) => restoreDatabase(options.file, loader));
  const missing = await options.listMissing(connection);
  if (missing.length > 0) await forgetRecords(connection, missing);
  if (options.keepSchema) await forgetAllContents(connection);
  else {
    await migrateDatabase(connection, { logger });
    await requestRebuilds(connection);
  }
  return missing.length;
}

async function listMissingRecords(connection: Connection, blobs: BlobStore): Promise<readonly string[]> {
  const snapshot = await openDatabaseSnapshot(connection);
  try {
    const missing: string[] = [];
    for await (const keys of snapshot.readBlobKeys()) {
      for (const key of keys) if (!(await isThere(blobs, key))) missing.push(key);
    }
    return missing;
  } finally {
    await snapshot.close();
  }
}

async function isThere(blobs: BlobStore, key: string): Promise<boolean> {
  try {
    (await blobs.get(key)).destroy();
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return false;
    throw error;
  }
}

async function moveAside(directory: string, names: readonly string[]): Promise<string | null> {
  if (names.length === 0) return null;
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '');
  const aside = join(directory, `replaced-${stamp}`);
  await mkdir(aside, { mode: 0o700 });
  for (const name of names) await rename(join(directory, name), join(aside, name));
  return aside;
}
