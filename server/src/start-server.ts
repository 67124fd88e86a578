import { randomBytes, randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import packageFile from '../../package.json' with { type: 'json' };
import { createDirectoryBlobStore } from './adapters/blob-store/directory-blob-store.ts';
import { openDirectorySpool } from './adapters/blob-store/directory-spool.ts';
import { createCredentialVault } from './adapters/credential-vault/credential-vault.ts';
import { loadOrCreateKeyRing } from './adapters/credential-vault/key-ring.ts';
import { type DataDirectory, openDataDirectory } from './adapters/data-directory/data-directory.ts';
import { announceServer, createOperatorToken } from './adapters/data-directory/server-files.ts';
import { startEmbeddedPostgres } from './adapters/embedded-postgres/embedded-postgres.ts';
import { createEncoder } from './adapters/embeddings/create-encoder.ts';
import { createCollectionStore } from './adapters/postgres/collection-store.ts';
import { createConnectionStore } from './adapters/postgres/connection-store.ts';
import { openDatabase } from './adapters/postgres/database.ts';
import { createDocumentStore, createPushedDocumentStore } from './adapters/postgres/document-store.ts';
import { takeDatabase } from './adapters/postgres/exclusive-use.ts';
import { createIdentityStore } from './adapters/postgres/identity-store.ts';
import { JobListener } from './adapters/postgres/job-signal.ts';
import { migrateDatabase } from './adapters/postgres/migrate.ts';
import { PostgresSearchStore } from './adapters/postgres/search-store.ts';
import { createSweepStore } from './adapters/postgres/sweep-store.ts';
import { createSyncStore } from './adapters/postgres/sync-store.ts';
import { openLanceDbIndex } from './adapters/search-index/lancedb/lancedb-index.ts';
import { createTextExtractor } from './adapters/text-extraction/create-text-extractor.ts';
import type { Config } from './config.ts';
import type { ConnectorPolicy } from './connector-kit/index.ts';
import { allConnectors, createRegistry } from './connectors/registry.ts';
import { createAuthenticator } from './core/access/index.ts';
import type { Encoder } from './core/search/index.ts';
import { AppError, type Logger } from './core/shared/index.ts';
import {
  type BlobStore,
  nextRunAt,
  pipelineOf,
  type SyncDependencies,
  SyncWorker,
  sweepDeleted,
} from './core/sync/index.ts';
import { createHttpServer } from './entrypoints/http/http-server.ts';
import { createHttpMetrics } from './entrypoints/http/metrics/http-metrics.ts';
import { createOriginPolicy } from './entrypoints/http/origin-policy.ts';
import { readStaticFiles } from './entrypoints/http/pages/static-files.ts';
import { listEndpoints } from './entrypoints/http/routes.ts';
import { ConnectionWatcher } from './entrypoints/worker/connection-watcher.ts';
import { PeriodicTask } from './entrypoints/worker/periodic-task.ts';
import { refreshSampleCollection } from './sample-collection.ts';

const modelDirectory = fileURLToPath(new URL('../models/all-MiniLM-L6-v2/', import.meta.url));
const dashboardDirectory = fileURLToPath(new URL('../../dashboard/public/', import.meta.url));

const scheduleEveryMs = 15_000;
const sweepEveryMs = 15_000;
const watchEveryMs = 5_000;
const maxDueJobs = 100;
/** A sync waits while less is free: room for the database's log and one page. */
const minFreeBytes = 64 * 1024 * 1024;

/** Without an encoder the index keeps an empty column for vectors, which needs a width. */
const emptyDimensions = 384;

export interface StartOptions {
  /** Gives up the start. */
  readonly signal: AbortSignal;
  /** Called when the server cannot work on, once it was started. */
  readonly onFatal: (reason: string) => void;
  /** Instead of the configured one; for measurements. */
  readonly encoder?: Encoder;
}

export interface RunningServer {
  readonly url: string;
  /** Lets what runs finish or checkpoint, in the reverse order of the start. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Brings everything up: data directory, database, index, encoder, workers, HTTP. What was started before a failure is
 * stopped again.
 *
 * @throws AppError that says what to do
 */
export async function startServer(config: Config, logger: Logger, options: StartOptions): Promise<RunningServer> {
  await using starting = new AsyncDisposableStack();
  const directory = await openDataDirectory(config.dataDirectory);
  starting.defer(() => directory.release());

  const connection = await openConnection(config, directory, logger, options, starting);
  await migrateDatabase(connection, { logger });
  const database = await openDatabase(connection, { logger });
  starting.defer(() => database.close());

  const encoder =
    options.encoder ?? (await createEncoder({ provider: config.embeddingProvider, modelDirectory, logger }));
  if (encoder !== undefined) starting.defer(() => encoder.close());
  const extractor = createTextExtractor({
    logger,
    children: Math.max(1, availableParallelism() - 1),
    disabledFormats: config.disabledFileTypes,
    tokenizerPath: modelDirectory,
  });
  starting.defer(() => extractor.close());
  const index = await openLanceDbIndex({ directory: await directory.subdirectory('index'), logger });
  starting.defer(() => index.close());

  const policy: ConnectorPolicy = {
    forbiddenRoots: [directory.path],
    ...(config.filesRoots === undefined ? {} : { filesRoots: config.filesRoots }),
  };
  const [sealingKey, ...openingKeys] = config.encryptionKeys ?? [];
  const ring =
    sealingKey === undefined
      ? await loadOrCreateKeyRing(join(directory.path, 'encryption-keys'))
      : ([sealingKey, ...openingKeys] as const);
  const connectors = createRegistry(allConnectors, { includeInternal: config.enableInternalSources });
  const identityStore = createIdentityStore(database);
  const collections = createCollectionStore(database);
  const connections = createConnectionStore(database);
  const documents = createDocumentStore(database);
  const searchStore = new PostgresSearchStore(database);
  const sync: SyncDependencies = {
    store: createSyncStore(database),
    pushed: createPushedDocumentStore(database),
    index,
    ...(encoder === undefined ? {} : { encoder }),
    extractor,
    blobs: createDirectoryBlobStore(await directory.subdirectory('blobs')),
    spool: await openDirectorySpool(join(directory.path, 'spool')),
    connectors,
    vault: createCredentialVault(ring),
    policy,
    limits: { maxFileBytes: config.maxFileBytes, minFreeBytes },
    logger,
  };
  // The data directory is held by this process alone, so whoever held a lease before is gone.
  await sync.store.releaseAllLeases();

  const worker = new SyncWorker(sync, { owner: randomUUID(), concurrency: config.syncConcurrency });
  worker.start();
  starting.defer(() => worker.stop());
  const watcher = new ConnectionWatcher({ connections, connectors, policy, logger });
  starting.defer(() => watcher.close());
  const listener = new JobListener(connection, () => worker.wake(), logger);
  await listener.start();
  starting.defer(() => listener.close());
  const startDueJobs = async () => {
    const now = new Date();
    await connections.startDueJobs(now, maxDueJobs, (cron) => nextRunAt(cron, now));
  };
  const sweep = { ...sync, sweep: createSweepStore(database) };
  const tasks = [
    new PeriodicTask('schedules', scheduleEveryMs, startDueJobs, logger),
    new PeriodicTask('watches', watchEveryMs, () => watcher.refresh(), logger),
    new PeriodicTask('sweep', sweepEveryMs, (signal) => sweepDeleted(sweep, { now: new Date(), signal }), logger),
  ];
  for (const task of tasks) {
    task.start();
    starting.defer(() => task.stop());
  }

  const owner = await identityStore.ensureFirstOwner({ email: 'owner@weft.local', organizationName: 'Local' });
  const collectionEncoder = { name: encoder?.name ?? 'none', dimensions: encoder?.dimensions ?? emptyDimensions };
  const push = { collections, documents, blobs: sync.blobs, pipeline: pipelineOf(sync) };
  await refreshSampleCollection({ ...push, database, encoder: collectionEncoder, owner, logger });

  const operatorToken = await createOperatorToken(directory.path, randomBytes(32).toString('base64url'));
  const authenticator = createAuthenticator({
    store: identityStore,
    logger,
    localOwner: config.authEnabled ? null : owner,
    operatorToken,
  });
  starting.defer(() => authenticator.close());
  const metrics = createMetrics(worker);
  let isStopping = false;
  const http = createHttpServer({
    endpoints: listEndpoints({
      identityStore,
      collectionStore: collections,
      encoder: collectionEncoder,
      connections: { connections, collections, connectors, vault: sync.vault, policy },
      documents: push,
      search: { index, store: searchStore, ...(encoder === undefined ? {} : { encoder }) },
      maxUploadBytes: config.maxUploadBytes,
      readiness: {
        checks: [
          { name: 'postgres', isCritical: true, check: () => database.ping() },
          { name: 'disk', isCritical: false, check: () => checkDisk(sync.blobs) },
        ],
        isShuttingDown: () => isStopping,
      },
      metrics,
      dashboardFiles: await readStaticFiles(dashboardDirectory),
      version: packageFile.version,
    }),
    authenticator,
    originPolicy: createOriginPolicy({
      isOpen: !config.authEnabled,
      boundHost: config.host,
      publicUrl: config.publicUrl,
      additionalOrigins: config.additionalCorsOrigins,
    }),
    logger,
    onAnswered: createHttpMetrics(metrics),
  });
  starting.defer(() => http.close());
  options.signal.throwIfAborted();
  const { url } = await http.listen(config.host, config.port);
  await announceServer(directory.path, url);

  const running = starting.move();
  let stopped: Promise<void> | undefined;
  return {
    url,
    stop: () => {
      isStopping = true;
      stopped ??= running.disposeAsync();
      return stopped;
    },
  };
}

async function openConnection(
  config: Config,
  directory: DataDirectory,
  logger: Logger,
  options: StartOptions,
  starting: AsyncDisposableStack,
) {
  if (config.databaseUrl !== undefined) {
    const connection = { connectionString: config.databaseUrl };
    const onLost = () => options.onFatal('another server took the database while it was out of reach');
    const release = await takeDatabase(connection, { logger, onLost });
    starting.defer(release);
    return connection;
  }
  const postgres = await startEmbeddedPostgres({
    directory: await directory.subdirectory('postgres'),
    logger,
    signal: options.signal,
  });
  starting.defer(() => postgres.stop());
  postgres.onExit((exit) => {
    if (exit.isClean && !options.signal.aborted) options.onFatal('the database was shut down by somebody else');
  });
  if (options.signal.aborted) throw new AppError('unavailable', 'the start was given up');
  return postgres.connection;
}

async function checkDisk(blobs: BlobStore): Promise<void> {
  const free = await blobs.freeBytes();
  if (free !== null && free < minFreeBytes) throw new AppError('unavailable', 'The disk is nearly full.');
}

function createMetrics(worker: SyncWorker): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'weft_sync_jobs_running',
    help: 'Sync jobs under way in this process',
    registers: [registry],
    collect() {
      this.set(worker.runningCount);
    },
  });
  return registry;
}
