import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createCollectionStore } from '../../../adapters/postgres/collection-store.ts';
import { expectHidden } from '../testing/expect-refusals.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { collectionEndpoints } from './collection-endpoints.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const encoder = { name: 'all-MiniLM-L6-v2', dimensions: 384 };
let current = encoder;

let fixture: HttpFixture;
let key: string;
beforeAll(async () => {
  fixture = await createHttpFixture({
    endpoints: (database) =>
      collectionEndpoints(createCollectionStore(database), {
        // Read anew each time: a remote model says its dimensions late.
        get name() {
          return current.name;
        },
        get dimensions() {
          return current.dimensions;
        },
      }),
  });
  key = await fixture.createKey();
});
afterAll(() => fixture.close());
afterEach(() => {
  current = encoder;
});

const create = (body: object, as = key) => fixture.ask('POST', '/collections', { body, key: as });

describe('the embedding model', () => {
  test.each([
    [{ name: 'openai:text-embedding-3-small@1536', dimensions: 1536 }, true],
    [{ name: 'none', dimensions: 384 }, false],
    [{ name: 'compatible:words@?', dimensions: 0 }, false],
  ])('of a collection is not changed by another one of the server: %j', async (other, needsReindex) => {
    const { body } = await create({ name: 'Pinned' });
    current = other;
    const pinned = { embedding_model_name: encoder.name, vector_size: 384, needs_reindex: needsReindex };
    expect((await fixture.ask('GET', `/collections/${body.readable_id}`, { key })).body).toMatchObject(pinned);
    const { body: list } = await fixture.ask('GET', '/collections', { key });
    expect(list[0]).toMatchObject(pinned);
  });

  test('that has not said its dimensions yet makes no collection', async () => {
    current = { name: 'compatible:words@?', dimensions: 0 };
    const { status, body } = await create({ name: 'Too early' });
    expect([status, JSON.stringify(body)]).toEqual([503, expect.stringContaining('EMBEDDING_DIMENSIONS')]);
  });
});

