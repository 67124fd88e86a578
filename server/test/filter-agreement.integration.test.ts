import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../src/adapters/postgres/database.ts';
import { createDocumentFinder } from '../src/adapters/postgres/document-finder.ts';
import { toStorableJson } from '../src/adapters/postgres/storable-json.ts';
import { filterChunks, filterConditions } from '../src/adapters/search-index/filter-cases.ts';
import { matchesFilter } from '../src/adapters/search-index/in-memory/matches-filter.ts';
import { openLanceDbIndex } from '../src/adapters/search-index/lancedb/lancedb-index.ts';
import { chunk, dimensions, fill } from '../src/adapters/search-index/search-index.fixtures.ts';
import {
  type Condition,
  type DocumentFinder,
  type Filter,
  type IndexChunk,
  type IndexRef,
  type OwnField,
  orderOperators,
  type SearchIndex,
} from '../src/core/search/index.ts';
import {
  CollectionId,
  DocumentId,
  type JsonObject,
  newId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  silentLogger,
} from '../src/core/shared/index.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/*
 * What a filter means must not depend on who answers: the database, which counts and lists documents, and the search indexes,
 * which find passages.
 */

let testDatabase: TestDatabase;
let database: Database;
let finder: DocumentFinder;
let index: SearchIndex;
let directory: string;
const scope = new Scope(newId(OrganizationId));
const collectionId = newId(CollectionId);
let ref: IndexRef;

const finite = { noNaN: true, noDefaultInfinity: true } as const;
const instant = fc.date({ min: new Date('1969-01-01'), max: new Date('2030-01-01'), noInvalidDate: true });

/** Fields as a source may have them: few names and values, so that filters meet them, and anything else. */
const ownText = fc.oneof(
  fc.constantFrom('red', 'Red', 'a b', '%', '2024-02-29', '2024-03-01T10:00:00.5+02:00', '2024-02-28 23:59Z', '3', ''),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const ownValue = fc.oneof(ownText, fc.constantFrom(0, 1, 3, -2.5, 1e21, 1e-7), fc.double(finite), fc.boolean());
const ownName = fc.oneof(
  fc.constantFrom('team', 'size', 'team.lead', 'a.b.c', 'a', 'b.c', 'c'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }),
);
const shallow = fc.oneof(
  ownValue,
  fc.constant(null),
  fc.array(fc.oneof(ownValue, fc.constant(null)), { maxLength: 3 }),
);
const record = fc.dictionary(ownName, shallow, { maxKeys: 3 });
const ownFields = fc.dictionary(
  ownName,
  fc.oneof(shallow, record, fc.array(fc.oneof(record, shallow), { maxLength: 3 })),
  {
    maxKeys: 5,
  },
);

const documents: readonly (readonly IndexChunk[])[] = [
  ...filterChunks,
  ...fc.sample(ownFields, { numRuns: 150, seed: 7 }).map((fields, i) => ({ ...filterChunk(i), fields })),
].map(({ chunkId: _, ...template }, i) => {
  const count = 1 + (i % 3);
  const fixed = {
    ...template,
    documentId: newId(DocumentId),
    connectionId: newId(SourceConnectionId),
    isPublic: template.viewers === null ? null : (template.isPublic ?? false),
    fields: toJson(template.fields),
  };
  return Array.from({ length: count }, (_, chunkIndex) => chunk({ ...fixed, chunkIndex, chunkCount: count }));
});
const chunks = documents.flat();
const conditions = filterConditions.filter(({ field }) => field !== 'airweave_system_metadata.sync_job_id');

function filterChunk(i: number): IndexChunk {
  const found = filterChunks[i % filterChunks.length];
  if (found === undefined) throw new Error('there are no chunks');
  return found;
}

/** As it comes out of a file: no `__proto__`, no -0. */
function toJson(fields: unknown): JsonObject {
  return JSON.parse(JSON.stringify(fields));
}

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.connection, { logger: silentLogger });
  finder = createDocumentFinder(database);
  directory = await mkdtemp(join(tmpdir(), 'weft-agreement-'));
  index = await openLanceDbIndex({ directory, logger: silentLogger });
  await addDocuments();
  ref = await fill(index, chunks);
});
afterAll(async () => {
  await index.close();
  await rm(directory, { recursive: true });
  await database.close();
  await testDatabase.drop();
});

