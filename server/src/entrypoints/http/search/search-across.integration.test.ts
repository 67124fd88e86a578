import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CollectionId, DocumentId, newId, Scope } from '../../../core/shared/index.ts';
import { expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { searchEndpoints } from './search-endpoints.ts';

let fixture: SearchFixture;
let scope: Scope;
const emptyId = newId(CollectionId);
const reportsId = newId(CollectionId);

beforeAll(async () => {
  fixture = await createSearchFixture(searchEndpoints, [
    ...Array.from({ length: 30 }, (_, place) => ({
      name: `Castle ${place}`,
      text: `The castle number ${place} has ${'towers '.repeat(1 + (place % 5))}.`,
      sourceName: place % 2 === 0 ? 'files' : 'drive',
      entityType: 'FileEntity',
    })),
    {
      name: 'Secret castle',
      text: 'The castle of secrets.',
      sourceName: 'drive',
      entityType: 'FileEntity',
      viewers: ['user:anna@example.com'],
    },
  ]);
  scope = new Scope(fixture.owner.organization.id);
  for (const [id, readable_id] of [
    [emptyId, 'empty'],
    [reportsId, 'reports'],
  ] as const) {
    const collection = { id, readable_id, name: readable_id, encoder_name: 'spelling', dimensions: 64 };
    await fixture.database
      .system()
      .insertInto('collections')
      .values({ ...collection, organization_id: scope.organizationId })
      .execute();
  }
  await moveToReports('drive');
});

afterAll(async () => {
  await fixture.close();
});

/** The source connection, its documents and their rows, from `papers` to `reports`. */
async function moveToReports(source: string): Promise<void> {
  const queries = fixture.database.system();
  const connectionId = fixture.connectionIds.get(source);
  if (connectionId === undefined) throw new Error(`there is no ${source}`);
  const collection_id = reportsId;
  await queries.updateTable('source_connections').set({ collection_id }).where('id', '=', connectionId).execute();
  const moved = await queries
    .updateTable('documents')
    .set({ collection_id })
    .where('source_connection_id', '=', connectionId)
    .returning('id')
    .execute();
  const from = { scope, collectionId: fixture.collectionId, generation: 1 };
  const to = { scope, collectionId: reportsId, generation: 1 };
  const ids = moved.map(({ id }) => DocumentId.parse(id));
  await fixture.index.create(to, { dimensions: 64 });
  await fixture.index.upsert(to, await fixture.index.readDocuments(from, ids));
  await fixture.index.dropConnection(from, connectionId);
}

async function search(tier: string, request: object, key = fixture.key) {
  return fixture.ask('POST', `/search/${tier}`, { key, body: { query: 'castle towers', ...request } });
}
const idsOf = (results: readonly { readonly collection: string; readonly entity_id: string }[]) =>
  results.map(({ collection, entity_id }) => `${collection}/${entity_id}`);

describe.each(['instant', 'classic'])('POST /search/%s', (tier) => {
  test('searches all collections as one, and names that of each result', async () => {
    const { status, body } = await search(tier, {});
    expect(status).toBe(200);
    expect(body.collections).toEqual(['empty', 'papers', 'reports']);
    expect(body.results).toHaveLength(31);
    expect(body.total).toBe(31);
    expect(new Set(idsOf(body.results).map((id) => id.split('/')[0]))).toEqual(new Set(['papers', 'reports']));
    expect(body.sources).toHaveLength(2);
    const scores = body.results.map((result: { relevance_score: number }) => result.relevance_score);
    expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a));
  });

  test('cuts stable pages', async () => {
    const whole = idsOf((await search(tier, {})).body.results);
    const pages = [];
    for (let offset = 0; offset < 31; offset += 10) {
      pages.push(...idsOf((await search(tier, { offset, limit: 10 })).body.results));
    }
    expect(pages).toEqual(whole);
    expect((await search(tier, { offset: 5000 })).body.results).toEqual([]);
  });

  test('searches those that are named, within a filter', async () => {
    const conditions = [{ field: 'name', operator: 'contains', value: 'castle 2' }];
    const { body } = await search(tier, { collections: ['reports', 'empty'], filter: [{ conditions }] });
    expect(body.results.map(({ name }: { name: string }) => name).toSorted()).toEqual(
      [21, 23, 25, 27, 29].map((place) => `Castle ${place}`),
    );
    expect(await search(tier, { collections: ['empty'] })).toMatchObject({
      status: 200,
      body: { results: [], total: 0 },
    });
  });

  test('gives a limited key its own collections only, and does not tell of others', async () => {
    const key = await fixture.createKey({ collections: ['papers', 'empty'] });
    const { body } = await search(tier, {}, key);
    expect(body.collections).toEqual(['empty', 'papers']);
    expect(idsOf(body.results).every((id) => id.startsWith('papers/'))).toBe(true);
    const hidden = await search(tier, { collections: ['papers', 'reports'] }, key);
    const missing = await search(tier, { collections: ['papers', 'nowhere'] }, key);
    expect(hidden).toMatchObject({ status: 404, body: { detail: "Collection 'reports' not found" } });
    expect(missing).toMatchObject({ status: 404, body: { detail: "Collection 'nowhere' not found" } });
  });

  test('shows another organisation nothing, not even that a collection exists', async () => {
    expect((await search(tier, { collections: ['papers'] }, fixture.foreign.key)).status).toBe(404);
    expect((await search(tier, {}, fixture.foreign.key)).body).toMatchObject({
      results: [],
      collections: [],
      total: 0,
    });
  });

  test("looks with the searcher's eyes", async () => {
    const key = await fixture.createKey({ scopes: ['search', 'impersonate'] });
    const names = async (as_user: string) =>
      JSON.stringify((await search(tier, { as_user }, key)).body.results.map(({ name }: { name: string }) => name));
    expect(await names('bob@example.com')).not.toContain('Secret');
    expect(await names('anna@example.com')).toContain('Secret');
  });

  test('fits into a number of tokens', async () => {
    const { body } = await search(tier, { max_tokens: 2000 });
    expect(body.results.length).toBeGreaterThan(2);
    expect(body.left_out.results).toBe(31 - body.results.length);
  });

  test.each([
    { query: '' },
    { query: 'x'.repeat(100_000) },
    { collections: [] },
    { collections: Array.from({ length: 101 }, (_, place) => `c${place}`) },
  ])('refuses what makes no sense', async (wrong) => {
    const { status } = await search(tier, wrong);
    expect([400, 422]).toContain(status);
  });

  test.each(['🚀', "'; drop table x; --", '(a+)+$', 'שלום'])('answers %j', async (query) => {
    expect((await search(tier, { query })).status).toBe(200);
  });
});

test('a collection that is deleted while it is searched is as if it were empty', async () => {
  const searches = Promise.all(Array.from({ length: 10 }, () => search('instant', {})));
  await fixture.database
    .system()
    .updateTable('collections')
    .set({ deleted_at: new Date() })
    .where('readable_id', '=', 'reports')
    .execute();
  await fixture.index.dropCollection({ scope, collectionId: reportsId });
  for (const { status } of await searches) expect(status).toBe(200);
  const { body } = await search('instant', {});
  expect(body.collections).toEqual(['empty', 'papers']);
  expect((await search('instant', { collections: ['reports'] })).status).toBe(404);
});

test('refuses who may not search', async () => {
  for (const endpoint of fixture.endpoints.filter(({ path }) => path.startsWith('/search/'))) {
    await expectRefusals(fixture, endpoint);
  }
});