describe('creating a collection', () => {
  test('answers 200 with every field of the contract', async () => {
    const { status, body } = await create({ name: 'Finance Data' });
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(uuid),
      name: 'Finance Data',
      readable_id: expect.stringMatching(/^finance-data-[a-z0-9]{6}$/),
      sync_config: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      modified_at: body.created_at,
      organization_id: fixture.owner.organization.id,
      created_by_email: null,
      modified_by_email: null,
      status: 'NEEDS_SOURCE',
      vector_size: 384,
      embedding_model_name: 'all-MiniLM-L6-v2',
      needs_reindex: false,
      source_connection_summaries: [],
    });
  });

  test('names the person who did it when it was not a key', async () => {
    const { body } = await fixture.ask('POST', '/collections', {
      body: { name: 'By a person' },
      bearer: fixture.operatorToken,
    });
    expect(body.created_by_email).toBe('owner@weft.local');
  });

  test('gives two collections of one name two readable ids', async () => {
    const [first, second] = await Promise.all([create({ name: 'Twice' }), create({ name: 'Twice' })]);
    expect(first?.body.readable_id).not.toBe(second?.body.readable_id);
  });

  test.each(['abcd', 'x'.repeat(64), 'データ収集', 'Émile & Søn 🚀', '🚀🚀🚀🚀', '🚀'.repeat(64), "'; drop table --"])(
    'takes the name %s as it is',
    async (name) => {
      const { status, body } = await create({ name });
      expect(status).toBe(200);
      const read = await fixture.ask('GET', `/collections/${body.readable_id}`, { key });
      expect(read.body).toEqual(body);
      expect(read.body.name).toBe(name);
    },
  );

  test.each([
    [{ name: 'abc' }, 'body.name', 'String should have at least 4 characters'],
    [{ name: '🚀🚀' }, 'body.name', 'String should have at least 4 characters'],
    [{ name: 'x'.repeat(65) }, 'body.name', 'String should have at most 64 characters'],
    [{}, 'body.name', 'Field required'],
    [{ name: 7 }, 'body.name', 'Input should be a valid string'],
    [{ name: null }, 'body.name', 'Input should be a valid string'],
    [{ name: 'line\nbreak' }, 'body.name', 'Value error, must not contain control characters'],
    [{ name: 'nul\u0000here' }, 'body.name', 'Value error, must not contain control characters'],
    [{ name: 'half \ud83d of a pair' }, 'body.name', 'Value error, must not contain control characters'],
    ...['-a', 'a-', 'a--b', 'A', 'a_b', 'é', 'a b', '', 'a\n'].map(
      (readable_id) =>
        [
          { name: 'Some name', readable_id },
          'body.readable_id',
          "String should match pattern '^[a-z0-9]+(-[a-z0-9]+)*$'",
        ] as const,
    ),
    [{ name: 'Some name', readable_id: 'count' }, 'body.readable_id', 'Value error, this readable_id is reserved'],
    [{ name: 'Some name', readable_id: 'internal' }, 'body.readable_id', 'Value error, this readable_id is reserved'],
    [
      { name: 'Some name', sync_config: { destinations: { skip_vespa: true } } },
      'body.sync_config.destinations.skip_vespa',
      'Value error, skip_vespa cannot be set: there is no other destination',
    ],
  ] as const)('refuses %j', async (body, place, message) => {
    const before = await fixture.ask('GET', '/collections/count', { key });
    const answer = await create(body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toContainEqual({ [place]: message });
    expect(answer.body.detail).toContainEqual(expect.objectContaining({ loc: place.split('.'), msg: message }));
    expect((await fixture.ask('GET', '/collections/count', { key })).body).toBe(before.body);
  });

  test('fills in the defaults of a partial sync_config and ignores unknown keys', async () => {
    const { body } = await create({
      name: 'Configured',
      sync_config: { cursor: { skip_load: true }, other: 1 },
      also: 2,
    });
    expect(body.sync_config).toEqual({
      destinations: { skip_vespa: false, target_destinations: null, exclude_destinations: null },
      handlers: { enable_vector_handlers: true, enable_raw_data_handler: true, enable_postgres_handler: true },
      cursor: { skip_load: true, skip_updates: false },
      behavior: { skip_hash_comparison: false, replay_from_arf: false, skip_guardrails: false },
    });
  });

  test('of eight at once with one readable id one wins and the others get 400', async () => {
    const race = await Promise.all(Array.from({ length: 8 }, () => create({ name: 'Race', readable_id: 'race' })));
    expect(race.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400, 400, 400, 400]);
    expect(race.find(({ status }) => status === 400)?.body.detail).toMatch(/already exists/i);
  });

  test('refuses a readable id that another organisation has', async () => {
    await create({ name: 'Theirs', readable_id: 'taken-elsewhere' }, fixture.foreign.key);
    expect((await create({ name: 'Ours', readable_id: 'taken-elsewhere' })).status).toBe(400);
  });

  test('is refused to a key that is limited to collections', async () => {
    const limited = await fixture.createKey({ collections: ['race'] });
    expect((await create({ name: 'Another' }, limited)).status).toBe(403);
  });
});

