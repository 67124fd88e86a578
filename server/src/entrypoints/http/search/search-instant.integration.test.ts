import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../../adapters/postgres/database.ts';
import { PostgresFreshnessStore } from '../../../adapters/postgres/freshness-store.ts';
import { createMembershipStore } from '../../../adapters/postgres/membership-store.ts';
import { PostgresSearchStore } from '../../../adapters/postgres/search-store.ts';
import { openLanceDbIndex } from '../../../adapters/search-index/lancedb/lancedb-index.ts';
import type { IndexChunk, SearchIndex } from '../../../core/search/index.ts';
import {
  CollectionId,
  DocumentId,
  newId,
  type OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
  silentLogger,
} from '../../../core/shared/index.ts';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { searchInstantEndpoint } from './search-instant.ts';

const path = '/collections/papers/search/instant';
const collectionId = newId(CollectionId);
const connectionId = newId(SourceConnectionId);
const syncId = newId(SyncId);
const topics = ['anchor', 'bridge', 'castle', 'desert', 'engine', 'forest', 'garden', 'harbor'];

/** Where a text stands among the topics: what a model does, by counting words. */
function embed(text: string): Float32Array {
  const counts = topics.map((topic) => 0.05 + text.split(topic).length - 1);
  const length = Math.hypot(...counts);
  return Float32Array.from(counts, (count) => count / length);
}

/** Passage `number` of a fixed corpus: 400 documents of three passages, of one to four topics in changing order. */
function passage(number: number): string {
  const words = Array.from({ length: 1 + (number % 4) }, (_, place) => topics[(number * 3 + place * (number % 7)) % 8]);
  return `Passage ${number} tells of the ${words.join(' and the ')}.`;
}

let fixture: HttpFixture;
let index: SearchIndex;
let directory: string;
let key: string;
const documentIds = Array.from({ length: 400 }, () => newId(DocumentId));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weft-search-'));
  index = await openLanceDbIndex({ directory, logger: silentLogger });
  fixture = await createHttpFixture({
    endpoints: (database) => [
      searchInstantEndpoint({
        index,
        store: new PostgresSearchStore(database),
        freshness: new PostgresFreshnessStore(database),
        memberships: createMembershipStore(database),
        encoder: { name: 'topics', embedQuery: async (text) => embed(text) },
      }),
    ],
  });
  key = await fixture.createKey();
  const { id } = fixture.owner.organization;
  await addRows(fixture.database, id);
  const ref = { scope: new Scope(id), collectionId, generation: 1 };
  await index.create(ref, { dimensions: topics.length });
  const chunks = documentIds.flatMap((documentId, place) =>
    [0, 1, 2].map((chunkIndex) => toChunk(documentId, place, chunkIndex)),
  );
  await index.upsert(ref, chunks);
});

afterAll(async () => {
  await fixture.close();
  await index.close();
  await rm(directory, { recursive: true });
});

async function addRows(database: Database, organizationId: OrganizationId): Promise<void> {
  const owner = { organization_id: organizationId };
  const queries = database.system();
  await queries
    .insertInto('collections')
    .values({
      ...owner,
      id: collectionId,
      name: 'Papers',
      readable_id: 'papers',
      encoder_name: 'topics',
      dimensions: topics.length,
    })
    .execute();
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
    })
    .execute();
  await queries
    .insertInto('syncs')
    .values({ ...owner, id: syncId, source_connection_id: connectionId })
    .execute();
  await queries
    .insertInto('documents')
    .values(
      documentIds.map((id, place) => ({
        ...owner,
        id,
        collection_id: collectionId,
        source_connection_id: connectionId,
        sync_id: syncId,
        entity_id: `paper-${place}`,
        entity_type: 'StubEntity',
        name: `Paper ${place}`,
        state: 'indexed' as const,
        version: 1,
      })),
    )
    .execute();
}

function toChunk(documentId: DocumentId, place: number, chunkIndex: number): IndexChunk {
  const text = passage(place * 3 + chunkIndex);
  return {
    chunkId: `${documentId}-${chunkIndex}`,
    documentId,
    version: 1,
    connectionId,
    syncId,
    syncJobId: 'job',
    sourceName: 'stub',
    entityId: `paper-${place}`,
    entityType: 'StubEntity',
    name: `Paper ${place}`,
    breadcrumbs: [],
    url: null,
    createdAt: new Date(Date.UTC(2026, 0, 1 + (place % 28))),
    updatedAt: null,
    chunkIndex,
    chunkCount: 3,
    headings: [],
    text,
    viewers: place % 5 === 0 ? ['user:anna@example.com'] : null,
    isPublic: place % 5 === 0 ? false : null,
    fields: {},
    vector: embed(text),
  };
}

