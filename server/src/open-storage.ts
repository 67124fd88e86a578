import { join } from 'node:path';
import type pg from 'pg';
import { type DataDirectory, openDataDirectory } from './adapters/data-directory/data-directory.ts';
import { takeOwnFolder } from './adapters/data-directory/own-folder.ts';
import { createDirectoryId } from './adapters/data-directory/server-files.ts';
import { startEmbeddedPostgres } from './adapters/embedded-postgres/embedded-postgres.ts';
import { HeldClaims } from './adapters/postgres/held-claims.ts';
import { migrateDatabase } from './adapters/postgres/migrate.ts';
import { SharedLocks } from './adapters/postgres/shared-locks.ts';
import { enterDatabase } from './adapters/postgres/shared-use.ts';
import { AppError, type Logger } from './core/shared/index.ts';

export interface StorageOptions {
  readonly dataDirectory: string;
  /** undefined: the embedded database, which one process has to itself. */
  readonly databaseUrl: string | undefined;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onFatal: (reason: string) => void;
  /** Called before the schema of a database that has been in use is changed. */
  readonly beforeUpgrade: (
    connection: pg.PoolConfig,
    directory: DataDirectory,
    pending: readonly [string, ...string[]],
  ) => Promise<void>;
}

export interface Storage {
  readonly directory: DataDirectory;
  /** To the migrated database. */
  readonly connection: pg.PoolConfig;
  /** A folder for this process's short-lived files. */
  readonly spoolPath: string;
  /** How this process keeps out of the way of others; undefined: there are none. */
  readonly sharing: { readonly locks: SharedLocks; readonly claims: HeldClaims } | undefined;
}

/**
 * Takes the data directory and the database: with the embedded one alone, with one of the operator's as one of several
 * processes.
 *
 * @param starting gets what has to be let go of
 * @throws AppError that says what to do
 */
export async function openStorage(options: StorageOptions, starting: AsyncDisposableStack): Promise<Storage> {
  return options.databaseUrl === undefined
    ? openAlone(options, starting)
    : openShared(options, { connectionString: options.databaseUrl }, starting);
}

async function openAlone(options: StorageOptions, starting: AsyncDisposableStack): Promise<Storage> {
  const { logger, signal, onFatal } = options;
  const directory = await openDataDirectory(options.dataDirectory);
  starting.defer(() => directory.release());
  const postgres = await startEmbeddedPostgres({ directory: await directory.subdirectory('postgres'), logger, signal });
  starting.defer(() => postgres.stop());
  postgres.onExit((exit) => {
    if (exit.isClean && !signal.aborted) onFatal('the database was shut down by somebody else');
  });
  if (signal.aborted) throw new AppError('unavailable', 'the start was given up');
  const { connection } = postgres;
  await migrateDatabase(connection, {
    logger,
    beforeUpgrade: (pending) => options.beforeUpgrade(connection, directory, pending),
  });
  return { directory, connection, spoolPath: join(directory.path, 'spool'), sharing: undefined };
}

async function openShared(
  options: StorageOptions,
  connection: pg.PoolConfig,
  starting: AsyncDisposableStack,
): Promise<Storage> {
  const { logger, onFatal } = options;
  const directory = await openDataDirectory(options.dataDirectory, 'shared');
  starting.defer(() => directory.release());
  const use = await enterDatabase(connection, {
    logger,
    onLost: () => onFatal('others took the database while it was out of reach'),
  });
  starting.defer(() => use.release());
  await migrateDatabase(connection, {
    logger,
    async beforeUpgrade(pending) {
      if ((await use.countOthers()) > 0) {
        throw new AppError(
          'conflict',
          'Weft servers of an older version use this database. Stop them all; the first of this version to start then upgrades it.',
        );
      }
      await options.beforeUpgrade(connection, directory, pending);
    },
  });
  await use.join(await createDirectoryId(directory.path));
  const own = await takeOwnFolder(await directory.subdirectory('spool'));
  starting.defer(() => own.release());
  const locks = new SharedLocks(connection, logger);
  starting.defer(() => locks.close());
  const claims = new HeldClaims(connection, logger);
  starting.defer(() => claims.close());
  return { directory, connection, spoolPath: own.path, sharing: { locks, claims } };
}