describe('reading collections', () => {
  test('is hidden from others', async () => {
    await create({ name: 'Private', readable_id: 'private-one' });
    await expectHidden(fixture, 'GET', '/collections/private-one');
    await expectHidden(fixture, 'PATCH', '/collections/private-one', { name: 'Stolen' });
    await expectHidden(fixture, 'DELETE', '/collections/private-one');
    expect((await fixture.ask('GET', '/collections/private-one', { key })).body.name).toBe('Private');
  });

  test('lists newest first, in pages, filtered by name or readable id', async () => {
    for (const name of ['Zebra one', 'Zebra two', 'Zebra three']) await create({ name });
    const list = (query: string) => fixture.ask('GET', `/collections?${query}`, { key });
    const names = (answer: { body: { name: string }[] }) => answer.body.map(({ name }) => name);
    expect(names(await list('search=zEBRA'))).toEqual(['Zebra three', 'Zebra two', 'Zebra one']);
    expect(names(await list('search=zebra-t&skip=1&limit=1'))).toEqual(['Zebra two']);
    expect((await list('search=')).body.length).toBeGreaterThan(3);
    expect((await list('search=100%25%5C')).body).toEqual([]);
    expect((await fixture.ask('GET', '/collections/count?search=zebra', { key })).body).toBe(3);
  });

  test('shows a limited key its own collections only', async () => {
    await create({ name: 'Shown to it', readable_id: 'shown-one' });
    const limited = await fixture.createKey({ collections: ['shown-one', 'taken-elsewhere'] });
    const { body } = await fixture.ask('GET', '/collections/', { key: limited });
    expect(body.map((item: { readable_id: string }) => item.readable_id)).toEqual(['shown-one']);
    expect((await fixture.ask('GET', '/collections/count/', { key: limited })).body).toBe(1);
    expect((await fixture.ask('GET', '/collections/shown-one/', { key: limited })).status).toBe(200);
  });

  test.each([
    ['limit=0', 'query.limit', 'Input should be greater than or equal to 1'],
    ['limit=1001', 'query.limit', 'Input should be less than or equal to 1000'],
    ['limit=1.5', 'query.limit', 'Input should be a valid integer, unable to parse string as an integer'],
    ['limit=true', 'query.limit', 'Input should be a valid integer, unable to parse string as an integer'],
    ['limit=', 'query.limit', 'Input should be a valid integer, unable to parse string as an integer'],
    ['skip=-1', 'query.skip', 'Input should be greater than or equal to 0'],
    ['search=%00', 'query.search', 'Value error, must not contain NUL characters'],
  ])('refuses the query %s', async (query, place, message) => {
    const { status, body } = await fixture.ask('GET', `/collections?${query}`, { key });
    expect([status, body.errors]).toEqual([422, [{ [place]: message }]]);
  });

  test('answers 404 for one that does not exist, whatever its id looks like', async () => {
    for (const id of ['nothing-here', 'Not%20an%20id', '%F0%9F%9A%80', '%25', 'a%2Fb']) {
      const { status, body } = await fixture.ask('GET', `/collections/${id}`, { key });
      expect([id, status, body]).toEqual([id, 404, { detail: 'Collection not found' }]);
    }
    expect((await fixture.ask('GET', '/collections/a%00b', { key })).status).toBe(422);
  });
});

describe('changing a collection', () => {
  test('changes what is given and who did it', async () => {
    const made = (await create({ name: 'Before', readable_id: 'changing', sync_config: {} })).body;
    const renamed = await fixture.ask('PATCH', '/collections/changing', {
      body: { name: 'After' },
      bearer: fixture.operatorToken,
    });
    expect(renamed.body).toEqual({
      ...made,
      name: 'After',
      modified_at: renamed.body.modified_at,
      modified_by_email: 'owner@weft.local',
    });
    expect(renamed.body.modified_at > made.modified_at).toBe(true);
    expect(renamed.body.sync_config).not.toBeNull();
    const cleared = await fixture.ask('PATCH', '/collections/changing', { body: { sync_config: null }, key });
    expect(cleared.body).toMatchObject({ name: 'After', sync_config: null, modified_by_email: null });
  });

  test('accepts an empty change and refuses a null name', async () => {
    await create({ name: 'Unchanged', readable_id: 'unchanged' });
    expect((await fixture.ask('PATCH', '/collections/unchanged', { body: {}, key })).status).toBe(200);
    expect((await fixture.ask('PATCH', '/collections/unchanged', { body: { name: null }, key })).status).toBe(422);
    expect((await fixture.ask('PATCH', '/collections/nothing-here', { body: {}, key })).status).toBe(404);
  });
});

describe('deleting a collection', () => {
  test('answers with it as it was, once, and frees its readable id', async () => {
    const made = (await create({ name: 'Short lived', readable_id: 'short-lived' })).body;
    expect(await fixture.ask('DELETE', '/collections/short-lived', { key })).toMatchObject({ status: 200, body: made });
    expect((await fixture.ask('DELETE', '/collections/short-lived', { key })).status).toBe(404);
    expect((await fixture.ask('GET', '/collections/short-lived', { key })).status).toBe(404);
    const again = await create({ name: 'Short lived', readable_id: 'short-lived' });
    expect(again.status).toBe(200);
    expect(again.body.id).not.toBe(made.id);
  });
});
