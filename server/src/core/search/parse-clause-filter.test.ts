import { describe, expect, test } from 'vitest';
import { matchesFilter } from '../../adapters/search-index/in-memory/matches-filter.ts';
import { chunk } from '../../adapters/search-index/search-index.fixtures.ts';
import { parseClauseFilter } from './parse-clause-filter.ts';
import type { IndexChunk } from './search-index.ts';

const context = { collectionIds: ['papers', '00000000-0000-4000-8000-000000000001'] };
const parse = (filter: object) => parseClauseFilter(filter as Record<string, unknown>, context);
const complaint = (filter: object): string => {
  try {
    parse(filter);
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
  return 'accepted';
};

const breadcrumbs = [{ entityId: 'f', name: 'Folder', entityType: 'Folder' }];
const rows: readonly IndexChunk[] = [
  chunk({ name: 'a', sourceName: 'slack', createdAt: new Date('2026-01-05'), viewers: ['user:anna'], isPublic: false }),
  chunk({ name: 'b', sourceName: 'slack', createdAt: new Date('2026-02-05'), chunkIndex: 3, isPublic: true }),
  chunk({
    name: 'c',
    sourceName: 'notion',
    createdAt: null,
    entityId: 'page-1',
    fields: { team: ['red', 'blue'], size: [1, 9] },
  }),
  chunk({
    name: 'd',
    sourceName: 'files',
    createdAt: new Date('2026-03-05'),
    viewers: [],
    breadcrumbs,
    fields: { team: 'red', size: 5, due: '2026-03-05', tags: [] },
  }),
];
const is = (name: string) => ({ key: 'name', match: { value: name } });

/** Names of the rows that a filter lets through. */
function passed(filter: object): string {
  const parsed = parse(filter);
  return rows
    .filter((row) => parsed === undefined || matchesFilter(row, parsed))
    .map(({ name }) => name)
    .join('');
}

describe('the filter of the older search', () => {
  test.each([
    {},
    { must: [] },
    { must: [], should: [], must_not: [] },
    { must: null },
    { should: [], minimum_should_match: 2 },
  ])('filters nothing for %j', (filter) => expect(parse(filter)).toBeUndefined());

  test('compiles to conditions of the index', () => {
    expect(parse({ must: [{ key: 'source_name', match: { value: 'slack' } }] })).toEqual([
      [{ field: 'airweave_system_metadata.source_name', operator: 'in', value: ['slack'] }],
    ]);
  });

  test.each([
    [{ must: [{ key: 'source_name', match: { value: 'slack' } }] }, 'ab'],
    [{ must: [{ key: 'airweave_system_metadata.source_name', match: { any: ['slack', 'files'] } }] }, 'abd'],
    [{ must: [{ key: 'system_metadata.source_name', match: { except: ['slack'] } }] }, 'cd'],
    [{ must: [{ key: 'name', match: { any: [] } }] }, ''],
    [{ must: [{ key: 'name', match: { except: [] } }] }, 'abcd'],
    [{ must: [{ key: 'created_at', range: { gte: '2026-02-01', lt: '2026-03-01T00:00:00Z' } }] }, 'b'],
    [{ must: [{ key: 'created_at', match: { value: '2026-01-05' } }] }, 'a'],
    [{ must: [{ key: 'chunk_index', range: { gt: 2 } }] }, 'b'],
    [{ must: [{ has_id: ['page-1'] }] }, 'c'],
    [{ must: [{ has_id: ['page-1__chunk_0', 'x'] }] }, 'c'],
    [{ must_not: [{ has_id: ['page-1'] }] }, 'abd'],
    [{ must: [{ key: 'created_at', is_null: true }] }, 'c'],
    [{ must: [{ key: 'created_at', is_empty: false }] }, 'abd'],
    [{ must: [{ key: 'name', is_null: true }] }, ''],
    [{ must: [{ key: 'source_fields.team', match: { value: 'red' } }] }, 'cd'],
    [{ must: [{ key: 'raw_source_fields.team', match: { any: ['blue', 7] } }] }, 'c'],
    [{ must: [{ key: 'source_fields.team', match: { except: ['blue'] } }] }, 'abd'],
    [{ must: [{ key: 'source_fields.size', match: { value: 5 } }] }, 'd'],
    [{ must: [{ key: 'source_fields.size', match: { value: '5' } }] }, ''],
    [{ must: [{ key: 'source_fields.size', range: { gt: 1, lte: 5 } }] }, 'cd'],
    [{ must: [{ key: 'source_fields.due', range: { gte: '2026-03-05T00:00:00Z' } }] }, 'd'],
    [{ must_not: [{ key: 'source_fields.size', range: { gt: 5 } }] }, 'abd'],
    [{ must_not: [{ must_not: [{ key: 'source_fields.size', range: { gt: 5 } }] }] }, 'c'],
    [{ must: [{ key: 'source_fields.tags', is_empty: true }] }, 'abcd'],
    [{ must: [{ key: 'source_fields.team', is_null: false }] }, 'cd'],
    [{ must: [{ key: 'breadcrumbs.name', is_empty: false }] }, 'd'],
    [{ must: [{ nested: { key: 'breadcrumbs', filter: { must: [is('Folder')] } } }] }, 'd'],
    [{ must_not: [{ nested: { key: 'breadcrumbs[]', filter: { must: [is('Folder')] } } }] }, 'abc'],
    [{ must: [{ key: 'access.viewers', match: { any: ['user:anna', 'user:bob'] } }] }, 'a'],
    [{ must: [{ key: 'access.is_public', match: { value: true } }] }, 'b'],
    [{ must: [{ key: 'access.is_public', match: { any: [true, false] } }] }, 'ab'],
    [{ must: [{ key: 'collection_id', match: { value: 'papers' } }] }, 'abcd'],
    [{ must: [{ key: 'collection_id', match: { value: 'other' } }] }, ''],
    [{ must_not: [{ key: 'collection_id', match: { value: 'other' } }] }, 'abcd'],
  ])('understands %j', (filter, names) => expect(passed(filter)).toBe(names));

  test.each([
    [{ must_not: [is('a'), is('b')] }, 'cd'],
    [{ must_not: [{ key: 'created_at', range: { lt: '2026-02-01' } }] }, 'bcd'],
    [{ must_not: [{ key: 'created_at', range: { gte: '2026-02-01', lt: '2026-03-01' } }] }, 'acd'],
    [{ should: [is('a'), is('c')] }, 'ac'],
    [{ should: [is('a'), is('c')], must: [{ key: 'source_name', match: { value: 'slack' } }] }, 'a'],
    [{ should: [is('a')], minimum_should_match: 0 }, 'abcd'],
    [{ should: [is('a')], minimum_should_match: 2 }, ''],
    [
      {
        should: [
          is('b'),
          { key: 'source_name', match: { value: 'slack' } },
          { key: 'chunk_index', range: { gt: 0 } },
          is('c'),
        ],
        minimum_should_match: 2,
      },
      'b',
    ],
    [{ must: [{ should: [is('a'), is('b')] }, { must_not: [is('b')] }] }, 'a'],
    [{ must_not: [{ must: [is('a'), { key: 'source_name', match: { value: 'slack' } }] }] }, 'bcd'],
    [{ must_not: [{ should: [is('a'), is('b')] }] }, 'cd'],
    [
      { must_not: [{ should: [is('a'), { key: 'source_name', match: { value: 'slack' } }], minimum_should_match: 2 }] },
      'bcd',
    ],
    [{ must_not: [{ must_not: [is('a')] }] }, 'a'],
    [{ must_not: [{ must: [] }] }, ''],
  ])('joins and negates: %j', (filter, names) => expect(passed(filter)).toBe(names));

  test('makes one list of many alternatives', () => {
    const should = Array.from({ length: 5000 }, (_, place) => is(`n${place}`));
    expect(parse({ should })).toHaveLength(1);
    expect(passed({ should: [...should, is('d')] })).toBe('d');
  });

  test.each([
    [{ key: 'name', match: { value: 'a' } }, /filter.*must/],
    [{ match: { value: 'a' } }, /filter.*must/],
    [{ range: { gt: 1 } }, /filter.*must/],
    [{ musst: [] }, /'musst'.*'must'/],
    [{ min_should: { min_count: 1 } }, /'min_should'/],
    [{ must: is('a') }, /'filter.must' should be a list/],
    [{ must: [7] }, /'filter.must.0' should be a condition/],
    [{ must: [[]] }, /'filter.must.0' should be a condition/],
    [{ must: [{}] }, /'key'/],
    [
      { must: [{ key: 'souce_name', match: { value: 'x' } }] },
      /'souce_name' is not a filter field, did you mean 'source_name'\?/,
    ],
    [{ must: [{ key: 'name' }] }, /'name' needs one of 'match'/],
    [{ must: [{ key: 'name', mach: { value: 'x' } }] }, /'mach'.*'match'/],
    [{ must: [{ key: 'name', match: 'x' }] }, /'match' of field 'name'/],
    [{ must: [{ key: 'name', match: { valeu: 'x' } }] }, /'valeu'.*'value'/],
    [{ must: [{ key: 'name', match: {} }] }, /exactly one/],
    [{ must: [{ key: 'name', match: { value: 'x', any: ['y'] } }] }, /exactly one/],
    [{ must: [{ key: 'name', match: { any: 'x' } }] }, /should be a list/],
    [{ must: [{ key: 'name', match: { value: null } }] }, /'name' is compared with text/],
    [{ must: [{ key: 'name', range: { gt: 'a' } }] }, /'name' has no order/],
    [{ must: [{ key: 'created_at', range: { after: '2026-01-01' } }] }, /'after'/],
    [{ must: [{ key: 'created_at', range: {} }] }, /needs one of 'gt'/],
    [{ must: [{ key: 'created_at', range: { gt: 'soon' } }] }, /'created_at'.*ISO 8601/],
    [{ must: [{ key: 'chunk_index', range: { gt: 'two' } }] }, /chunk_index' is compared with numbers/],
    [{ must: [{ key: 'access.is_public', match: { value: 'yes' } }] }, /true or false/],
    [{ must: [{ key: 'name', is_null: 'yes' }] }, /'is_null'.*true or false/],
    [{ must: [{ key: 'access.viewers', values_count: { gt: 1 } }] }, /'values_count'/],
    [{ must: [{ nested: { key: 'breadcrumbs', filter: {} } }] }, /'nested'/],
    [{ must: [{ nested: { key: 'breadcrumbs', filter: { must: [is('a'), is('b')] } } }] }, /with one condition/],
    [{ must: [{ nested: { key: 'breadcrumbs', filter: { must: [{ nested: {} }] } } }] }, /with one condition/],
    [{ must: [{ nested: { key: 'breadcrums', filter: { must: [is('a')] } } }] }, /did you mean 'breadcrumbs.name'/],
    [{ must: [{ key: 'source_fields.', match: { value: 'a' } }] }, /not a filter field/],
    [{ must: [{ key: `source_fields.${'x'.repeat(201)}`, is_null: true }] }, /at most 200 characters/],
    [
      { must: [{ key: 'source_fields.size', range: { gt: 'big' } }] },
      /'raw_source_fields.size' needs a number, or an ISO/,
    ],
    [{ must: [{ key: 'source_fields.size', match: { value: {} } }] }, /is compared with text, numbers, true or false/],
    [{ must: [{ has_id: 'a' }] }, /'has_id' should be a list/],
    [{ should: [is('a')], minimum_should_match: -1 }, /minimum_should_match/],
    [{ should: [is('a')], minimum_should_match: '1' }, /minimum_should_match/],
  ])('refuses %j', (filter, message) => expect(complaint(filter)).toMatch(message));

  test('bounds depth, products and lists', () => {
    let deep: object = is('a');
    for (let level = 0; level < 100; level++) deep = { must: [deep] };
    expect(complaint(deep)).toMatch(/levels deep/);
    const choice = { should: [is('a'), { key: 'chunk_index', range: { gt: 1 } }] };
    expect(complaint({ must: Array.from({ length: 40 }, () => choice) })).toMatch(/too complex/);
    expect(complaint({ must: Array.from({ length: 101 }, () => is('a')) })).toMatch(/too complex/);
    expect(complaint({ must: [{ key: 'name', match: { any: Array.from({ length: 10_001 }, String) } }] })).toMatch(
      /too complex/,
    );
    const ranges = Array.from({ length: 200 }, (_, place) => ({ key: 'chunk_index', range: { gt: place } }));
    expect(complaint({ should: ranges, minimum_should_match: 100 })).toMatch(/too complex/);
  });
});
