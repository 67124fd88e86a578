import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Logger, toMessage } from '../../core/shared/index.ts';
import { getClusterMark } from './cluster-mark.ts';
import { ensureCluster } from './initialise-cluster.ts';
import { findAddress, type PostgresAddress } from './postgres-address.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { type PostgresExit, PostgresProcess } from './postgres-process.ts';
import { defaultSettings, type PostgresSettings, toArguments } from './postgres-settings.ts';
import { PostgresSupervisor } from './postgres-supervisor.ts';
import { endPredecessor, removeStalePostmasterFile } from './predecessor.ts';
import { explainLaunch, findUnprivilegedLaunch, type UnprivilegedLaunch } from './unprivileged-launch.ts';

export type { PostgresExit } from './postgres-process.ts';

export interface EmbeddedPostgresOptions {
  /**
   * Where the database lives; made when missing. The caller holds its data directory: a PostgreSQL found running here
   * has outlived its server and is ended.
   */
  readonly directory: string;
  readonly logger: Logger;
  /** Gives up the start. */
  readonly signal?: AbortSignal;
  /** Over the defaults of `postgres-settings.ts`; for tests. */
  readonly settings?: PostgresSettings;
}

interface PostgresConnection {
  /** The socket's folder; on Windows 127.0.0.1. */
  readonly host: string;
  readonly port: number;
  /** A superuser: whoever queries for an organisation becomes another role. */
  readonly user: string;
  readonly database: string;
  readonly password?: string;
}

export interface EmbeddedPostgres {
  /** As `pg` takes it. */
  readonly connection: PostgresConnection;
  /** The postmaster's process; another one after a restart. */
  readonly pid: number;
  /** Ends it within about 6 s, open connections or not. May be called twice. */
  stop(): Promise<void>;
  /**
   * Calls back each time it ends though nobody called `stop`. After a crash (`isClean` false; a full disk is the usual
   * reason) it is being started again at the same address, until that works: pools recover by themselves. After a
   * shutdown that somebody asked for it stays down.
   */
  onExit(callback: (exit: PostgresExit) => void): void;
}

const userName = 'weft';
const databaseName = 'postgres';
/** How long a dead predecessor may look alive: it waits to be reaped, or its backends have not noticed yet. */
const predecessorPatienceMs = 5_000;
const heldByPredecessor = /postmaster\.pid" already exists|\.lock" already exists|is still in use/;

/**
 * Starts PostgreSQL on a folder as a child process, made by `initdb` at the first start. Whatever happened before, a
 * crash at any moment included, it comes up with all that was committed.
 *
 * @throws AppError('unavailable') with the end of PostgreSQL's log when it cannot start or has no binaries here;
 *   AppError('conflict') when another major version made the folder, or a predecessor does not end
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const signal = options.signal ?? new AbortController().signal;
  const logger = options.logger;
  const directory = path.resolve(options.directory);
  const binaries = await findPostgresBinaries();
  await makeDirectory(directory);
  const existing = path.join(directory, 'cluster');
  if (await exists(existing)) await endPredecessor(existing, await getClusterMark(existing), logger, signal);
  const launch = await findUnprivilegedLaunch(directory);
  const address = await findAddress(directory, launch);
  const cluster = await ensureCluster({ directory, launch, binaries, user: userName, ...address, logger, signal });
  const plan = { ...options, binaries, cluster, launch, address };
  const supervisor = new PostgresSupervisor({
    first: await startOnCluster(plan, signal),
    restart: (stopSignal) => startOnCluster(plan, stopSignal),
    logger,
  });
  return {
    connection: { ...address.connection, user: userName, database: databaseName },
    get pid() {
      return supervisor.pid;
    },
    stop: () => supervisor.stop().then(() => address.remove()),
    onExit: (callback) => supervisor.onExit(callback),
  };
}

interface StartPlan {
  readonly binaries: PostgresBinaries;
  readonly cluster: string;
  readonly launch: UnprivilegedLaunch;
  readonly address: PostgresAddress;
  readonly logger: Logger;
  readonly settings?: PostgresSettings;
}

async function startOnCluster(plan: StartPlan, signal: AbortSignal): Promise<PostgresProcess> {
  const { cluster, logger } = plan;
  const mark = await getClusterMark(cluster);
  const settings = toArguments(defaultSettings, plan.settings ?? {}, plan.address.settings, { cluster_name: mark });
  const deadline = Date.now() + predecessorPatienceMs;
  for (;;) {
    await endPredecessor(cluster, mark, logger, signal);
    const postgres = new PostgresProcess(
      { launch: plan.launch, program: plan.binaries.postgres, arguments: ['-D', cluster, ...settings], cluster },
      logger,
    );
    const exit = await readyOrStopped(postgres, logger, signal);
    if (exit === undefined) return postgres;
    if (!heldByPredecessor.test(exit.lastLines) || Date.now() > deadline) throw startFailure(plan, exit);
    await removeStalePostmasterFile(cluster, mark, logger);
    await delay(100, undefined, { signal });
  }
}

async function readyOrStopped(
  postgres: PostgresProcess,
  logger: Logger,
  signal: AbortSignal,
): Promise<PostgresExit | undefined> {
  try {
    return await postgres.waitUntilReady(logger, signal);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

function startFailure({ cluster, launch }: StartPlan, exit: PostgresExit): AppError {
  const ending = exit.signal === null ? `exit status ${exit.code}` : exit.signal;
  return new AppError(
    'unavailable',
    `The embedded PostgreSQL in ${cluster} did not start (${ending}). It says:\n${exit.lastLines}${explainLaunch(launch)}`,
    { details: { code: exit.code, signal: exit.signal } },
  );
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new AppError('unavailable', `The database folder ${directory} cannot be made: ${toMessage(error)}`, {
      cause: error,
    });
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
