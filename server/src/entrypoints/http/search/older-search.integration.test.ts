import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId, SourceConnectionId } from '../../../core/shared/index.ts';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { getSearchEndpoint } from './get-search.ts';
import { postSearchEndpoint } from './post-search.ts';

const path = '/collections/papers/search';
let fixture: SearchFixture;

beforeAll(async () => {
  fixture = await createSearchFixture(
    (dependencies) => [postSearchEndpoint(dependencies), getSearchEndpoint(dependencies)],
    [
      {
        name: 'Lease',
        text: 'The lease of the office ends in June.',
        sourceName: 'notion',
        entityType: 'NotionPageEntity',
        createdAt: new Date('2026-01-05T10:00:00Z'),
        fields: { archived: false },
      },
      {
        name: 'general',
        text: 'Who renews the lease of the office?',
        sourceName: 'slack',
        entityType: 'SlackMessageEntity',
        createdAt: new Date('2026-03-05T10:00:00Z'),
        viewers: ['user:anna@example.com'],
      },
      { name: 'Printer', text: 'Order paper for the printer.', sourceName: 'slack', entityType: 'SlackMessageEntity' },
    ],
  );
});
afterAll(() => fixture.close());

const post = (body: unknown) => fixture.ask('POST', path, { key: fixture.key, body });
const get = (query: string) => fixture.ask('GET', `${path}${query}`, { key: fixture.key });
const namesOf = (body: { results: readonly { name: string }[] }) => body.results.map(({ name }) => name).toSorted();

describe('POST /collections/{readable_id}/search', () => {
  test('answers the new form with every field of its results', async () => {
    const { status, body, headers } = await post({ query: 'lease ends june', limit: 1 });
    expect(status).toBe(200);
    expect(headers.has('x-api-deprecation')).toBe(false);
    expect(body).toEqual({
      results: [
        {
          id: expect.any(String),
          score: 1,
          entity_id: 'e0__chunk_0',
          name: 'Lease',
          textual_representation: 'The lease of the office ends in June.',
          created_at: '2026-01-05T10:00:00.000Z',
          updated_at: null,
          breadcrumbs: [],
          system_metadata: {
            entity_type: 'NotionPageEntity',
            source_name: 'notion',
            sync_id: fixture.syncIds.get('notion'),
            sync_job_id: 'job',
            original_entity_id: 'e0',
            chunk_index: 0,
          },
          access: null,
          source_fields: { archived: false },
        },
      ],
      completion: '- “The lease of the office ends in June.” [1]',
    });
    const restricted = (await post({ query: 'who renews' })).body.results[0];
    expect(restricted.access).toEqual({ is_public: false, viewers: ['user:anna@example.com'] });
  });

  test.each([
    [{}, 'search'],
    [{ limit: 5 }, 'search'],
    [{ limit: 5000, offset: 0, filter: null }, 'search'],
    [{ response_type: 'raw' }, 'legacy'],
    [{ retrieval_strategy: 'keyword', recency_bias: 0.5 }, 'legacy'],
    [{ response_type: 'completion', generate_answer: true, rerank: true }, 'search'],
    [{ search_method: 'neural', score_threshold: 0.99, expansion_strategy: 'no_expansion' }, 'legacy'],
    [{ retrieval_strategy: 'neural', expand_query: true, interpret_filters: true, generate_answer: true }, 'search'],
    [{ response_type: 'raw', limit: 5000 }, 'search'],
    [{ anything_else: 1 }, 'search'],
  ])('tells the form of %j by its keys', async (keys, form) => {
    const { status, body, headers } = await post({ query: 'lease', ...keys });
    expect(status).toBe(200);
    expect(body.results.length).toBeGreaterThan(0);
    expect(Object.keys(body).toSorted()).toEqual(
      form === 'search' ? ['completion', 'results'] : ['completion', 'response_type', 'results', 'status'],
    );
    expect(headers.get('x-api-deprecation')).toBe(form === 'search' ? null : 'true');
    expect(headers.has('x-api-deprecation-message')).toBe(form === 'legacy');
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.has('ratelimit-limit')).toBe(true);
  });

  test('says success or no results in the legacy form, whatever was asked for', async () => {
    expect((await post({ query: 'lease', response_type: 'completion' })).body).toMatchObject({
      response_type: 'completion',
      completion: expect.stringContaining('“The lease of the office ends in June.” [1]'),
      status: 'success',
    });
    const filter = { must: [{ key: 'source_name', match: { value: 'nowhere' } }] };
    expect((await post({ query: 'lease', response_type: 'raw', filter })).body).toEqual({
      results: [],
      response_type: 'raw',
      completion: null,
      status: 'no_results',
    });
  });

  test('says that temporal relevance is gone to whom asks for it', async () => {
    const { headers } = await post({ query: 'lease', temporal_relevance: 0.3 });
    expect(headers.get('x-feature-removed')).toBe('temporal_relevance');
    expect(headers.get('x-feature-removed-message')).toMatch(/created_at/);
    expect((await post({ query: 'lease', temporal_relevance: 0 })).headers.has('x-feature-removed')).toBe(false);
  });

  test('filters, dates included', async () => {
    const since = (date: string) => ({ must: [{ key: 'created_at', range: { gte: date } }] });
    expect(namesOf((await post({ query: 'lease office', filter: since('2026-02-01') })).body)).toEqual(['general']);
    expect(namesOf((await post({ query: 'lease office', filter: since('2026-01-01') })).body)).toEqual([
      'Lease',
      'general',
    ]);
    const other = { must_not: [{ key: 'source_name', match: { value: 'slack' } }, { has_id: ['e9'] }] };
    expect(namesOf((await post({ query: 'lease', filter: other })).body)).toEqual(['Lease']);
    const here = { must: [{ key: 'collection_id', match: { value: fixture.collectionId } }] };
    expect((await post({ query: 'lease', filter: here })).body.results).toHaveLength(3);
  });

  test('restricts to connections, of which unknown ones give nothing', async () => {
    const ask = async (ids: readonly (string | undefined)[], filter?: object) =>
      namesOf((await post({ query: 'lease', source_connection_ids: ids, filter })).body);
    expect(await ask([fixture.connectionIds.get('slack')])).toEqual(['Printer', 'general']);
    expect(await ask([fixture.connectionIds.get('slack'), newId(SourceConnectionId)])).toEqual(['Printer', 'general']);
    expect(await ask([newId(SourceConnectionId)])).toEqual([]);
    const restricted = { must: [{ key: 'access.viewers', match: { any: ['user:anna@example.com'] } }] };
    expect(await ask([fixture.connectionIds.get('slack')], restricted)).toEqual(['general']);
    expect(await ask([fixture.connectionIds.get('notion')], restricted)).toEqual([]);
  });

  test('cuts pages from one ranking', async () => {
    const whole = (await post({ query: 'lease office' })).body.results;
    expect(whole).toHaveLength(3);
    expect((await post({ query: 'lease office', offset: 1, limit: 1 })).body.results).toEqual([whole[1]]);
    expect((await post({ query: 'lease office', offset: 99_999 })).body.results).toEqual([]);
  });

  test.each([
    [{ query: 'x', limit: -1 }, /'limit'/],
    [{ query: 'x', limit: 0 }, /'limit'/],
    [{ query: 'x', offset: -1 }, /'offset'/],
    [{ query: 'x', filter: { key: 'name', match: { value: 'a' } } }, /filter.*must/],
    [{ query: 'x', filter: { all: [] } }, /'all'/],
    [{ query: 'x', filter: { must: {} } }, /list/],
    [
      { query: 'x', filter: { must: [{ key: 'createdat', range: { gt: '2026-01-01' } }] } },
      /'createdat'.*'created_at'/,
    ],
  ])('refuses %j in words', async (body, message) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual({ detail: expect.stringMatching(message) });
  });

  test.each([
    [{}, 'body.query', 'Field required'],
    [{ query: '' }, 'body.query', expect.stringContaining('blank')],
    [{ query: '  ', response_type: 'raw' }, 'body.query', expect.stringContaining('blank')],
    [{ query: 'x'.repeat(100_000) }, 'body.query', expect.stringContaining('too long')],
    [{ query: 'x', retrieval_strategy: 'fuzzy' }, 'body.retrieval_strategy', expect.stringContaining("'neural'")],
    [{ query: 'x', limit: 'many' }, 'body.limit', expect.stringContaining('valid integer')],
    [{ query: 'x', filter: [] }, 'body.filter', expect.stringContaining('dictionary')],
    [{ query: 'x', source_connection_ids: ['7'] }, 'body.source_connection_ids.0', expect.stringContaining('UUID')],
    [{ query: 'x', score_threshold: 2, limit: 0.5 }, 'body.limit', expect.stringContaining('integer')],
  ])('refuses %j with the field', async (body, field, message) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toContainEqual({ [field]: message });
    expect(answer.body.detail.length).toBe(answer.body.errors.length);
  });

  test('refuses what is no object, and no body', async () => {
    for (const body of ['[]', '"lease"', '']) expect((await post(body)).status).toBe(422);
  });

  test('finds for awkward queries without failing', async () => {
    for (const query of ['<|endoftext|>', '🚀', "'; drop table documents --", '.*(a+)+$', 'مرحبا بالعالم']) {
      expect((await post({ query })).status).toBe(200);
    }
  });

  test('shows a signed-in person only what that person may see', async () => {
    const answer = await fixture.ask('POST', path, { bearer: fixture.operatorToken, body: { query: 'lease' } });
    expect(answer.body.results).toHaveLength(3);
  });
});

