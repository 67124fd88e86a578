import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { searchClassicEndpoint } from './search-classic.ts';

const path = '/collections/papers/search/classic';
const now = new Date('2026-11-24T10:30:00Z');
let fixture: SearchFixture;

beforeAll(async () => {
  const page = { sourceName: 'notion', entityType: 'NotionPageEntity' };
  const message = { sourceName: 'slack', entityType: 'SlackMessageEntity' };
  fixture = await createSearchFixture(
    (dependencies) => [searchClassicEndpoint({ ...dependencies, now: () => now })],
    [
      { ...page, name: 'Lease', text: 'The lease of the office ends in June.', updatedAt: new Date('2026-01-05') },
      { ...message, name: 'general', text: 'Who renews the lease of the office?', createdAt: new Date('2026-11-18') },
      { ...message, name: 'random', text: 'Office party, ticket WEFT-1234.', createdAt: new Date('2026-11-23T09:00Z') },
      { ...page, name: 'Old lease', text: 'The old lease of the office.', updatedAt: new Date('2020-01-05') },
      { ...page, name: 'Order', text: 'Office the of lease the old.', updatedAt: new Date('2021-01-05') },
    ],
  );
});
afterAll(() => fixture.close());

async function search(body: object) {
  const { status, body: answer } = await fixture.ask('POST', path, { key: fixture.key, body });
  expect(status).toBe(200);
  const names: readonly string[] = answer.results.map(({ name }: { name: string }) => name);
  return { names, plan: answer.plan, answer };
}

