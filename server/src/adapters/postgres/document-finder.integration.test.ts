import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import type { DocumentFinder, Filter } from '../../core/search/index.ts';
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
import { createDocumentFinder } from './document-finder.ts';

let testDatabase: TestDatabase;
let database: Database;
let finder: DocumentFinder;
const scope = new Scope(newId(OrganizationId));
const stranger = new Scope(newId(OrganizationId));
const collectionId = newId(CollectionId);
const otherCollectionId = newId(CollectionId);
const day = (number: number) => new Date(`2026-01-${String(number).padStart(2, '0')}`);

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.connection, { logger: silentLogger });
  finder = createDocumentFinder(database);
  for (const { organizationId } of [scope, stranger]) {
    await database.system().insertInto('organizations').values({ id: organizationId, name: 'Acme' }).execute();
  }
  for (const id of [collectionId, otherCollectionId]) {
    const collection = { name: 'C', readable_id: id, encoder_name: 'none', dimensions: 4 };
    await database
      .scoped(scope)
      .insertInto('collections')
      .values({ id, organization_id: scope.organizationId, ...collection })
      .execute();
  }
  const add = await addConnection(collectionId);
  await add({ name: 'b', source_updated_at: day(3), chunk_count: 2, url: 'https://example.com/b' });
  await add({ name: 'a', source_created_at: day(5) });
  await add({ name: 'c' });
  await add({
    name: 'anna',
    source_created_at: day(4),
    access: { viewers: ['user:anna@example.com'], isPublic: false },
  });
  await add({ name: 'public', source_created_at: day(1), access: { viewers: [], isPublic: true } });
  await add({ name: 'failed later', source_created_at: day(2), state: 'failed' });
  await add({ name: 'never indexed', version: 0, state: 'failed' });
  await add({ name: 'excluded', excluded_at: day(1) });
  await (await addConnection(collectionId, day(1)))({ name: 'of a connection being deleted' });
  await (await addConnection(otherCollectionId))({ name: 'of another collection' });
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function addConnection(ofCollection: CollectionId, deletedAt: Date | null = null) {
  const [connectionId, syncId] = [newId(SourceConnectionId), newId(SyncId)];
  const owner = { organization_id: scope.organizationId };
  const queries = database.scoped(scope);
  const connection = { name: 'Stub', short_name: 'stub', auth_method: 'direct', is_authenticated: true } as const;
  await queries
    .insertInto('source_connections')
    .values({ ...owner, ...connection, id: connectionId, collection_id: ofCollection, deleted_at: deletedAt })
    .execute();
  await queries
    .insertInto('syncs')
    .values({ ...owner, id: syncId, source_connection_id: connectionId })
    .execute();
  return async ({ name, access, ...some }: { name: string; access?: object } & Record<string, unknown>) => {
    await queries
      .insertInto('documents')
      .values({
        ...owner,
        ...{ id: newId(DocumentId), collection_id: ofCollection, source_connection_id: connectionId, sync_id: syncId },
        ...{ entity_id: `id of ${name}`, entity_type: 'Note', name, state: 'indexed', version: 1 },
        access: access === undefined ? null : JSON.stringify(access),
        ...some,
      })
      .execute();
  };
}

const page = { order: 'newest', offset: 0, limit: 100 } as const;
const namesOf = async (selection: Parameters<DocumentFinder['list']>[2], some: object = {}) =>
  (await finder.list(scope, collectionId, selection, { ...page, ...some })).map(({ name }) => name);

describe('the document finder', () => {
  it('counts and lists what searches show: not excluded, never failed at first, of a connection that stays', async () => {
    expect(await finder.count(scope, collectionId, {})).toBe(6);
    expect(await namesOf({})).toEqual(['a', 'anna', 'b', 'failed later', 'public', 'c']);
  });

  it('lists by time and by name, in pages that do not overlap', async () => {
    expect(await namesOf({}, { order: 'oldest' })).toEqual(['public', 'failed later', 'b', 'anna', 'a', 'c']);
    expect(await namesOf({}, { order: 'name' })).toEqual(['a', 'anna', 'b', 'c', 'failed later', 'public']);
    expect(await namesOf({}, { order: 'name', offset: 1, limit: 2 })).toEqual(['anna', 'b']);
    expect(await namesOf({}, { offset: 6 })).toEqual([]);
  });

  it('gives all that a list shows', async () => {
    const filter: Filter = [[{ field: 'name', operator: 'equals', value: 'b' }]];
    expect(await finder.list(scope, collectionId, { filter }, page)).toEqual([
      {
        id: expect.any(String),
        connectionId: expect.any(String),
        sourceName: 'stub',
        entityId: 'id of b',
        entityType: 'Note',
        name: 'b',
        url: 'https://example.com/b',
        breadcrumbs: [],
        createdAt: null,
        updatedAt: day(3),
        chunkCount: 2,
      },
    ]);
  });

  it('shows what is restricted to its viewers only, in lists, counts and facets', async () => {
    const anna = { principals: ['user:anna@example.com'] };
    const nobody = { principals: [] };
    expect(await namesOf(anna)).toContain('anna');
    expect(await namesOf(nobody)).toEqual(['a', 'b', 'failed later', 'public', 'c']);
    expect([await finder.count(scope, collectionId, anna), await finder.count(scope, collectionId, nobody)]).toEqual([
      6, 5,
    ]);
    const request = { fields: ['name' as const], valuesPerField: 100 };
    const [facet] = await finder.facets(scope, collectionId, nobody, request);
    expect(facet?.values.map(({ value }) => value)).toEqual(['a', 'b', 'c', 'failed later', 'public']);
  });

  it('shows nothing to other organisations', async () => {
    const request = { fields: ['name' as const], valuesPerField: 100 };
    expect(await finder.count(stranger, collectionId, {})).toBe(0);
    expect(await finder.list(stranger, collectionId, {}, page)).toEqual([]);
    expect(await finder.facets(stranger, collectionId, {}, request)).toEqual([
      { field: 'name', values: [], isCut: false },
    ]);
  });

  it('asks of one passage all that a group says of passages', async () => {
    const where = (entity: string, number: number): Filter => [
      [
        { field: 'entity_id', operator: 'equals', value: entity },
        { field: 'airweave_system_metadata.chunk_index', operator: 'equals', value: number },
      ],
    ];
    expect(await namesOf({ filter: where('id of b__chunk_1', 1) })).toEqual(['b']);
    expect(await namesOf({ filter: where('id of b__chunk_1', 0) })).toEqual([]);
    expect(await namesOf({ filter: where('id of b__chunk_2', 2) })).toEqual([]);
  });

  it('takes a filter of 10,000 values', async () => {
    const values = Array.from({ length: 10_000 }, (_, i) => `value ${i}`);
    const filter: Filter = [
      [{ field: 'name', operator: 'in', value: [...values, 'b'] }],
      [{ field: 'raw_source_fields.x', operator: 'in', value: values }],
    ];
    expect(await namesOf({ filter })).toEqual(['b']);
  });
});
