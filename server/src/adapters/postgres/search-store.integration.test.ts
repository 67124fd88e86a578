import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import type { SearchStore } from '../../core/search/index.ts';
import {
  CollectionId,
  DocumentId,
  newId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
  silentLogger,
} from '../../core/shared/index.ts';
import { type Database, openDatabase } from './database.ts';
import { PostgresSearchStore } from './search-store.ts';

let testDatabase: TestDatabase;
let database: Database;
let store: SearchStore;
const scope = new Scope(newId(OrganizationId));
const stranger = new Scope(newId(OrganizationId));

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.connection, { logger: silentLogger });
  store = new PostgresSearchStore(database);
  for (const { organizationId } of [scope, stranger]) {
    await database.system().insertInto('organizations').values({ id: organizationId, name: 'Acme' }).execute();
  }
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function addCollection(readableId: string, deletedAt: Date | null = null): Promise<CollectionId> {
  const id = newId(CollectionId);
  await database
    .scoped(scope)
    .insertInto('collections')
    .values({
      id,
      organization_id: scope.organizationId,
      name: 'Papers',
      readable_id: readableId,
      index_generation: 3,
      encoder_name: 'test-encoder',
      dimensions: 4,
      deleted_at: deletedAt,
    })
    .execute();
  return id;
}

async function addConnection(collectionId: CollectionId, deletedAt: Date | null = null) {
  const [connectionId, syncId] = [newId(SourceConnectionId), newId(SyncId)];
  const owner = { organization_id: scope.organizationId };
  const queries = database.scoped(scope);
  await queries
    .insertInto('source_connections')
    .values({
      ...owner,
      id: connectionId,
      collection_id: collectionId,
      name: 'Stub',
      short_name: 'stub',
      auth_method: 'direct',
      is_authenticated: true,
      deleted_at: deletedAt,
    })
    .execute();
  await queries
    .insertInto('syncs')
    .values({ ...owner, id: syncId, source_connection_id: connectionId })
    .execute();
  return async (version: number): Promise<DocumentId> => {
    const id = newId(DocumentId);
    await queries
      .insertInto('documents')
      .values({
        ...owner,
        id,
        collection_id: collectionId,
        source_connection_id: connectionId,
        sync_id: syncId,
        entity_id: id,
        entity_type: 'StubEntity',
        name: 'A document',
        state: 'indexed',
        version,
      })
      .execute();
    return id;
  };
}

describe('the search store', () => {
  it('finds a collection with the generation to search and the encoder of its vectors', async () => {
    const id = await addCollection('papers');
    expect(await store.findCollection(scope, 'papers')).toEqual({ id, generation: 3, encoderName: 'test-encoder' });
  });

  it('finds no collection that is missing, deleted or of another organisation', async () => {
    await addCollection('kept');
    await addCollection('dropped', new Date());
    expect(await store.findCollection(scope, 'missing')).toBeUndefined();
    expect(await store.findCollection(scope, 'dropped')).toBeUndefined();
    expect(await store.findCollection(stranger, 'kept')).toBeUndefined();
  });

  it('gives the committed versions of live documents of the collection, and of no others', async () => {
    const collectionId = await addCollection('versions');
    const addDocument = await addConnection(collectionId);
    const [first, second] = [await addDocument(7), await addDocument(8)];
    const ofDeletedConnection = await (await addConnection(collectionId, new Date()))(9);
    const ofOtherCollection = await (await addConnection(await addCollection('elsewhere')))(10);
    const asked = [first, second, ofDeletedConnection, ofOtherCollection, newId(DocumentId)];
    expect(await store.visibleVersions(scope, collectionId, asked)).toEqual(
      new Map([
        [first, 7],
        [second, 8],
      ]),
    );
    expect(await store.visibleVersions(stranger, collectionId, asked)).toEqual(new Map());
    expect(await store.visibleVersions(scope, collectionId, [])).toEqual(new Map());
  });

  it('finds syncs of connections of the collection, and of no others', async () => {
    const collectionId = await addCollection('syncs');
    await addConnection(collectionId);
    await addConnection(collectionId, new Date());
    await addConnection(await addCollection('other-syncs'));
    const connections = await database.system().selectFrom('source_connections').select('id').execute();
    const ids = connections.map(({ id }) => id);
    expect(await store.listSyncIds(scope, collectionId, ids)).toHaveLength(1);
    expect(await store.listSyncIds(scope, collectionId, [])).toEqual([]);
    expect(await store.listSyncIds(stranger, collectionId, ids)).toEqual([]);
  });

  it('tells types and fields of live connections, to the organisation only, and restricted ones to their viewers', async () => {
    const collectionId = await addCollection('contents');
    const id = await (await addConnection(collectionId))(1);
    const gone = await (await addConnection(collectionId, new Date()))(1);
    await database
      .scoped(scope)
      .updateTable('documents')
      .set({
        metadata: JSON.stringify({ team: 'red' }),
        access: JSON.stringify({ viewers: ['user:anna@example.com'], isPublic: false }),
      })
      .where('id', 'in', [id, gone])
      .execute();
    const types = [{ sourceName: 'stub', entityType: 'StubEntity' }];
    expect(await store.describeContents(scope, collectionId)).toEqual({ types });
    expect(await store.describeContents(stranger, collectionId)).toEqual({ types: [] });
    const seen = {
      documentCount: 1,
      fields: [{ name: 'team', types: ['string'], documentCount: 1, examples: ['red'] }],
    };
    const nothing = { documentCount: 0, fields: [] };
    expect(await store.sampleFields(scope, collectionId, {})).toEqual(seen);
    const principals = ['user:anna@example.com'];
    expect(await store.sampleFields(scope, collectionId, { principals })).toEqual(seen);
    expect(await store.sampleFields(scope, collectionId, { principals: ['user:bob@example.com'] })).toEqual(nothing);
    expect(await store.sampleFields(scope, collectionId, { principals: [] })).toEqual(nothing);
    expect(await store.sampleFields(stranger, collectionId, {})).toEqual(nothing);
  });
});