describe('classic search over a real index', () => {
  test('answers without a language model, with results first and its plan beside them', async () => {
    const { answer, names, plan } = await search({ query: 'when does the lease end' });
    expect(Object.keys(answer)[0]).toBe('results');
    expect(names).toHaveLength(5);
    expect(answer.results[0]).toMatchObject({ name: 'Lease', relevance_score: expect.any(Number), web_url: '' });
    expect(plan).toEqual({
      planner: 'rules',
      why_rules: 'no_model',
      model: null,
      strategy: 'hybrid',
      query: 'when does the lease end',
      variations: [],
      filters: [],
      phrases: [],
      excluded: [],
      order: 'relevance',
      dropped: [],
      steps: [
        { name: 'plan', ms: expect.any(Number) },
        { name: 'search', ms: expect.any(Number) },
      ],
    });
  });

  test('keeps to the source and the time that the question names', async () => {
    expect((await search({ query: 'lease of the office in slack' })).names.toSorted()).toEqual(['general', 'random']);
    const { names, plan } = await search({ query: 'slack messages about the lease from last week' });
    expect(names).toEqual(['general']);
    expect(plan.filters).toContainEqual({
      text: 'slack',
      filter: [{ conditions: [{ field: 'airweave_system_metadata.source_name', operator: 'equals', value: 'slack' }] }],
    });
    expect(plan.filters[0]).toMatchObject({
      text: 'from last week',
      filter: [
        {
          conditions: [
            { field: 'updated_at', operator: 'greater_than_or_equal', value: '2026-11-16T00:00:00.000Z' },
            { field: 'updated_at', operator: 'less_than', value: '2026-11-23T00:00:00.000Z' },
          ],
        },
        { conditions: [{ field: 'created_at' }, { field: 'created_at' }] },
      ],
    });
  });

  test('drops guesses that leave nothing, the least certain first, and says so', async () => {
    const { names, plan } = await search({ query: 'lease in notion from last week' });
    expect(names).toContain('general');
    expect(plan.dropped).toEqual([{ text: 'in notion', reason: 'left_nothing' }]);
    expect(plan.filters.map(({ text }: { text: string }) => text)).toEqual(['from last week']);
    const all = await search({ query: 'lease before 2001-01-01' });
    expect(all.names).toHaveLength(5);
    expect(all.plan).toMatchObject({
      filters: [],
      query: 'lease before 2001-01-01',
      dropped: [{ text: 'before 2001-01-01', reason: 'left_nothing' }],
    });
  });

  test('keeps the filter of the caller, whatever is dropped', async () => {
    const conditions = [{ field: 'airweave_system_metadata.source_name', operator: 'equals', value: 'notion' }];
    const { names, plan } = await search({ query: 'lease in slack', filter: [{ conditions }] });
    expect(names.toSorted()).toEqual(['Lease', 'Old lease', 'Order']);
    expect(plan.dropped).toHaveLength(1);
    const none = [{ conditions: [{ field: 'name', operator: 'equals', value: 'nothing' }] }];
    expect((await search({ query: 'lease in slack', filter: none })).names).toEqual([]);
    const either = [
      { conditions: [{ field: 'name', operator: 'equals', value: 'Lease' }] },
      { conditions: [{ field: 'name', operator: 'equals', value: 'general' }] },
    ];
    expect((await search({ query: 'lease in slack', filter: either })).names).toEqual(['general']);
  });

  test('puts quoted words in a row first', async () => {
    const { names, plan } = await search({ query: 'what about the "old lease of the office"' });
    expect(names[0]).toBe('Old lease');
    expect(plan.phrases).toEqual(['old lease of the office']);
  });

  test('looks up codes by words alone, and by meaning when there are none', async () => {
    const { names, plan } = await search({ query: 'WEFT-1234' });
    expect(names).toEqual(['random']);
    expect(plan.strategy).toBe('keyword');
    const unknown = await search({ query: 'getLeaseOfOffice()' });
    expect(unknown.names.length).toBeGreaterThan(0);
    expect(unknown.plan).toMatchObject({ strategy: 'hybrid', dropped: [{ text: 'keyword', reason: 'left_nothing' }] });
  });

  test('leaves out what is excluded, unless nothing else is there', async () => {
    expect((await search({ query: 'office -lease' })).names).toEqual(['random']);
    const { names, plan } = await search({ query: 'office -office' });
    expect(names).toHaveLength(5);
    expect(plan.dropped).toEqual([{ text: '-office', reason: 'left_nothing' }]);
  });

  test('orders the good hits by date when the latest is wanted', async () => {
    const { names, plan } = await search({ query: 'latest lease of the office' });
    expect(plan.order).toBe('newest');
    const dates = ['general', 'Lease', 'Old lease'].map((name) => names.indexOf(name));
    expect(dates).toEqual(dates.toSorted((a, b) => a - b));
  });

  test.each(['lease office', 'latest "lease of the office"', 'office -party', 'lease in notion'])(
    'cuts every page from one order, with falling scores: %s',
    async (query) => {
      const whole = (await search({ query })).answer.results;
      const scores = whole.map((hit: { relevance_score: number }) => hit.relevance_score);
      expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a));
      for (const offset of [0, 1, 2, 7]) {
        const page = (await search({ query, offset, limit: 2 })).answer.results;
        expect(page).toEqual(whole.slice(offset, offset + 2));
      }
    },
  );

  test('drops no guess because a page is past the end', async () => {
    const { names, plan } = await search({ query: 'lease in slack', offset: 50 });
    expect(names).toEqual([]);
    expect(plan.dropped).toEqual([]);
  });

  test.each([
    [{}, 'body.query'],
    [{ query: ' ' }, 'body.query'],
    [{ query: 'x'.repeat(100_000) }, 'body.query'],
    [{ query: 'x', limit: 1001 }, 'body.limit'],
    [{ query: 'x', filter: [{ conditions: [{ field: 'nam', operator: 'equals', value: 'x' }] }] }, /field/],
  ])('refuses %j', async (body, field) => {
    const answer = await fixture.ask('POST', path, { key: fixture.key, body });
    expect(answer.status).toBe(422);
    expect(Object.keys(answer.body.errors[0])[0]).toMatch(field);
  });

  test('answers awkward queries', async () => {
    for (const query of [
      '🚀',
      '""',
      '-',
      '- -x',
      "'; drop table documents --",
      '.*(a+)+$',
      'مرحبا',
      'x '.repeat(3900),
    ]) {
      await search({ query });
    }
  });

  test('refuses who may not search, and hides the collection from other organisations', async () => {
    for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
    await expectHidden(fixture, 'POST', path, { query: 'lease' });
    const missing = await fixture.ask('POST', '/collections/missing/search/classic', {
      key: fixture.key,
      body: { query: 'x' },
    });
    expect([missing.status, missing.body]).toEqual([404, { detail: "Collection 'missing' not found" }]);
  });
});
