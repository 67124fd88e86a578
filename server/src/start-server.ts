import { createHmac, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import packageFile from '../../package.json' with { type: 'json' };
import { createAuthProviders } from './adapters/auth-providers/create-auth-providers.ts';
import { createBackups } from './adapters/backup/create-backups.ts';
import { keepBeforeUpgrade } from './adapters/backup/keep-before-upgrade.ts';
import { openDirectorySpool } from './adapters/blob-store/directory-spool.ts';
import { createSourceHttpFactory } from './adapters/connector-http/create-source-http.ts';
import { createCredentialVault } from './adapters/credential-vault/credential-vault.ts';
import { loadOrCreateKeyRing } from './adapters/credential-vault/key-ring.ts';
import { announceServer, createOperatorToken } from './adapters/data-directory/server-files.ts';
import { writeOnce } from './adapters/data-directory/write-once.ts';
import { createEncoder } from './adapters/embeddings/create-encoder.ts';
import { describeLocalEncoder } from './adapters/embeddings/local/describe-local-encoder.ts';
import { createLanguageModels } from './adapters/language-models/create-language-models.ts';
import { createOutboundHttp } from './adapters/outbound/create-outbound-http.ts';
import { createBrowseStore } from './adapters/postgres/browse-store.ts';
import { createCollectionRuns } from './adapters/postgres/collection-runs.ts';
import { createCollectionStore } from './adapters/postgres/collection-store.ts';
import { createConnectSessionStore } from './adapters/postgres/connect-session-store.ts';
import { createConnectionStore } from './adapters/postgres/connection-store.ts';
import { openDatabase } from './adapters/postgres/database.ts';
import { createDocumentFinder } from './adapters/postgres/document-finder.ts';
import { createDocumentStore, createPushedDocumentStore } from './adapters/postgres/document-store.ts';
import { PostgresFreshnessStore } from './adapters/postgres/freshness-store.ts';
import { holdDrops } from './adapters/postgres/hold-drops.ts';
import { createIdentityStore } from './adapters/postgres/identity-store.ts';
import { createMembershipStore } from './adapters/postgres/membership-store.ts';
import { openDatabaseSnapshot } from './adapters/postgres/open-snapshot.ts';
import { createProviderConnectionStore } from './adapters/postgres/provider-connection-store.ts';
import { createQueryLogStore } from './adapters/postgres/query-log-store.ts';
import { createQueryLogSweepStore } from './adapters/postgres/query-log-sweep-store.ts';
import { createReindexStore } from './adapters/postgres/reindex-store.ts';
import { PostgresSearchStore } from './adapters/postgres/search-store.ts';
import { createSearchableCollections } from './adapters/postgres/searchable-collections.ts';
import { createSweepStore } from './adapters/postgres/sweep-store.ts';
import { createSyncStore } from './adapters/postgres/sync-store.ts';
import { createTextExtractor } from './adapters/text-extraction/create-text-extractor.ts';
import type { Config } from './config.ts';
import type { ConnectorPolicy } from './connector-kit/index.ts';
import { allConnectors, createRegistry } from './connectors/registry.ts';
import { createAuthenticator } from './core/access/index.ts';
import { type AuthProviderDependencies, credentialsFromProvider } from './core/auth-providers/index.ts';
import type { CollectionEncoder } from './core/collections/index.ts';
import { authenticateSession, type ConnectSessionDependencies, deriveSigningKeys } from './core/connect/index.ts';
import { createCredentialResolver } from './core/connections/index.ts';
import { QueryLog } from './core/insights/index.ts';
import { rememberEach } from './core/language-models/index.ts';
import type { Encoder } from './core/search/index.ts';
import { AppError, type Logger } from './core/shared/index.ts';
import { requiresOwnClient } from './core/sign-in/index.ts';
import { type BlobStore, JobWatcher, pipelineOf, type SyncDependencies, type SyncWorker } from './core/sync/index.ts';
import { EventStreams } from './entrypoints/http/event-streams.ts';
import { createHttpServer } from './entrypoints/http/http-server.ts';
import { createHttpMetrics } from './entrypoints/http/metrics/http-metrics.ts';
import { createOriginPolicy } from './entrypoints/http/origin-policy.ts';
import { readStaticFiles } from './entrypoints/http/pages/static-files.ts';
import { listEndpoints, listWorkerEndpoints } from './entrypoints/http/routes.ts';
import { createSourceCatalog } from './entrypoints/http/sources/source-catalog.ts';
import { announceFirstOwnerLink, openAccounts } from './open-accounts.ts';
import { openBlobStore } from './open-blob-store.ts';
import { openLimits } from './open-limits.ts';
import { openSearchIndex } from './open-search-index.ts';
import { openSignIn } from './open-sign-in.ts';
import { openStorage } from './open-storage.ts';
import { openSearchEvents, openWebhooks, registerEventMetrics } from './open-webhooks.ts';
import { refreshSampleCollection } from './sample-collection.ts';
import { startWebhooks } from './start-webhooks.ts';
import { startWorkers } from './start-workers.ts';

const modelDirectory = fileURLToPath(new URL('../models/all-MiniLM-L6-v2/', import.meta.url));
const dashboardDirectory = fileURLToPath(new URL('../../dashboard/public/', import.meta.url));

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
  const { directory, connection, spoolPath, sharing } = await openStorage(
    {
      ...{ dataDirectory: config.dataDirectory, databaseUrl: config.databaseUrl, logger },
      ...{ signal: options.signal, onFatal: options.onFatal },
      async beforeUpgrade(current, { path }, [firstMigration]) {
        if (config.skipMigrationBackup) return;
        const keep = { version: packageFile.version, logger, signal: options.signal, firstMigration };
        const openSnapshot = () => openDatabaseSnapshot(current);
        await keepBeforeUpgrade({ ...keep, openSnapshot, directory: join(path, 'backups') });
      },
    },
    starting,
  );
  const database = await openDatabase(connection, { logger });
  starting.defer(() => database.close());

  const { encoder, model: embeddingModel } =
    options.encoder === undefined
      ? await createEncoder(config.embedding, {
          ...{ modelDirectory, dimensionsFile: join(directory.path, 'embedding-dimensions.json') },
          ...{ logger, signal: options.signal },
        })
      : { encoder: options.encoder, model: describeLocalEncoder(options.encoder) };
  if (encoder !== undefined) starting.defer(() => encoder.close());
  const extractor = createTextExtractor({
    logger,
    children: Math.max(1, availableParallelism() - 1),
    disabledFormats: config.disabledFileTypes,
    tokenizerPath: modelDirectory,
  });
  starting.defer(() => extractor.close());
  const index = await openSearchIndex({
    ...{ location: config.searchLocation, engine: config.searchEngine, logger },
    directory: await directory.subdirectory('index'),
    isMaintained: config.role !== 'api',
    lock: sharing === undefined ? undefined : (name, work) => sharing.locks.run(name, work),
  });
  starting.defer(() => index.close());

  const policy: ConnectorPolicy = {
    forbiddenRoots: [directory.path],
    ...(config.filesRoots === undefined ? {} : { filesRoots: config.filesRoots }),
  };
  const [sealingKey, ...openingKeys] = config.encryptionKeys ?? [];
  const ring =
    sealingKey === undefined
      ? await loadOrCreateKeyRing(join(directory.path, 'encryption-keys'), writeOnce)
      : ([sealingKey, ...openingKeys] as const);
  const vault = createCredentialVault(ring);
  // To every server that is not ours: sources, webhooks, sign-in, auth providers.
  const outbound = createOutboundHttp({ allow: config.egressAllow, logger });
  starting.defer(() => outbound.close());
  const sourceHttp = createSourceHttpFactory({
    outbound,
    // Made below, of the sources there are.
    limiter: { take: (scope, source, connection) => limits.sourceRateLimiter.take(scope, source, connection) },
  });
  const connectors = createRegistry(allConnectors, {
    includeInternal: config.enableInternalSources,
    openHttp: ({ shortName, pace }) => sourceHttp.open({ source: shortName, ...(pace === undefined ? {} : { pace }) }),
  });
  const identityStore = createIdentityStore(database);
  const collections = createCollectionStore(database);
  const connections = createConnectionStore(database);
  const limits = openLimits({ database, defaults: config.quotas, connectors, logger }, starting);
  const { quotas, features } = limits;
  const documents = createDocumentStore(database);
  const searchStore = new PostgresSearchStore(database);
  const memberships = createMembershipStore(database);
  const { blobs, close: closeBlobs } = await openBlobStore(config.blobLocation, await directory.subdirectory('blobs'));
  starting.defer(closeBlobs);
  const authProviders: AuthProviderDependencies = {
    ...{ providers: createAuthProviders(outbound), providerConnections: createProviderConnectionStore(database) },
    ...{ vault, features },
  };
  const { access: signIn, flows } = openSignIn(
    { database, connection, locks: sharing?.locks, vault, outbound, oauthClients: config.oauthClients, logger },
    starting,
  );
  const credentials = createCredentialResolver(vault, {
    signIn,
    authProvider: (scope, connector, access) => credentialsFromProvider(authProviders, scope, access, connector),
  });
  const sync: SyncDependencies = {
    store: createSyncStore(database, config.quotas),
    pushed: createPushedDocumentStore(database),
    memberships,
    index,
    ...(encoder === undefined ? {} : { encoder }),
    extractor,
    blobs,
    spool: await openDirectorySpool(sharing === undefined ? spoolPath : join(spoolPath, 'files')),
    connectors,
    credentials,
    sourceHttp,
    policy,
    limits: { maxFileBytes: config.maxFileBytes, minFreeBytes },
    logger,
  };
  const { auditLog, tokens, ...accountParts } = openAccounts({
    ...{ database, vault, outbound, oidc: config.oidc, logger },
  });
  const { accounts, organizations } = accountParts;
  const reindexes = createReindexStore(database);
  const building = { reindexes, emptyDimensions };
  const workers = {
    sync,
    sweep: createSweepStore(database),
    queryLog: { store: createQueryLogSweepStore(database), defaults: config.queryLog },
    tidyUsage: limits.tidyUsage,
    jobRetentionDays: config.jobRetentionDays,
    ...{ accounts, organizations, auditLog, auditLogDays: config.auditLogDays },
    signIn: { tokens: flows.tokens, access: signIn },
    ...building,
    connections,
    connectors,
    connection,
    sharing,
  };
  const worker =
    config.role === 'api'
      ? undefined
      : await startWorkers({ ...workers, concurrency: config.syncConcurrency }, starting);
  const searchEvents = openSearchEvents(database, logger, starting);
  const webhooks = openWebhooks(config, { database, vault, searchEvents, logger }, starting);
  if (config.role !== 'api') {
    const retentionDays = config.webhookRetentionDays;
    await startWebhooks(webhooks, { database, retentionDays, sharing }, starting);
  }

  const owner = await identityStore.ensureFirstOwner({ email: 'owner@weft.local', organizationName: 'Local' });
  const collectionEncoder: CollectionEncoder = encoder ?? { name: 'none', dimensions: emptyDimensions };
  const push = { collections, documents, memberships, blobs: sync.blobs, pipeline: pipelineOf(sync), quotas };
  if (config.role !== 'worker')
    await refreshSampleCollection({ ...push, database, encoder: collectionEncoder, owner, logger });

  const operatorToken = await createOperatorToken(directory.path, randomBytes(32).toString('base64url'));
  const authenticator = createAuthenticator({
    store: identityStore,
    logger,
    localOwner: config.authEnabled ? null : owner,
    operatorToken,
    sessions: accounts,
    ...(tokens === undefined ? {} : { tokens }),
  });
  starting.defer(() => authenticator.close());
  const languageModels = createLanguageModels(config.languageModels, logger);
  const queryLogStore = createQueryLogStore(database);
  const queryLog = new QueryLog({
    ...{ store: queryLogStore, logger, defaults: config.queryLog },
    // Not the key itself, which seals credentials.
    hashKey: createHmac('sha256', ring[0]).update('weft query log').digest(),
  });
  starting.defer(() => queryLog.close());
  const metrics = createMetrics(worker);
  registerEventMetrics(metrics, searchEvents);
  const jobs = new JobWatcher({ readJobs: (ids) => connections.readJobs(ids), logger });
  starting.defer(() => jobs.close());
  const streams = new EventStreams();
  const connect: ConnectSessionDependencies = {
    sessions: createConnectSessionStore(database),
    ...{ collections, organizations: identityStore, signingKeys: deriveSigningKeys(ring) },
  };
  let isStopping = false;
  let listeningAt = '';
  const apiUrl = () => config.publicUrl ?? listeningAt;
  const readiness = {
    checks: [
      { name: 'postgres', isCritical: true, check: () => database.ping() },
      { name: 'disk', isCritical: false, check: () => checkDisk(blobs) },
    ],
    isShuttingDown: () => isStopping,
  };
  const http = createHttpServer({
    endpoints:
      config.role === 'worker'
        ? listWorkerEndpoints({ readiness, metrics })
        : listEndpoints({
            identityStore,
            accounts: { ...accountParts, identities: identityStore, features, apiUrl, firstOwnerId: owner.user.id },
            auditLog: { reader: auditLog, defaultRetentionDays: config.auditLogDays },
            collectionStore: collections,
            encoder: collectionEncoder,
            connections: {
              connections,
              collections,
              connectors,
              vault,
              policy,
              quotas,
              authProviders,
              ...flows,
              apiUrl,
            },
            sources: {
              ...{ authProviders, credentials },
              ...{ browse: createBrowseStore(database), runs: createCollectionRuns(database) },
              catalog: createSourceCatalog({
                ...{ connectors, providers: authProviders.providers, features },
                requiresOwnClient: (connector) => requiresOwnClient(config.oauthClients, connector),
              }),
            },
            documents: { ...push, index, search: searchStore },
            syncJobs: { connections, jobs, streams, logger },
            connect,
            webhooks,
            limits,
            reindexes,
            indexMove: index,
            search: {
              ...{ documents: createDocumentFinder(database), streams, logger },
              freshness: new PostgresFreshnessStore(database),
              collections: createSearchableCollections(database),
              ...{ index, store: searchStore, memberships, queryLog, searchEvents, usage: limits.usage },
              languageModels: rememberEach(languageModels.models),
              findModel: languageModels.find,
              ...(encoder === undefined ? {} : { encoder }),
            },
            models: { catalog: languageModels.catalog, encoder: collectionEncoder, embedding: embeddingModel },
            insights: { store: queryLogStore, log: queryLog, collections: searchStore },
            maxUploadBytes: config.maxUploadBytes,
            readiness,
            backups: createBackups({
              openSnapshot: () => openDatabaseSnapshot(connection),
              holdDrops: () => holdDrops(connection),
              blobs,
              directory: join(spoolPath, 'backup'),
              keysFile: config.encryptionKeys === undefined ? join(directory.path, 'encryption-keys') : null,
              version: packageFile.version,
              logger,
            }),
            metrics,
            dashboardFiles: await readStaticFiles(dashboardDirectory),
            version: packageFile.version,
          }),
    authenticator,
    auditLog,
    requestLimiter: limits.requestLimiter,
    authenticateSession: (authorization) => authenticateSession(connect, authorization),
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
  starting.defer(() => streams.close());
  options.signal.throwIfAborted();
  const { url } = await http.listen(config.host, config.port);
  listeningAt = url;
  if (config.role !== 'worker') {
    await announceServer(directory.path, url);
    if (config.authEnabled) {
      await announceFirstOwnerLink(accounts, { ownerId: owner.user.id, apiUrl: apiUrl(), logger });
    }
  }

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

async function checkDisk(blobs: BlobStore): Promise<void> {
  const free = await blobs.freeBytes();
  if (free !== null && free < minFreeBytes) throw new AppError('unavailable', 'The disk is nearly full.');
}

/** @param worker undefined where no syncs run */
function createMetrics(worker: SyncWorker | undefined): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'weft_sync_jobs_running',
    help: 'Sync jobs under way in this process',
    registers: [registry],
    collect() {
      this.set(worker?.runningCount ?? 0);
    },
  });
  return registry;
}
