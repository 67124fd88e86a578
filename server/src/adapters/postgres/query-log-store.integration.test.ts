import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import { type LoggedSearch, SearchId, sweepQueryLog } from '../../core/insights/index.ts';
import { CollectionId, newId, OrganizationId, Scope, silentLogger } from '../../core/shared/index.ts';
import { type Database, openDatabase } from './database.ts';
import { createQueryLogStore } from './query-log-store.ts';
import { createQueryLogSweepStore } from './query-log-sweep-store.ts';

let testDatabase: TestDatabase;
let database: Database;
let store: ReturnType<typeof createQueryLogStore>;
const ours = new Scope(newId(OrganizationId));
const theirs = new Scope(newId(OrganizationId));
const papers = newId(CollectionId);
const notes = newId(CollectionId);
const now = new Date('2026-03-10T12:00:00Z');
const defaults = { mode: 'full', retentionDays: 30 } as const;

function daysAgo(days: number): Date {
  return new Date(now.getTime() - days * 86_400_000);
}

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.connection, { logger: silentLogger });
  store = createQueryLogStore(database);
  for (const [{ organizationId }, id] of [
    [ours, papers],
    [theirs, notes],
  ] as const) {
    await database.system().insertInto('organizations').values({ id: organizationId, name: 'Acme' }).execute();
    const collection = { id, organization_id: organizationId, name: 'Papers', readable_id: id };
    await database
      .system()
      .insertInto('collections')
      .values({ ...collection, encoder_name: 'none', dimensions: 4 })
      .execute();
  }
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

beforeEach(async () => {
  await database.system().deleteFrom('logged_searches').execute();
  await database.system().deleteFrom('query_log_settings').execute();
});

let asked = 0;
function search(query: string, more: Partial<LoggedSearch> = {}): LoggedSearch {
  asked += 1;
  return {
    id: newId(SearchId),
    collectionId: papers,
    at: now,
    tier: 'instant',
    strategy: 'hybrid',
    planner: null,
    callerKind: 'api_key',
    apiKeyId: null,
    queryHash: Buffer.from(query.padEnd(16).slice(0, 16)),
    queryText: query,
    filterShape: null,
    offset: 0,
    resultCount: 3,
    topScore: 0.5,
    tookMs: asked,
    usage: null,
    ...more,
  };
}

function texts(): Promise<readonly (string | null)[]> {
  const rows = database.system().selectFrom('logged_searches').select('query_text').orderBy('query_text').execute();
  return rows.then((found) => found.map((row) => row.query_text));
}

function sweep() {
  const deps = { store: createQueryLogSweepStore(database), defaults, logger: silentLogger };
  return sweepQueryLog(deps, { now, signal: AbortSignal.timeout(60_000) });
}