async function search(
  body: object,
): Promise<readonly { readonly entity_id: string; readonly relevance_score: number }[]> {
  const answer = await fixture.ask('POST', path, { key, body });
  expect(answer.status).toBe(200);
  return answer.body.results;
}

describe('instant search over a real index', () => {
  test.each(['hybrid', 'semantic', 'keyword'])('finds by %s what the query names, best first', async (strategy) => {
    const results = await search({ query: 'castle harbor', retrieval_strategy: strategy, limit: 20 });
    expect(results).toHaveLength(20);
    expect(new Set(results.map((hit) => hit.entity_id.replace(/__chunk_\d+$/, ''))).size).toBe(20);
    const texts = results.map((hit) => JSON.stringify(hit));
    expect(texts[0]).toMatch(/castle/);
    expect(texts[0]).toMatch(/harbor/);
    const scores = results.map((hit) => hit.relevance_score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  test.each([
    ['hybrid', 'document'],
    ['hybrid', 'chunk'],
    ['keyword', 'chunk'],
    ['semantic', 'document'],
  ])('cuts every page from one ranking: %s by %s', async (strategy, groupBy) => {
    const request = { query: 'the garden engine', retrieval_strategy: strategy, group_by: groupBy };
    const whole = await search({ ...request, limit: 350 });
    expect(whole).toHaveLength(350);
    for (const [offset, limit] of [
      [0, 1],
      [0, 30],
      [1, 1],
      [170, 60],
      [320, 30],
    ] as const) {
      expect(await search({ ...request, offset, limit })).toEqual(whole.slice(offset, offset + limit));
    }
  });

  test('reaches every document in the end', async () => {
    const results = await search({ query: 'forest', limit: 1000 });
    expect(new Set(results.map((hit) => hit.entity_id.replace(/__chunk_\d+$/, ''))).size).toBe(400);
  });

  test('filters before it ranks', async () => {
    const conditions = [
      { field: 'created_at', operator: 'equals', value: '2026-01-05' },
      { field: 'airweave_system_metadata.chunk_index', operator: 'equals', value: 1 },
    ];
    const results = await search({ query: 'forest', filter: [{ conditions }], limit: 1000 });
    expect(results).toHaveLength(Math.ceil((400 - 4) / 28));
    expect(results.every((hit) => hit.entity_id.endsWith('__chunk_1'))).toBe(true);
  });

  test('takes operators and quotes of a query as words', async () => {
    for (const query of ['"castle" AND -harbor', "O'Neil; drop table x --", '(castle', '*:*', '%', '🚀']) {
      expect((await search({ query, limit: 5 })).length).toBeGreaterThan(0);
    }
  });

  test('shows a person only what that person may see', async () => {
    const body = { query: 'forest', limit: 1000 };
    const { results } = (await fixture.ask('POST', path, { bearer: fixture.operatorToken, body })).body;
    expect(results).toHaveLength(400);
    expect(results.some((hit: { access: { viewers: unknown } }) => hit.access.viewers !== null)).toBe(true);
  });

  test('hides documents that are deleted, whatever the index still holds', async () => {
    const [gone] = await search({ query: 'desert', limit: 1 });
    const entityId = gone?.entity_id.replace(/__chunk_\d+$/, '') ?? '';
    const row = { entity_id: entityId, source_connection_id: connectionId };
    await fixture.database
      .system()
      .deleteFrom('documents')
      .where((where) => where.and(row))
      .execute();
    const results = await search({ query: 'desert', limit: 1000 });
    expect(results).toHaveLength(399);
    expect(results.some((hit) => hit.entity_id.startsWith(`${entityId}__`))).toBe(false);
  });

  test('refuses who may not search, and hides the collection from other organisations', async () => {
    const [endpoint] = fixture.endpoints;
    expect(endpoint).toBeDefined();
    if (endpoint !== undefined) await expectRefusals(fixture, endpoint);
    await expectHidden(fixture, 'POST', path, { query: 'castle' });
  });
});
