import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError, type Logger, toMessage } from '../../core/shared/index.ts';
import { LogTail } from './log-tail.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { explainLaunch, spawnUnprivileged, type UnprivilegedLaunch } from './unprivileged-launch.ts';

/** The major version of the binaries, as in `PG_VERSION`. */
const majorVersion = '18';
const unfinished = 'initialising-';

export interface ClusterPlan {
  /** Holds the cluster in `cluster/` and, where its path is short enough, the socket. */
  readonly directory: string;
  readonly launch: UnprivilegedLaunch;
  readonly binaries: PostgresBinaries;
  readonly user: string;
  /** Windows only: elsewhere the folder's mode guards the socket. */
  readonly passwordFile?: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Returns the cluster's folder, made by `initdb` at the first start. It is made under another name and renamed when it
 * is complete and on disk, so that a half-made cluster is never used.
 *
 * @throws AppError('conflict') when another major version made it; AppError('unavailable') when `initdb` fails
 */
export async function ensureCluster(plan: ClusterPlan): Promise<string> {
  const cluster = path.join(plan.directory, 'cluster');
  const version = await readVersion(cluster);
  if (version !== undefined && version !== majorVersion) throw otherVersion(plan.directory, version);
  await removeUnfinished(plan);
  if (version === majorVersion) return cluster;
  const startedAt = Date.now();
  const temporary = path.join(plan.directory, `${unfinished}${randomUUID()}`);
  await runInitdb(plan, temporary);
  await rename(temporary, cluster);
  await syncFolder(plan.directory);
  plan.logger.info({ durationMs: Date.now() - startedAt }, 'database cluster made');
  return cluster;
}

async function readVersion(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function otherVersion(directory: string, version: string): AppError {
  return new AppError(
    'conflict',
    `The database in ${directory} was made by PostgreSQL ${version}; this Weft brings ${majorVersion}. Start the Weft that made it and export what you need, then start this one with another WEFT_DATA_DIR; or run a PostgreSQL ${version} on the folder and set DATABASE_URL.`,
    { details: { found: version, expected: majorVersion } },
  );
}

/** What interrupted starts left. An `initdb` that outlived its server may still write there for a moment. */
async function removeUnfinished({ directory, logger }: ClusterPlan): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.startsWith(unfinished)) continue;
    try {
      await rm(path.join(directory, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    } catch (error) {
      logger.warn(
        { err: error, folder: name },
        'an unfinished cluster could not be removed; the next start tries again',
      );
    }
  }
}

async function runInitdb(plan: ClusterPlan, target: string): Promise<void> {
  const access =
    plan.passwordFile === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${plan.passwordFile}`];
  const log = new LogTail(plan.logger);
  const child = spawnUnprivileged(
    plan.launch,
    plan.binaries.initdb,
    [
      `--pgdata=${target}`,
      `--username=${plan.user}`,
      ...access,
      '--encoding=UTF8',
      // PostgreSQL's own rules: the same order everywhere, and no reindexing when the system's library changes.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--data-checksums',
      '--no-instructions',
    ],
    { cwd: plan.directory, stdio: ['ignore', 'ignore', 'pipe'], signal: plan.signal },
  );
  try {
    const reading = child.stderr === null ? Promise.resolve() : log.read(child.stderr);
    const [[code]] = await Promise.all([once(child, 'exit') as Promise<[number | null]>, reading]);
    if (code !== 0) throw new Error(log.text === '' ? `initdb ended with ${code}` : log.text);
  } catch (error) {
    await rm(target, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    plan.signal.throwIfAborted();
    throw new AppError(
      'unavailable',
      `The embedded database could not be made in ${plan.directory}: ${toMessage(error)}${explainLaunch(plan.launch)}`,
      { cause: error },
    );
  }
}

/** Makes the rename last through a power cut. Windows has no such call, and journals names by itself. */
async function syncFolder(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
