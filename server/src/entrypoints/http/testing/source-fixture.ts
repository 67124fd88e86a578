import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAuthProviders } from '../../../adapters/auth-providers/create-auth-providers.ts';
import { createDirectoryBlobStore } from '../../../adapters/blob-store/directory-blob-store.ts';
import { openDirectorySpool } from '../../../adapters/blob-store/directory-spool.ts';
import { createCredentialVault } from '../../../adapters/credential-vault/credential-vault.ts';
import { createOutboundHttp } from '../../../adapters/outbound/create-outbound-http.ts';
import { createBrowseStore } from '../../../adapters/postgres/browse-store.ts';
import { createCollectionRuns } from '../../../adapters/postgres/collection-runs.ts';
import { createCollectionStore } from '../../../adapters/postgres/collection-store.ts';
import { createConnectionStore } from '../../../adapters/postgres/connection-store.ts';
import type { Database } from '../../../adapters/postgres/database.ts';
import { createDocumentStore, createPushedDocumentStore } from '../../../adapters/postgres/document-store.ts';
import { createFeatureFlagStore } from '../../../adapters/postgres/feature-flag-store.ts';
import { PostgresFreshnessStore } from '../../../adapters/postgres/freshness-store.ts';
import { createMembershipStore } from '../../../adapters/postgres/membership-store.ts';
import { createProviderConnectionStore } from '../../../adapters/postgres/provider-connection-store.ts';
import { createQuotaStore } from '../../../adapters/postgres/quota-store.ts';
import { PostgresSearchStore } from '../../../adapters/postgres/search-store.ts';
import { createSyncStore } from '../../../adapters/postgres/sync-store.ts';
import { openLanceDbIndex } from '../../../adapters/search-index/lancedb/lancedb-index.ts';
import { createTextExtractor } from '../../../adapters/text-extraction/create-text-extractor.ts';
import type { AnyConnector } from '../../../connector-kit/index.ts';
import { allConnectors, createRegistry } from '../../../connectors/registry.ts';
import {
  type AuthProviderDependencies,
  type AuthProviderRegistry,
  credentialsFromProvider,
} from '../../../core/auth-providers/index.ts';
import { type ConnectionStore, createCredentialResolver } from '../../../core/connections/index.ts';
import type { OutboundHttp } from '../../../core/outbound/index.ts';
import { type Quotas, unlimited } from '../../../core/quotas/index.ts';
import type { Encoder } from '../../../core/search/index.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { JobWatcher, pipelineOf, type SyncDependencies, SyncWorker } from '../../../core/sync/index.ts';
import { collectionEndpoints } from '../collections/collection-endpoints.ts';
import { connectEndpoints } from '../connect/connect-endpoints.ts';
import { documentEndpoints } from '../documents/document-endpoints.ts';
import { EventStreams, type EventStreamsOptions } from '../event-streams.ts';
import { searchInstantEndpoint } from '../search/search-instant.ts';
import { connectionEndpoints } from '../source-connections/connection-endpoints.ts';
import { createSourceCatalog } from '../sources/source-catalog.ts';
import { sourceEndpoints } from '../sources/source-endpoints.ts';
import { syncJobEndpoints } from '../sync-jobs/sync-job-endpoints.ts';
import { type Answer, createHttpFixture, type HttpFixture } from './http-fixture.ts';
import { createLimitParts } from './limit-endpoints.ts';
import { createSignInParts, type SignInOptions } from './sign-in-parts.ts';

const modelDirectory = fileURLToPath(new URL('../../../../models/all-MiniLM-L6-v2/', import.meta.url));

