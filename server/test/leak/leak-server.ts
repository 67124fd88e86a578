import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { createDirectoryBlobStore } from '../../src/adapters/blob-store/directory-blob-store.ts';
import { createCollectionStore } from '../../src/adapters/postgres/collection-store.ts';
import { type Database, openDatabase } from '../../src/adapters/postgres/database.ts';
import { createDocumentFinder } from '../../src/adapters/postgres/document-finder.ts';
import { createDocumentStore } from '../../src/adapters/postgres/document-store.ts';
import { PostgresFreshnessStore } from '../../src/adapters/postgres/freshness-store.ts';
import { createIdentityStore } from '../../src/adapters/postgres/identity-store.ts';
import { createMembershipStore } from '../../src/adapters/postgres/membership-store.ts';
import { createQuotaStore } from '../../src/adapters/postgres/quota-store.ts';
import { PostgresSearchStore } from '../../src/adapters/postgres/search-store.ts';
import { createSearchableCollections } from '../../src/adapters/postgres/searchable-collections.ts';
import { openLanceDbIndex } from '../../src/adapters/search-index/lancedb/lancedb-index.ts';
import { type Caller, createApiKey, createAuthenticator, type KeyScope } from '../../src/core/access/index.ts';
import { unlimited } from '../../src/core/quotas/index.ts';
import { type IndexChunk, type MembershipStore, toStoredLabel } from '../../src/core/search/index.ts';
import { Scope, silentLogger } from '../../src/core/shared/index.ts';
import { agentToolEndpoints } from '../../src/entrypoints/http/agent-tools/agent-tool-endpoints.ts';
import { documentEndpoints } from '../../src/entrypoints/http/documents/document-endpoints.ts';
import { EventStreams } from '../../src/entrypoints/http/event-streams.ts';
import { createHttpServer } from '../../src/entrypoints/http/http-server.ts';
import { createOriginPolicy } from '../../src/entrypoints/http/origin-policy.ts';
import { searchEndpoints } from '../../src/entrypoints/http/search/search-endpoints.ts';
import { type LeakConnection, type LeakDocument, type LeakOrganization, type LeakWorld, markOf } from './leak-world.ts';

export interface LeakServer {
  readonly memberships: MembershipStore;
  /** A real key. */
  createKey(
    organization: LeakOrganization,
    limits: { readonly scopes: readonly KeyScope[] | null; readonly collections: readonly string[] | null },
  ): Promise<string>;
  /** What a signed-in user sends. */
  signIn(organization: LeakOrganization, email: string | null): string;
  ask(secret: string, method: string, path: string, body?: object): Promise<{ status: number; text: string }>;
  load(connection: LeakConnection): Promise<void>;
  close(): Promise<void>;
}

const dimensions = 32;
const signedIn = 'signed-in-';