describe('the query log', () => {
  it('keeps what a search was, whatever characters its words have', async () => {
    const usage = { inputTokens: 120, outputTokens: 8, cost: 0.001 };
    await store.insert(ours, [search('naïve\0 \ud800 東京 "\\u0000"', { planner: 'rules', usage, topScore: null })]);
    const [row] = await database.system().selectFrom('logged_searches').selectAll().execute();
    expect(row).toMatchObject({
      query_text: 'naïve \ufffd 東京 "\\u0000"',
      planner: 'rules',
      input_tokens: 120,
      cost: 0.001,
      top_score: null,
    });
  });

  it('takes nothing for collections that are gone, of others, or twice', async () => {
    const first = search('once');
    await store.insert(ours, [first, search('nowhere', { collectionId: newId(CollectionId) })]);
    await store.insert(ours, [first, search('of theirs', { collectionId: notes })]);
    expect(await texts()).toEqual(['once']);
  });

  it('reports a collection of one organisation, and nothing of another', async () => {
    await store.insert(ours, [
      search('lease', { tookMs: 10 }),
      search('lease', { tookMs: 20 }),
      search('flying cars', { resultCount: 0, tookMs: 5_000, tier: 'classic', at: daysAgo(1) }),
      search('lease', { resultCount: 0, offset: 500, tookMs: 30 }),
      search('too old', { at: daysAgo(9) }),
    ]);
    const report = await store.readInsights(ours, papers, daysAgo(7));
    expect(report).toMatchObject({
      isCut: false,
      tiers: [
        { tier: 'classic', searches: 1, zeroResults: 1, p50Ms: 5000, p95Ms: 5000 },
        { tier: 'instant', searches: 3, zeroResults: 0, p50Ms: 20, inputTokens: 0, cost: 0 },
      ],
      days: [
        { day: '2026-03-09', searches: 1, zeroResults: 1 },
        { day: '2026-03-10', searches: 3, zeroResults: 0 },
      ],
      zeroResultQueries: [{ query: 'flying cars', count: 1, lastAt: daysAgo(1) }],
      feedback: { good: 0, bad: 0, clicked: 0 },
    });
    expect(report.frequentQueries.map(({ query, count }) => [query, count])).toEqual([
      ['lease', 2],
      ['flying cars', 1],
    ]);
    expect(report.slowest[0]).toMatchObject({ query: 'flying cars', tookMs: 5000, at: daysAgo(1) });
    expect((await store.readInsights(theirs, papers, daysAgo(7))).tiers).toEqual([]);
  });

  it('makes queries with judged documents of feedback: words before clicks, the mean where they differ', async () => {
    const first = search('lease');
    const again = search('lease');
    const clicked = search('key');
    const onlyBad = search('door');
    const wordless = search('secret', { queryText: null });
    await store.insert(ours, [first, again, clicked, onlyBad, wordless]);
    const say = (of: LoggedSearch, entityId: string, judgement: 'good' | 'bad' | 'clicked', grade: number) =>
      store.saveFeedback(ours, { collectionId: papers, id: of.id }, [{ entityId, judgement, grade }], now);
    await say(first, 'a', 'good', 3);
    await say(again, 'a', 'good', 2);
    await say(again, 'b', 'bad', 0);
    await say(first, 'b', 'clicked', 1);
    await say(clicked, 'c', 'good', 2);
    await say(clicked, 'c', 'clicked', 1);
    await say(onlyBad, 'd', 'bad', 0);
    await say(wordless, 'e', 'good', 3);
    const queries = await store.listJudgedQueries(ours, papers, 10);
    expect(queries.map(({ text, judgements }) => ({ text, judgements }))).toEqual(
      expect.arrayContaining([
        { text: 'lease', judgements: { a: 3, b: 0 } },
        { text: 'key', judgements: { c: 1 } },
      ]),
    );
    expect(queries).toHaveLength(2);
    expect(await store.listJudgedQueries(theirs, papers, 10)).toEqual([]);
    expect((await store.readInsights(ours, papers, daysAgo(1))).feedback).toEqual({ good: 3, bad: 2, clicked: 2 });
  });

  it('takes feedback on 100 results of a search, and none on what it does not know', async () => {
    const known = search('lease');
    await store.insert(ours, [known]);
    const about = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => ({ entityId: `e${from + n}`, judgement: 'good', grade: 2 }) as const);
    const of = { collectionId: papers, id: known.id };
    expect(await store.saveFeedback(ours, of, about(0, 60), now)).toBe('saved');
    expect(await store.saveFeedback(ours, of, about(0, 100), now)).toBe('saved');
    expect(await store.saveFeedback(ours, of, about(100, 101), now)).toBe('too_many');
    expect(await store.saveFeedback(ours, { ...of, id: newId(SearchId) }, about(0, 1), now)).toBe('unknown_search');
    expect(await store.saveFeedback(ours, { ...of, collectionId: notes }, about(0, 1), now)).toBe('unknown_search');
    expect(await store.saveFeedback(theirs, of, about(0, 1), now)).toBe('unknown_search');
  });
});