async function addDocuments(): Promise<void> {
  const queries = database.system();
  const owner = { organization_id: scope.organizationId };
  await queries.insertInto('organizations').values({ id: scope.organizationId, name: 'Acme' }).execute();
  const collection = { id: collectionId, name: 'C', readable_id: 'c', encoder_name: 'none', dimensions };
  await queries
    .insertInto('collections')
    .values({ ...owner, ...collection })
    .execute();
  const syncIds = new Set<string>();
  for (const [first] of documents) {
    if (first === undefined) continue;
    const connection = { id: first.connectionId, collection_id: collectionId, name: 'S', short_name: first.sourceName };
    await queries
      .insertInto('source_connections')
      .values({ ...owner, ...connection, auth_method: 'direct', is_authenticated: true })
      .execute();
    if (!syncIds.has(first.syncId)) {
      syncIds.add(first.syncId);
      const sync = { id: first.syncId, source_connection_id: first.connectionId };
      await queries
        .insertInto('syncs')
        .values({ ...owner, ...sync })
        .execute();
    }
    const { viewers, isPublic } = first;
    const access = viewers === null ? null : toStorableJson({ viewers, isPublic });
    await queries
      .insertInto('documents')
      .values({
        ...owner,
        id: first.documentId,
        collection_id: collectionId,
        source_connection_id: first.connectionId,
        sync_id: first.syncId,
        entity_id: first.entityId,
        entity_type: first.entityType,
        name: first.name,
        state: 'indexed',
        version: 1,
        chunk_count: first.chunkCount,
        metadata: toStorableJson(first.fields),
        breadcrumbs: toStorableJson(first.breadcrumbs),
        access,
        source_created_at: first.createdAt,
        source_updated_at: first.updatedAt,
      })
      .execute();
  }
}

const sorted = (ids: Iterable<string>) => [...new Set(ids)].toSorted();
const page = { order: 'name', offset: 0, limit: 1000 } as const;

async function expectDatabaseToAgree(filter: Filter): Promise<number> {
  const expected = sorted(chunks.filter((row) => matchesFilter(row, filter)).map((row) => row.documentId));
  const found = await finder.list(scope, collectionId, { filter }, page);
  expect(sorted(found.map(({ id }) => id)), JSON.stringify(filter)).toEqual(expected);
  return expected.length;
}

async function expectIndexToAgree(filter: Filter): Promise<void> {
  const expected = sorted(chunks.filter((row) => matchesFilter(row, filter)).map((row) => row.chunkId));
  const found = await index.retrieve(ref, { text: 'common', filter, limit: 1000 });
  expect(sorted(found.keyword?.map(({ chunkId }) => chunkId) ?? []), JSON.stringify(filter)).toEqual(expected);
}

const ownField = ownName.map((name): OwnField => `raw_source_fields.${name}`);
const ownCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ field: ownField, operator: fc.constantFrom('equals' as const, 'not_equals' as const), value: ownValue }),
  fc.record({
    field: ownField,
    operator: fc.constantFrom('in' as const, 'not_in' as const),
    value: fc.array(ownValue, { maxLength: 4 }),
  }),
  fc.record({ field: ownField, operator: fc.constant('contains' as const), value: ownText }),
  fc.record({ field: ownField, operator: fc.constant('exists' as const), value: fc.boolean() }),
  fc.record(
    {
      field: ownField,
      operator: fc.constantFrom(...orderOperators),
      value: fc.oneof(fc.constantFrom(0, 3, -2.5), fc.double(finite), instant),
      isNegated: fc.constant(true as const),
    },
    { requiredKeys: ['field', 'operator', 'value'] },
  ),
);
const anyCondition = fc.oneof(ownCondition, fc.constantFrom(...conditions));
const anyFilter = fc.array(fc.array(anyCondition, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

describe('a filter means the same to the database as to the search indexes', () => {
  const byField = Map.groupBy(conditions, ({ field }) => field);
  it.each([...byField.keys()])('on %s, with each operator', async (field) => {
    let selected = 0;
    for (const condition of byField.get(field) ?? []) selected += await expectDatabaseToAgree([[condition]]);
    expect(selected).toBeGreaterThan(0);
  });

  it('for random groups of conditions, in the database', async () => {
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        await expectDatabaseToAgree(filter);
      }),
      { numRuns: 400 },
    );
  }, 60_000);

  it('for random groups of conditions, in the embedded index', async () => {
    await fc.assert(fc.asyncProperty(anyFilter, expectIndexToAgree), { numRuns: 150 });
  }, 60_000);
});