/** A server with collections, sources, connections, documents and search; what is asked goes as a key that may do everything. */
export interface SourceFixture extends HttpFixture {
  readonly key: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  createCollection(readableId: string): Promise<void>;
  /** Connects a source, by default the stub with two entities and without a run, to `readableId`. */
  connect(readableId: string, body?: object): Promise<Answer>;
  /** From now on jobs are taken up, until it is stopped. */
  startWorker(): SyncWorker;
  /** Waits until the newest job of the connection has one of the states, and answers with it. */
  waitForJob(connectionId: string, ...states: readonly string[]): Promise<Answer['body']>;
  readonly streams: EventStreams;
  /** Jobs that some stream follows. */
  readonly watchedJobs: number;
  /** Files in the blob store, for tests that nothing is left behind. */
  listBlobs(): Promise<readonly string[]>;
}

/**
 * Real database, index, parsers and blob store; only the encoder is simple.
 *
 * @param options.connectors in addition to all that there are
 * @param options.maxUploadBytes default 1 MB
 */
export async function createSourceFixture(
  options: {
    readonly connectors?: readonly AnyConnector[];
    readonly maxUploadBytes?: number;
    readonly quotas?: Quotas;
    readonly streams?: EventStreamsOptions;
    readonly signIn?: SignInOptions;
    /** Default: all that there are, at their own addresses. */
    readonly authProviders?: (http: OutboundHttp) => AuthProviderRegistry;
  } = {},
): Promise<SourceFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'weft-http-'));
  const blobDirectory = join(directory, 'blobs');
  await mkdir(blobDirectory);
  const index = await openLanceDbIndex({ directory: join(directory, 'index'), logger: silentLogger });
  const extractor = createTextExtractor({
    logger: silentLogger,
    children: 1,
    disabledFormats: [],
    tokenizerPath: modelDirectory,
  });
  const connectors = createRegistry([...allConnectors, ...(options.connectors ?? [])], { includeInternal: true });
  const spool = await openDirectorySpool(join(directory, 'spool'));
  const encoder = createSimpleEncoder();
  const vault = createCredentialVault([new Uint8Array(32).fill(7)]);
  const signIn = createSignInParts(vault, options.signIn ?? {});
  const dependenciesOn = (database: Database): SyncDependencies => ({
    store: createSyncStore(database, options.quotas),
    pushed: createPushedDocumentStore(database),
    memberships: createMembershipStore(database),
    index,
    encoder,
    extractor,
    blobs: createDirectoryBlobStore(blobDirectory),
    spool,
    connectors,
    credentials: createCredentialResolver(vault, {
      signIn: signIn.accessOn(database),
      authProvider: (scope, connector, access) =>
        credentialsFromProvider(authProvidersOn(database), scope, access, connector, { retryDelaysMs: [1, 1] }),
    }),
    policy: { forbiddenRoots: [] },
    limits: { maxFileBytes: 1_000_000, minFreeBytes: 0 },
    logger: silentLogger,
  });
  const outbound = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger });
  const providers = (options.authProviders ?? createAuthProviders)(outbound);
  const authProvidersOn = (database: Database): AuthProviderDependencies => ({
    ...{ providers, providerConnections: createProviderConnectionStore(database), vault },
    features: createFeatureFlagStore(database),
  });
  const streams = new EventStreams(options.streams);
  let watcher: JobWatcher | undefined;
  let fixtureUrl = '';
  const watcherOf = (connections: ConnectionStore) => {
    watcher = new JobWatcher({
      readJobs: (ids) => connections.readJobs(ids),
      logger: silentLogger,
      pollEveryMs: 50,
    });
    return watcher;
  };
  const fixture = await createHttpFixture({
    endpoints: (database, _identityStore, connect) => {
      const dependencies = dependenciesOn(database);
      const { policy, blobs } = dependencies;
      const collections = createCollectionStore(database);
      const connections = createConnectionStore(database);
      const followed = { connections, jobs: watcherOf(connections), streams, logger: silentLogger };
      const documents = createDocumentStore(database);
      const quotas = createQuotaStore(database, options.quotas ?? unlimited);
      const authProviders = authProvidersOn(database);
      const catalog = createSourceCatalog({
        ...{ connectors, providers, requiresOwnClient: () => false },
        features: createFeatureFlagStore(database),
      });
      const limits = createLimitParts(database, {
        ...{ connections, connectors, quotas: options.quotas },
        files: {
          index,
          search: new PostgresSearchStore(database),
          memberships: createMembershipStore(database),
        },
      });
      const flows = { ...signIn.flowsOn(database), apiUrl: () => fixtureUrl };
      return [
        ...collectionEndpoints(collections, encoder),
        ...connectionEndpoints({
          ...{ connections, collections, connectors, vault, policy, documents, quotas, authProviders },
          ...flows,
          memberships: createMembershipStore(database),
        }),
        ...sourceEndpoints({
          ...{ connections, collections, connectors, vault, policy, quotas, authProviders, catalog },
          ...{ browse: createBrowseStore(database), runs: createCollectionRuns(database) },
          credentials: dependencies.credentials,
        }),
        ...documentEndpoints(
          {
            collections,
            documents,
            memberships: createMembershipStore(database),
            blobs,
            pipeline: pipelineOf(dependencies),
            quotas,
            index,
            search: new PostgresSearchStore(database),
          },
          options.maxUploadBytes ?? 1_000_000,
        ),
        ...syncJobEndpoints(followed),
        ...limits.endpoints,
        ...connectEndpoints({
          ...{ collections, connectors, vault, policy, quotas },
          ...flows,
          ...followed,
          ...connect,
          sources: catalog,
          checkSessionEveryMs: 50,
        }),
        searchInstantEndpoint({
          usage: limits.usage,
          index,
          encoder,
          store: new PostgresSearchStore(database),
          freshness: new PostgresFreshnessStore(database),
          memberships: createMembershipStore(database),
        }),
      ];
    },
  });
  fixtureUrl = fixture.url;
  const key = await fixture.createKey();
  const call = (method: string, path: string, body?: unknown) => fixture.ask(method, path, { key, body });
  const workers: SyncWorker[] = [];

  return {
    ...fixture,
    key,
    call,
    async createCollection(readableId) {
      await call('POST', '/collections', { name: `Collection ${readableId}`, readable_id: readableId });
    },
    connect: (readableId, body) =>
      call('POST', '/source-connections', {
        short_name: 'stub',
        readable_collection_id: readableId,
        config: { entity_count: 2 },
        sync_immediately: false,
        ...body,
      }),
    startWorker() {
      const worker = new SyncWorker(dependenciesOn(fixture.database), {
        owner: crypto.randomUUID(),
        concurrency: 1,
        pushConcurrency: 1,
        pollEveryMs: 30,
        renewEveryMs: 50,
      });
      workers.push(worker);
      worker.start();
      return worker;
    },
    async waitForJob(connectionId, ...states) {
      for (const until = Date.now() + 25_000; ; ) {
        const { body } = await call('GET', `/source-connections/${connectionId}/jobs?limit=1`);
        if (states.includes(body[0]?.status)) return body[0];
        if (Date.now() > until) throw new Error(`the job is not ${states}: ${JSON.stringify(body[0])}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async listBlobs() {
      const entries = await readdir(blobDirectory, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    get watchedJobs() {
      return watcher?.size ?? 0;
    },
    streams,
    async close() {
      streams.close();
      watcher?.close();
      await Promise.all(workers.map((worker) => worker.stop()));
      await extractor.close();
      await index.close();
      await signIn.close();
      await fixture.close();
      await outbound.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Every text is the same to it. */
function createSimpleEncoder(): Encoder {
  const vector = new Float32Array(384);
  vector[0] = 1;
  return {
    name: 'simple',
    dimensions: vector.length,
    maxTokens: 256,
    embedQuery: async () => vector,
    embedDocuments: async (texts) => texts.map(() => vector),
    close: async () => undefined,
  };
}