describe('GET /collections/{readable_id}/search', () => {
  test('answers in the legacy form, deprecated', async () => {
    const { status, body, headers } = await get('?query=lease+ends&response_type=completion&recency_bias=0.5&limit=1');
    expect(status).toBe(200);
    expect(headers.get('x-api-deprecation')).toBe('true');
    expect(body).toMatchObject({ results: [{ name: 'Lease' }], status: 'success', response_type: 'completion' });
  });

  test.each([
    '',
    '?query=',
    '?query=x&limit=0',
    '?query=x&limit=1001',
    '?query=x&offset=-1',
    '?query=x&recency_bias=2',
  ])('refuses %j', async (query) => expect((await get(query)).status).toBe(422));
});

describe('both', () => {
  test('say that a collection is missing in the words that clients compare', async () => {
    for (const [method, query] of [
      ['POST', ''],
      ['GET', '?query=x'],
    ] as const) {
      const answer = await fixture.ask(method, `/collections/missing/search${query}`, {
        key: fixture.key,
        ...(method === 'POST' ? { body: { query: 'x' } } : {}),
      });
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual({ detail: "Collection 'missing' not found." });
    }
  });

  test('refuse who may not search, and hide the collection from other organisations', async () => {
    for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
    await expectHidden(fixture, 'POST', path, { query: 'lease' });
    await expectHidden(fixture, 'GET', `${path}?query=lease`);
    const limited = await fixture.createKey({ collections: ['another-collection'] });
    expect((await fixture.ask('GET', `${path}?query=lease`, { key: limited })).body).toEqual({
      detail: "Collection 'papers' not found.",
    });
  });
});
