import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createQueryLogStore } from '../../../adapters/postgres/query-log-store.ts';
import { QueryLog, type QueryLogMode } from '../../../core/insights/index.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { searchClassicEndpoint } from '../search/search-classic.ts';
import { searchInstantEndpoint } from '../search/search-instant.ts';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { insightEndpoints } from './insight-endpoints.ts';

let fixture: SearchFixture;
let queryLog: QueryLog;
/** May see what others searched for. */
let adminKey: string;

beforeAll(async () => {
  const page = { sourceName: 'notion', entityType: 'NotionPageEntity' };
  fixture = await createSearchFixture(
    (dependencies, database) => {
      const store = createQueryLogStore(database);
      const defaults = { mode: 'hashed', retentionDays: 30 } as const;
      queryLog = new QueryLog({ store, logger: silentLogger, defaults, hashKey: new Uint8Array(32) });
      return [
        searchInstantEndpoint({ ...dependencies, queryLog }),
        searchClassicEndpoint({ ...dependencies, queryLog }),
        ...insightEndpoints({ store, log: queryLog, collections: dependencies.store }),
      ];
    },
    [
      { ...page, name: 'Lease', text: 'The lease of the office ends in June.' },
      { ...page, name: 'Keys', text: 'Ask the caretaker for a key.' },
    ],
  );
  adminKey = await fixture.createKey({ scopes: ['admin'] });
});
afterAll(async () => {
  await queryLog.close();
  await fixture.close();
});
beforeEach(async () => {
  await fixture.database.system().deleteFrom('logged_searches').execute();
});

async function setMode(mode: QueryLogMode | null) {
  const body = { mode, retention_days: null };
  expect((await fixture.ask('PUT', '/query-log', { key: adminKey, body })).status).toBe(200);
}

async function search(query: string, tier = 'instant', more: object = {}) {
  const path = `/collections/papers/search/${tier}`;
  const { status, body } = await fixture.ask('POST', path, { key: fixture.key, body: { query, ...more } });
  expect(status).toBe(200);
  return body;
}

const give = (body: object, key = fixture.key) => fixture.ask('POST', '/collections/papers/feedback', { key, body });
const report = async (query = '') =>
  (await fixture.ask('GET', `/collections/papers/insights${query}`, { key: adminKey })).body;

describe('the query log', () => {
  test.each([
    ['full', ['the lease of the office'], true],
    ['hashed', [null], false],
    ['off', [], false],
  ] as const)('in the mode %s keeps what that says, and no more', async (mode, kept, hasWords) => {
    await setMode(mode);
    const filter = [{ conditions: [{ field: 'name', operator: 'contains', value: 'Lease' }] }];
    const { search_id } = await search('the lease of the office', 'instant', { filter });
    await queryLog.flush();
    const rows = await fixture.database.system().selectFrom('logged_searches').selectAll().execute();
    expect(rows.map((row) => row.query_text)).toEqual(kept);
    expect(/lease|office/i.test(JSON.stringify(rows))).toBe(hasWords);
    if (mode === 'off') return;
    expect(rows[0]).toMatchObject({
      id: search_id,
      collection_id: fixture.collectionId,
      tier: 'instant',
      strategy: 'hybrid',
      caller_kind: 'api_key',
      api_key_id: expect.any(String),
      result_count: 1,
      top_score: 1,
      filter_shape: 'name contains',
    });
  });

  test.each(['instant', 'classic'])(
    'keeps nothing of a search of the %s tier that asks not to be kept',
    async (tier) => {
      await setMode('full');
      expect((await search('lease', tier, { log: false })).search_id).toBeNull();
      await queryLog.flush();
      expect(await fixture.database.system().selectFrom('logged_searches').selectAll().execute()).toEqual([]);
    },
  );

  test('keeps the planner of a planned search', async () => {
    await setMode('full');
    await search('when does the lease end', 'classic');
    await queryLog.flush();
    const rows = await fixture.database.system().selectFrom('logged_searches').selectAll().execute();
    expect(rows).toMatchObject([{ tier: 'classic', planner: 'rules', query_text: 'when does the lease end' }]);
  });

  test('is set by admins, per organization', async () => {
    await setMode('full');
    expect((await fixture.ask('GET', '/query-log', { key: adminKey })).body).toEqual({
      mode: 'full',
      retention_days: 30,
      own: { mode: 'full', retention_days: null },
    });
    expect((await fixture.ask('GET', '/query-log', { key: fixture.foreign.key })).body.mode).toBe('hashed');
    const wrong = { mode: 'everything', retention_days: 0 };
    const refused = await fixture.ask('PUT', '/query-log', { key: adminKey, body: wrong });
    expect(refused.status).toBe(422);
  });
});