/** The endpoints that show text or names of documents, over HTTP, on a real database and a real index that hold the world. */
export async function startLeakServer(connection: pg.PoolConfig, world: LeakWorld): Promise<LeakServer> {
  await using starting = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'weft-leak-'));
  starting.defer(() => rm(directory, { recursive: true }));
  const database = await openDatabase(connection, { logger: silentLogger, maxConnections: 12 });
  starting.defer(() => database.close());
  const index = await openLanceDbIndex({ directory: join(directory, 'index'), logger: silentLogger });
  starting.defer(() => index.close());
  const identityStore = createIdentityStore(database);
  const memberships = createMembershipStore(database);
  const blobs = createDirectoryBlobStore(directory);
  const users = new Map<string, Caller>();
  await insertWorld(database, world);
  for (const collection of world.collections) {
    const ref = { scope: new Scope(collection.organization.id), collectionId: collection.id, generation: 1 };
    await index.create(ref, { dimensions });
    const own = world.documents.filter((document) => document.connection.collection === collection);
    await index.upsert(ref, own.flatMap(toChunks));
  }
  const store = new PostgresSearchStore(database);
  const documents = createDocumentFinder(database);
  const search = {
    ...{ index, store, documents, memberships, streams: new EventStreams(), logger: silentLogger },
    freshness: new PostgresFreshnessStore(database),
    collections: createSearchableCollections(database),
    encoder: { name: 'by-letters', embedQuery: async (text: string) => embed(text) },
  };
  const endpoints = [
    ...searchEndpoints(search),
    ...agentToolEndpoints(search),
    ...documentEndpoints(
      {
        ...{ index, memberships, blobs, search: store, pipeline: 'test' },
        collections: createCollectionStore(database),
        documents: createDocumentStore(database),
        quotas: createQuotaStore(database, unlimited),
      },
      1_000_000,
    ),
  ];
  const authenticator = createAuthenticator({
    ...{ store: identityStore, logger: silentLogger, localOwner: null, operatorToken: null },
  });
  const http = createHttpServer({
    endpoints,
    authenticator: {
      ...authenticator,
      // What signing in gives is a caller like these.
      authenticate: async (credentials) =>
        users.get(credentials.bearer ?? '') ?? (await authenticator.authenticate(credentials)),
    },
    originPolicy: createOriginPolicy({
      ...{ isOpen: false, boundHost: '127.0.0.1', publicUrl: undefined, additionalOrigins: [] },
    }),
    logger: silentLogger,
    onAnswered: () => undefined,
  });
  starting.defer(() => authenticator.close());
  starting.defer(() => http.close());
  const { url } = await http.listen('127.0.0.1', 0);
  const running = starting.move();
  return {
    memberships,
    createKey: async ({ id }, limits) => {
      const caller = toUser(id, null);
      return (await createApiKey(identityStore, caller, { name: null, expirationDays: 1, ...limits })).secret;
    },
    signIn: ({ id }, email) => {
      const secret = `${signedIn}${users.size}`;
      users.set(secret, toUser(id, email));
      return secret;
    },
    ask: async (secret, method, path, body) => {
      const response = await fetch(url + path, {
        method,
        headers: {
          ...(secret.startsWith(signedIn) ? { authorization: `Bearer ${secret}` } : { 'x-api-key': secret }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, text: await response.text() };
    },
    load: async ({ id, collection, memberships: given }) => {
      const scope = new Scope(collection.organization.id);
      if (given === null) await memberships.markNotLoaded(scope, id, 'the source does not say');
      else await memberships.replace(scope, id, [given] as unknown as AsyncIterable<typeof given>);
    },
    close: () => running.disposeAsync(),
  };
}

function toUser(organizationId: LeakOrganization['id'], email: string | null): Caller {
  const scope = new Scope(organizationId);
  return { scope, kind: 'user', userId: null, email, role: 'member', keyScopes: null, collections: null };
}

function embed(text: string): Float32Array {
  const vector = new Float32Array(dimensions).fill(0.1);
  for (const character of text.slice(0, 100)) {
    const place = (character.codePointAt(0) ?? 0) % dimensions;
    vector[place] = (vector[place] ?? 0) + 1;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** As a sync stores them. */
function storedAccess({ access, connection }: LeakDocument): LeakDocument['access'] {
  if (access === null) return null;
  const { isGuarded } = connection;
  return {
    ...access,
    viewers: access.viewers.map((label) => toStoredLabel(label, connection.id, { isGuarded })),
  };
}

function fieldsOf(document: LeakDocument) {
  return { team: document.team, secret: markOf(document), [`own ${markOf(document)}`]: true };
}

const textOf = (document: LeakDocument) => `The quarterly figures of ${document.team}: ${markOf(document)}.`;

function toChunks(document: LeakDocument): readonly IndexChunk[] {
  const access = storedAccess(document);
  const chunkCount = 1 + (document.number % 2);
  return Array.from({ length: chunkCount }, (_, chunkIndex) => ({
    ...{ chunkId: `${document.id}-${chunkIndex}`, documentId: document.id, version: 1 },
    ...{ connectionId: document.connection.id, syncId: document.connection.syncId, syncJobId: 'job' },
    ...{ sourceName: document.connection.shortName, entityId: document.entityId, entityType: 'NoteEntity' },
    name: `Figures ${markOf(document)}`,
    breadcrumbs: [{ entityId: 'f', name: `Folder of ${markOf(document)}`, entityType: 'FolderEntity' }],
    ...{ url: null, createdAt: null, updatedAt: null, chunkIndex, chunkCount, headings: [] },
    text: textOf(document),
    ...{ viewers: access?.viewers ?? null, isPublic: access?.isPublic ?? null },
    fields: fieldsOf(document),
    vector: embed(textOf(document)),
  }));
}

async function insertWorld(database: Database, world: LeakWorld): Promise<void> {
  const queries = database.system();
  for (const { id } of world.organizations) {
    await queries.insertInto('organizations').values({ id, name: id, created_at: new Date() }).execute();
  }
  for (const { id, readableId, organization } of world.collections) {
    const encoder = { encoder_name: 'by-letters', dimensions };
    await queries
      .insertInto('collections')
      .values({ id, organization_id: organization.id, name: readableId, readable_id: readableId, ...encoder })
      .execute();
  }
  for (const { id, syncId, shortName, collection } of world.connections) {
    const owner = { organization_id: collection.organization.id };
    const connection = {
      name: shortName,
      short_name: shortName,
      auth_method: 'direct',
      is_authenticated: true,
    } as const;
    await queries
      .insertInto('source_connections')
      .values({ ...owner, ...connection, id, collection_id: collection.id })
      .execute();
    await queries
      .insertInto('syncs')
      .values({ ...owner, id: syncId, source_connection_id: id })
      .execute();
  }
  for (const document of world.documents) {
    const { connection } = document;
    const access = storedAccess(document);
    await queries
      .insertInto('documents')
      .values({
        ...{ id: document.id, organization_id: connection.collection.organization.id },
        ...{ collection_id: connection.collection.id, source_connection_id: connection.id, sync_id: connection.syncId },
        ...{ entity_id: document.entityId, entity_type: 'NoteEntity', name: `Figures ${markOf(document)}` },
        ...{ state: 'indexed', version: 1, chunk_count: 1 + (document.number % 2) },
        metadata: JSON.stringify(fieldsOf(document)),
        access: access === null ? null : JSON.stringify(access),
      })
      .execute();
  }
}
