import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { createDirectoryBlobStore } from '../src/adapters/blob-store/directory-blob-store.ts';
import { openDirectorySpool } from '../src/adapters/blob-store/directory-spool.ts';
import { createCredentialVault } from '../src/adapters/credential-vault/credential-vault.ts';
import { createCollectionStore } from '../src/adapters/postgres/collection-store.ts';
import { createConnectionStore } from '../src/adapters/postgres/connection-store.ts';
import { type Database, openDatabase } from '../src/adapters/postgres/database.ts';
import { createDocumentStore, createPushedDocumentStore } from '../src/adapters/postgres/document-store.ts';
import { createIdentityStore } from '../src/adapters/postgres/identity-store.ts';
import { createMembershipStore } from '../src/adapters/postgres/membership-store.ts';
import { createQuotaStore } from '../src/adapters/postgres/quota-store.ts';
import { PostgresSearchStore } from '../src/adapters/postgres/search-store.ts';
import { createSyncStore } from '../src/adapters/postgres/sync-store.ts';
import { openLanceDbIndex } from '../src/adapters/search-index/lancedb/lancedb-index.ts';
import { createTextExtractor } from '../src/adapters/text-extraction/create-text-extractor.ts';
import { type AnyConnector, defineConnector, type Page, type Stream } from '../src/connector-kit/index.ts';
import type { Caller } from '../src/core/access/index.ts';
import { type Collection, createCollection } from '../src/core/collections/index.ts';
import {
  type ConnectionDependencies,
  createConnection,
  createCredentialResolver,
  type SourceConnection,
} from '../src/core/connections/index.ts';
import type { PushDependencies } from '../src/core/documents/index.ts';
import { type Quotas, unlimited } from '../src/core/quotas/index.ts';
import { type Encoder, type MembershipStore, SearchQuery, searchCollection } from '../src/core/search/index.ts';
import { type Logger, newId, Scope, SyncJobId, silentLogger } from '../src/core/shared/index.ts';
import {
  pipelineOf,
  type SyncDependencies,
  type SyncJob,
  SyncWorker,
  type SyncWorkerOptions,
} from '../src/core/sync/index.ts';
import { createTestDatabase } from './test-database.ts';

const modelDirectory = fileURLToPath(new URL('../models/all-MiniLM-L6-v2/', import.meta.url));

/** A source whose pages the test decides, run after run. */
export interface ScriptedSource {
  pages: (checkpoint: unknown, signal: AbortSignal) => AsyncIterable<Page>;
  mode: Stream['mode'];
  /** Set before the first run: then the source says who is in which group. */
  memberships?: NonNullable<AnyConnector['memberships']>;
}

/** An encoder that counts: a text's vector is made of its words, so equal words are near. */
export interface CountingEncoder extends Encoder {
  readonly embedded: string[];
  /** Texts with this word cannot be embedded. */
  breaksOn: string | undefined;
}