describe('explain', () => {
  test('says of each result what the arms said, which words matched, and why it may be seen', async () => {
    const { results, restrictions } = await search('leases of offices', 'instant', { explain: true });
    const [first] = results;
    expect(first.explanation).toMatchObject({
      query: 'leases of offices',
      visible_because: 'all',
      fused_score: first.relevance_score,
      matched_terms: [
        { term: 'leases', forms: ['Lease', 'lease'] },
        { term: 'offices', forms: ['office'] },
      ],
      arms: [
        { arm: 'keyword', rank: 1, left_out: null },
        { arm: 'semantic', rank: expect.any(Number), left_out: null },
      ],
    });
    expect(restrictions).toEqual({ filter: null, permissions: false });
    expect((await search('lease')).results[0]).not.toHaveProperty('explanation');
  });

  test('says what the order of a plan did', async () => {
    const { results } = await search('"a key" office', 'classic', { explain: true });
    expect(results[0].name).toBe('Keys');
    expect(results[0].explanation.arrangement).toMatchObject({ phrases: ['a key'], by_date: false, demoted_for: [] });
    expect(results[0].explanation.arrangement.relevance_place).toBeGreaterThan(0);
  });

  test('tells no one else’s labels', async () => {
    const { results, restrictions } = await search('lease', 'instant', { explain: true });
    expect(JSON.stringify([results[0].explanation, restrictions])).not.toMatch(/user:|group:/);
  });
});

describe('POST /collections/{readable_id}/feedback', () => {
  test('is kept, also right after the search, and shows in the report', async () => {
    await setMode('full');
    const { search_id, results } = await search('lease');
    const { status, body } = await give({
      search_id,
      results: [
        { entity_id: results[0].entity_id, judgement: 'good', grade: 3 },
        { entity_id: 'e1', judgement: 'bad', grade: 3 },
      ],
    });
    expect({ status, body }).toEqual({ status: 200, body: { saved: 2 } });
    await give({ search_id, results: [{ entity_id: 'e1', judgement: 'clicked' }] });
    expect((await report()).feedback).toEqual({ good: 1, bad: 0, clicked: 1 });
    const set = await fixture.ask('GET', '/collections/papers/evaluation-set', { key: adminKey });
    expect(set.body).toEqual({
      queries: [{ id: expect.stringMatching(/^[0-9a-f]{16}$/), text: 'lease', judgements: { e0: 3, e1: 1 } }],
    });
  });

  test('refuses what makes no sense', async () => {
    const { search_id } = await search('lease');
    const about = (result: object) => ({ search_id, results: [{ entity_id: 'e0', judgement: 'good', ...result }] });
    expect((await give(about({ grade: 4 }))).status).toBe(422);
    expect((await give(about({ judgement: 'nice' }))).status).toBe(422);
    expect((await give(about({ entity_id: 'x'.repeat(1025) }))).status).toBe(422);
    expect((await give({ search_id, results: [] })).status).toBe(422);
    expect((await give({ search_id: 'that one', results: about({}).results })).status).toBe(422);
  });

  test('knows no search that was not made here', async () => {
    const results = [{ entity_id: 'e0', judgement: 'good' }];
    const { status, body } = await give({ search_id: '00000000-0000-4000-8000-000000000001', results });
    expect(status).toBe(404);
    expect(body.detail).toMatch(/There is no search/);
  });

  test('gives nothing of the words away without them, and no set either', async () => {
    await setMode('hashed');
    const { search_id } = await search('lease');
    expect((await give({ search_id, results: [{ entity_id: 'e0', judgement: 'good' }] })).status).toBe(200);
    const set = await fixture.ask('GET', '/collections/papers/evaluation-set', { key: adminKey });
    expect(set.body).toEqual({ queries: [] });
    const { frequent_queries, feedback } = await report();
    expect(feedback.good).toBe(1);
    expect(frequent_queries).toEqual([
      { query_hash: expect.any(String), query: null, count: 1, last_at: expect.any(String) },
    ]);
  });
});

describe('GET /collections/{readable_id}/insights', () => {
  test('counts searches, those that found nothing, and their times', async () => {
    await setMode('full');
    await search('lease');
    await search('lease');
    await search('spaceship', 'instant', { retrieval_strategy: 'keyword' });
    await queryLog.flush();
    expect(await report('?days=1')).toMatchObject({
      mode: 'full',
      retention_days: 30,
      is_cut: false,
      searches: 3,
      zero_results: 1,
      tiers: [{ tier: 'instant', searches: 3, zero_results: 1, p50_ms: expect.any(Number), cost_usd: 0 }],
      zero_result_queries: [{ query: 'spaceship', count: 1 }],
      frequent_queries: [{ query: 'lease', count: 2 }, { query: 'spaceship' }],
    });
    expect((await fixture.ask('GET', '/collections/papers/insights?days=0', { key: adminKey })).status).toBe(422);
  });

  test('is not for members of the organization that are neither owners nor admins', async () => {
    const member = { ...fixture.foreign.caller, scope: fixture.foreign.caller.scope, role: 'member' as const };
    const { requireInsightAccess } = await import('../../../core/insights/index.ts');
    expect(() => requireInsightAccess(member)).toThrow(/only owners and admins/);
    expect(() => requireInsightAccess(fixture.foreign.caller)).not.toThrow();
  });
});

describe('every endpoint', () => {
  test('refuses the wrong callers, and hides what is of others', async () => {
    for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
    const { search_id } = await search('lease');
    await expectHidden(fixture, 'POST', '/collections/papers/feedback', {
      search_id,
      results: [{ entity_id: 'e0', judgement: 'good' }],
    });
    await expectHidden(fixture, 'GET', '/collections/papers/insights');
    await expectHidden(fixture, 'GET', '/collections/papers/evaluation-set');
  });
});
