import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { postSearchEndpoint } from './post-search.ts';
import { searchInstantEndpoint } from './search-instant.ts';

let fixture: SearchFixture;

beforeAll(async () => {
  const ticket = { text: 'the printer', sourceName: 'tickets', entityType: 'Ticket' };
  fixture = await createSearchFixture(
    (dependencies) => [searchInstantEndpoint(dependencies), postSearchEndpoint(dependencies)],
    [
      { ...ticket, name: 'a', fields: { team: 'red', size: 3, due: '2026-01-31', tags: ['x', 'y'], open: true } },
      { ...ticket, name: 'b', fields: { team: '50%_off', size: '3', tags: [], lead: { name: 'anna' } } },
      { ...ticket, name: 'c', fields: { size: [1, 9], due: '2026-03-01T10:00:00+02:00', "o'x": 'y' } },
      { ...ticket, name: 'd' },
    ],
  );
});
afterAll(() => fixture.close());

function instant(conditions: readonly object[]) {
  const body = { query: 'printer', filter: [{ conditions }] };
  return fixture.ask('POST', '/collections/papers/search/instant', { key: fixture.key, body });
}

async function found(name: string, operator: string, value: unknown): Promise<string> {
  const { status, body } = await instant([{ field: `raw_source_fields.${name}`, operator, value }]);
  expect(status, JSON.stringify(body)).toBe(200);
  return body.results
    .map((result: { name: string }) => result.name)
    .sort()
    .join('');
}

describe('filters on own fields', () => {
  test.each([
    ['team', 'equals', 'red', 'a'],
    ['team', 'not_equals', 'red', 'bcd'],
    ['team', 'contains', '%_O', 'b'],
    ['team', 'contains', 'r.d', ''],
    ['team', 'contains', '%', 'b'],
    ['size', 'equals', 3, 'a'],
    ['size', 'equals', '3', 'b'],
    ['size', 'greater_than', 2.5, 'ac'],
    ['size', 'less_than', 3, 'c'],
    ['due', 'greater_than', '2026-02-01', 'c'],
    ['due', 'less_than_or_equal', '2026-03-01T08:00:00Z', 'ac'],
    ['tags', 'in', ['y', 'z'], 'a'],
    ['tags', 'exists', true, 'a'],
    ['tags', 'exists', false, 'bcd'],
    ['open', 'equals', true, 'a'],
    ['lead.name', 'equals', 'anna', 'b'],
    ["o'x", 'equals', 'y', 'c'],
    ["') OR true --", 'exists', true, ''],
    ['team', 'equals', "' OR '1'='1", ''],
    ['team\u0000', 'equals', 'red', 'a'],
  ] as const)('%s %s %j', async (name, operator, value, names) => {
    expect(await found(name, operator, value)).toBe(names);
  });

  test('take 10,000 values', async () => {
    const values = Array.from({ length: 9_999 }, (_, place) => `value ${place}`);
    expect(await found('team', 'in', [...values, 'red'])).toBe('a');
  });

  test('that name what no document has find nothing, and say so', async () => {
    const { status, body } = await instant([{ field: 'raw_source_fields.teem', operator: 'equals', value: 'red' }]);
    expect([status, body.results]).toEqual([200, []]);
    expect(body.warnings).toEqual([expect.stringContaining("Did you mean 'raw_source_fields.team'?")]);
  });

  test.each([
    [{ field: 'team', operator: 'equals', value: 'red' }, "'team' is not a filter field"],
    [{ field: 'source_fields.team', operator: 'equals', value: 'x' }, "did you mean 'raw_source_fields.team'?"],
    [{ field: 'raw_source_fields.size', operator: 'over', value: 3 }, "'over' is not a filter operator"],
    [{ field: 'raw_source_fields.size', operator: 'greater_than', value: '3' }, 'a number is written without quotes'],
  ])('refuse %j', async (condition, message) => {
    const { status, body } = await instant([condition]);
    expect(status).toBe(422);
    expect(JSON.stringify(body)).toContain(message);
  });

  test('work in the older grammar, and a filter nested 100 deep is refused', async () => {
    const ask = (filter: object) =>
      fixture.ask('POST', '/collections/papers/search', { key: fixture.key, body: { query: 'printer', filter } });
    const own = await ask({ must_not: [{ key: 'source_fields.size', range: { gt: 2 } }] });
    expect(own.status, JSON.stringify(own.body)).toBe(200);
    expect(own.body.results).toHaveLength(2);
    const nested = (levels: number) =>
      Array.from({ length: levels }).reduce<object>((inner) => ({ must: [inner] }), {
        key: 'source_fields.team',
        match: { value: 'red' },
      });
    for (const [levels, message] of [
      [20, 'nested more than 10 levels deep'],
      [100, 'nested deeper than 64 levels'],
    ] as const) {
      const refused = await ask(nested(levels));
      expect(refused.status).toBe(422);
      expect(JSON.stringify(refused.body)).toContain(message);
    }
  });
});