describe('sweepQueryLog', () => {
  it('removes what is older than an organisation keeps it, with its feedback', async () => {
    const old = search('old', { at: daysAgo(31) });
    await store.insert(ours, [old, search('young', { at: daysAgo(29) })]);
    await store.insert(theirs, [search('kept longer', { at: daysAgo(31), collectionId: notes })]);
    await store.saveFeedback(
      ours,
      { collectionId: papers, id: old.id },
      [{ entityId: 'a', judgement: 'good', grade: 2 }],
      now,
    );
    await store.saveSetting(theirs, { mode: null, retentionDays: 60 });
    await sweep();
    expect(await texts()).toEqual(['kept longer', 'young']);
    expect(await database.system().selectFrom('search_feedback').selectAll().execute()).toEqual([]);
    await store.saveSetting(ours, { mode: null, retentionDays: 7 });
    await sweep();
    expect(await texts()).toEqual(['kept longer']);
  });

  it('removes all of who turned it off, and the words of who wants hashes only', async () => {
    await store.insert(ours, [search('ours', { filterShape: 'raw_source_fields.salary equals' })]);
    await store.insert(theirs, [search('theirs', { collectionId: notes })]);
    await sweep();
    expect(await texts()).toEqual(['ours', 'theirs']);
    await store.saveSetting(ours, { mode: 'hashed', retentionDays: null });
    await store.saveSetting(theirs, { mode: 'off', retentionDays: null });
    await sweep();
    const left = await database.system().selectFrom('logged_searches').select(['query_text', 'filter_shape']).execute();
    expect(left).toEqual([{ query_text: null, filter_shape: null }]);
  });

  it('removes what is of collections that are deleted, before they go themselves', async () => {
    const id = newId(CollectionId);
    const collection = { id, organization_id: ours.organizationId, name: 'Gone', readable_id: 'gone' };
    await database
      .system()
      .insertInto('collections')
      .values({ ...collection, encoder_name: 'none', dimensions: 4 })
      .execute();
    await store.insert(ours, [search('of the deleted', { collectionId: id }), search('other')]);
    await database.system().updateTable('collections').set({ deleted_at: now }).where('id', '=', id).execute();
    await store.insert(ours, [search('too late', { collectionId: id })]);
    await sweep();
    expect(await texts()).toEqual(['other']);
  });

  it('has nothing to do where an organization was deleted: all of it went along', async () => {
    const gone = new Scope(newId(OrganizationId));
    const id = newId(CollectionId);
    const organization = { id: gone.organizationId, name: 'Gone' };
    await database.system().insertInto('organizations').values(organization).execute();
    const collection = { id, organization_id: gone.organizationId, name: 'Theirs', readable_id: 'theirs' };
    await database
      .system()
      .insertInto('collections')
      .values({ ...collection, encoder_name: 'none', dimensions: 4 })
      .execute();
    const known = search('of the gone', { collectionId: id });
    await store.insert(gone, [known]);
    await store.saveSetting(gone, { mode: 'full', retentionDays: null });
    const feedback = [{ entityId: 'a', judgement: 'good', grade: 2 }] as const;
    expect(await store.saveFeedback(gone, { collectionId: id, id: known.id }, feedback, now)).toBe('saved');
    await database.system().deleteFrom('organizations').where('id', '=', gone.organizationId).execute();
    for (const table of ['logged_searches', 'search_feedback', 'query_log_settings'] as const) {
      expect(await database.system().selectFrom(table).selectAll().execute(), table).toEqual([]);
    }
  });

  it('takes more than one batch', async () => {
    await store.insert(
      ours,
      Array.from({ length: 2_500 }, (_, n) => search(`q${n}`, { at: daysAgo(40) })),
    );
    await sweep();
    expect(await texts()).toEqual([]);
  });
});