export interface SyncFixture {
  readonly database: Database;
  /** For what only the database's owner may do. */
  readonly databaseUrl: string;
  readonly dependencies: SyncDependencies & { readonly memberships: MembershipStore };
  readonly connectionDependencies: ConnectionDependencies;
  readonly caller: Caller;
  readonly collection: Collection;
  readonly source: ScriptedSource;
  readonly encoder: CountingEncoder;
  /** Connects the scripted source; nothing runs until a worker does. */
  connect(): Promise<SourceConnection>;
  startWorker(options?: Partial<SyncWorkerOptions>): SyncWorker;
  /** Begins a run and waits for its end. */
  run(connection: SourceConnection, options?: { readonly forceFull?: boolean }): Promise<SyncJob>;
  waitForEnd(connection: SourceConnection): Promise<SyncJob>;
  readonly pushDependencies: PushDependencies;
  /** Passages of the hits, best first. */
  search(query: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Real database, index, parsers and blob store; only source and encoder are the test's. */
export async function createSyncFixture(
  options: { readonly logger?: Logger; readonly quotas?: Quotas } = {},
): Promise<SyncFixture> {
  const { quotas = unlimited } = options;
  const logger = options.logger ?? silentLogger;
  const directory = await mkdtemp(join(tmpdir(), 'weft-sync-'));
  const testDatabase = await createTestDatabase();
  const database = await openDatabase(testDatabase.connection, { logger, maxConnections: 10 });
  const owner = await createIdentityStore(database).ensureFirstOwner({
    email: 'a@example.com',
    organizationName: 'One',
  });
  const caller: Caller = {
    scope: new Scope(owner.organization.id),
    kind: 'local',
    userId: owner.user.id,
    email: owner.user.email,
    role: 'owner',
    keyScopes: null,
    collections: null,
  };
  const source: ScriptedSource = { pages: async function* () {}, mode: 'full' };
  const connectors: readonly AnyConnector[] = [scriptedConnector(source), documentsConnector()];
  const encoder = createCountingEncoder();
  const index = await openLanceDbIndex({ directory: join(directory, 'index'), logger });
  const extractor = createTextExtractor({ logger, children: 1, disabledFormats: [], tokenizerPath: modelDirectory });
  const vault = createCredentialVault([new Uint8Array(32).fill(7)]);
  const dependencies: SyncFixture['dependencies'] = {
    store: createSyncStore(database, quotas),
    pushed: createPushedDocumentStore(database),
    memberships: createMembershipStore(database),
    index,
    encoder,
    extractor,
    blobs: createDirectoryBlobStore(directory),
    spool: await openDirectorySpool(join(directory, 'spool')),
    connectors: { find: (name) => connectors.find((one) => one.shortName === name), list: () => connectors },
    credentials: createCredentialResolver(vault),
    policy: { forbiddenRoots: [] },
    limits: { maxFileBytes: 1_000_000, minFreeBytes: 0 },
    logger,
  };
  const connectionDependencies: ConnectionDependencies = {
    connections: createConnectionStore(database),
    collections: createCollectionStore(database),
    connectors: dependencies.connectors,
    vault,
    policy: dependencies.policy,
    quotas: createQuotaStore(database, quotas),
  };
  const collection = await createCollection(connectionDependencies.collections, encoder, caller, {
    name: 'Under test',
    readableId: null,
    syncConfig: null,
  });
  const workers: SyncWorker[] = [];

  const waitForEnd = async (connection: SourceConnection): Promise<SyncJob> => {
    for (;;) {
      const [job] = await connectionDependencies.connections.listJobs(caller.scope, connection.id, 1);
      if (job !== undefined && ['completed', 'failed', 'cancelled'].includes(job.status)) return job;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  const startWorker = (workerOptions: Partial<SyncWorkerOptions> = {}) => {
    const worker = new SyncWorker(dependencies, {
      owner: crypto.randomUUID(),
      concurrency: 1,
      pushConcurrency: 1,
      pollEveryMs: 30,
      renewEveryMs: 50,
      ...workerOptions,
    });
    workers.push(worker);
    worker.start();
    return worker;
  };

  return {
    database,
    databaseUrl: testDatabase.url,
    dependencies,
    connectionDependencies,
    caller,
    collection,
    source,
    encoder,
    connect: () =>
      createConnection(connectionDependencies, caller, {
        shortName: 'scripted',
        readableCollectionId: collection.readableId,
        description: null,
        config: null,
        schedule: { cron: '0 0 * * *' },
        syncImmediately: false,
        authentication: { method: 'none' },
      }),
    startWorker,
    waitForEnd,
    pushDependencies: {
      collections: connectionDependencies.collections,
      documents: createDocumentStore(database),
      memberships: dependencies.memberships,
      blobs: dependencies.blobs,
      pipeline: pipelineOf(dependencies),
      quotas: connectionDependencies.quotas,
    },
    async run(connection, { forceFull = false } = {}) {
      if (connection.sync === null) throw new Error('the connection has no sync');
      await connectionDependencies.connections.startJob(caller.scope, connection.sync.id, {
        id: newId(SyncJobId),
        trigger: 'manual',
        forceFull,
      });
      return waitForEnd(connection);
    },
    async search(query) {
      const { results } = await searchCollection(
        { index, encoder, store: new PostgresSearchStore(database) },
        caller.scope,
        {
          collection: { id: collection.id, generation: 1, encoderName: encoder.name },
          query: SearchQuery.parse(query),
          strategy: 'keyword',
          limit: 50,
          offset: 0,
          groupBy: 'chunk',
        },
        new AbortController().signal,
      );
      return results.map((hit) => hit.chunk.text);
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await extractor.close();
      await index.close();
      await database.close();
      await testDatabase.drop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Page of text entities with ids `d<n>`. */
export function textPage(texts: Readonly<Record<string, string>>, checkpoint: Page['checkpoint']): Page {
  return {
    checkpoint,
    entities: Object.entries(texts).map(([id, text]) => ({
      id,
      type: 'NoteEntity',
      name: `Note ${id}`,
      breadcrumbs: [],
      fields: {},
      text,
    })),
  };
}

function scriptedConnector(source: ScriptedSource): AnyConnector {
  const connector = defineConnector({
    shortName: 'scripted',
    displayName: 'Scripted',
    description: 'What the test says',
    className: 'ScriptedSource',
    labels: [],
    authMethods: ['direct'],
    isInternal: true,
    supportsContinuous: true,
    config: z.object({}),
    configFields: [],
    credentials: z.object({}),
    credentialFields: [],
    entityTypes: [{ name: 'NoteEntity', description: 'A note' }],
    streams: {
      notes: {
        get mode() {
          return source.mode;
        },
        read: ({ checkpoint, signal }) => source.pages(checkpoint, signal),
      },
    },
    validate: async () => undefined,
  });
  return Object.defineProperty(connector, 'memberships', { get: () => source.memberships });
}

function documentsConnector(): AnyConnector {
  return { ...scriptedConnector({ pages: async function* () {}, mode: 'full' }), shortName: 'documents', streams: {} };
}

function createCountingEncoder(): CountingEncoder {
  const dimensions = 384;
  const toVector = (text: string): Float32Array => {
    const vector = new Float32Array(dimensions);
    for (const word of text.toLowerCase().match(/\w+/g) ?? ['nothing']) {
      let hash = 7;
      for (const character of word) hash = (hash * 31 + character.charCodeAt(0)) % dimensions;
      vector[hash] = (vector[hash] ?? 0) + 1;
    }
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const encoder: CountingEncoder = {
    name: 'counting',
    dimensions,
    maxTokens: 256,
    embedded: [],
    breaksOn: undefined,
    embedQuery: async (text) => toVector(text),
    embedDocuments: async (texts) => {
      encoder.embedded.push(...texts);
      return texts.map((text) =>
        encoder.breaksOn !== undefined && text.includes(encoder.breaksOn) ? new Error('it broke') : toVector(text),
      );
    },
    close: async () => undefined,
  };
  return encoder;
}
