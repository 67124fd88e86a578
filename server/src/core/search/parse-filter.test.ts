import { describe, expect, test } from 'vitest';
import { FilterGroups } from './parse-filter.ts';

function parseOne(field: string, operator: string, value: unknown) {
  return FilterGroups.parse([{ conditions: [{ field, operator, value }] }])?.[0]?.[0];
}

/** The first complaint about one condition, as `path: message`. */
function complaint(condition: object): string {
  const issue = FilterGroups.safeParse([{ conditions: [condition] }]).error?.issues[0];
  return `${issue?.path.join('.')}: ${issue?.message}`;
}

const chunkIndex = 'airweave_system_metadata.chunk_index';

const own = 'raw_source_fields.team';

describe('FilterGroups', () => {
  test('keeps groups apart, since they are joined by OR', () => {
    const name = (value: string) => ({ field: 'name', operator: 'equals', value });
    expect(
      FilterGroups.parse([{ conditions: [name('a'), name('b')] }, { conditions: [name('c')] }])?.map((group) =>
        group.map(({ value }) => value),
      ),
    ).toEqual([['a', 'b'], ['c']]);
  });

  test.each([[undefined], [null], [[]]])('filters nothing for %j', (groups) => {
    expect(FilterGroups.parse(groups)).toBeUndefined();
  });

  test('reads text values of every scalar type as text', () => {
    expect(parseOne('name', 'equals', 'x')).toEqual({ field: 'name', operator: 'equals', value: 'x' });
    expect(parseOne('entity_id', 'not_equals', 42)).toEqual({
      field: 'entity_id',
      operator: 'not_equals',
      value: '42',
    });
    expect(parseOne('breadcrumbs.name', 'contains', true)).toEqual({
      field: 'breadcrumbs.name',
      operator: 'contains',
      value: 'true',
    });
    expect(parseOne('name', 'in', [1, 2])).toEqual({ field: 'name', operator: 'in', value: ['1', '2'] });
  });

  test('takes a single string for a list of one, and an empty one for an empty list', () => {
    expect(parseOne('name', 'in', 'a')).toEqual({ field: 'name', operator: 'in', value: ['a'] });
    expect(parseOne('name', 'not_in', '')).toEqual({ field: 'name', operator: 'not_in', value: [] });
    expect(parseOne('created_at', 'in', '')).toEqual({ field: 'created_at', operator: 'in', value: [] });
    expect(parseOne(chunkIndex, 'in', '3')).toEqual({ field: chunkIndex, operator: 'in', value: [3] });
    expect(parseOne(chunkIndex, 'in', [])).toEqual({ field: chunkIndex, operator: 'in', value: [] });
  });

  test('reads dates with and without offset, as UTC without', () => {
    const instant = new Date('2026-01-31T09:30:00Z');
    for (const text of [
      '2026-01-31T09:30:00',
      '2026-01-31T09:30:00Z',
      '2026-01-31T11:30:00+02:00',
      '"2026-01-31T09:30Z"',
    ]) {
      expect(parseOne('created_at', 'greater_than', text)).toEqual({
        field: 'created_at',
        operator: 'greater_than',
        value: instant,
      });
    }
    expect(parseOne('updated_at', 'in', ['2026-01-31T09:30:00'])).toEqual({
      field: 'updated_at',
      operator: 'in',
      value: [instant],
    });
  });

  test('reads numbers written as text', () => {
    expect(parseOne(chunkIndex, 'less_than_or_equal', '12')).toEqual({
      field: chunkIndex,
      operator: 'less_than_or_equal',
      value: 12,
    });
  });

  test('takes own fields with the values of JSON, and existence', () => {
    for (const value of ['red', '', 3, -2.5, true]) {
      expect(parseOne(own, 'equals', value)).toEqual({ field: own, operator: 'equals', value });
    }
    expect(parseOne(own, 'in', ['a', 1.5, false])).toEqual({ field: own, operator: 'in', value: ['a', 1.5, false] });
    expect(parseOne(own, 'not_in', 3)).toEqual({ field: own, operator: 'not_in', value: [3] });
    expect(parseOne(own, 'less_than', 2.5)).toEqual({ field: own, operator: 'less_than', value: 2.5 });
    expect(parseOne(own, 'greater_than', '2026-01-31T09:30Z')).toEqual({
      field: own,
      operator: 'greater_than',
      value: new Date('2026-01-31T09:30:00Z'),
    });
    for (const field of [own, 'created_at', 'breadcrumbs.name']) {
      expect(parseOne(field, 'exists', false)).toEqual({ field, operator: 'exists', value: false });
    }
  });

  test('names an unknown field or operator, the choices, and the nearest one', () => {
    const field = complaint({ field: 'source_nam', operator: 'equals', value: 'x' });
    expect(field).toMatch(
      /^0\.conditions\.0\.field: 'source_nam' is not a filter field, did you mean 'airweave_system_metadata\.source_name'\? /,
    );
    expect(field).toMatch(
      / Input should be 'entity_id', 'name', .* or 'airweave_system_metadata\.chunk_index', or 'raw_source_fields\.' and the name of one/,
    );
    expect(complaint({ field: 'name', operator: 'equal', value: 'x' })).toMatch(/did you mean 'equals'\? Input/);
    expect(complaint({ field: 'zzzzzzzzzz', operator: 'equals', value: 'x' })).toMatch(/is not a filter field\. Input/);
  });

  test.each([
    ['text has no order', { field: 'name', operator: 'greater_than', value: 'a' }, /text has no order/],
    ['dates are not searched in', { field: 'created_at', operator: 'contains', value: '2026' }, /looks into text only/],
    ['numbers are not searched in', { field: chunkIndex, operator: 'contains', value: 1 }, /looks into text only/],
    ['a list for one value', { field: 'name', operator: 'equals', value: ['a'] }, /a list needs 'in' or 'not_in'/],
    ['a list for one date', { field: 'created_at', operator: 'less_than', value: ['2026-01-01'] }, /a list needs/],
    ['a number for a list', { field: 'name', operator: 'in', value: 5 }, /needs a list/],
    ['a boolean for a list', { field: chunkIndex, operator: 'not_in', value: true }, /needs a list/],
    ['a word for a number', { field: chunkIndex, operator: 'equals', value: 'two' }, /'two' is not a number/],
    ['a boolean for a number', { field: chunkIndex, operator: 'equals', value: true }, /'true' is not a number/],
    ['a word in a list of numbers', { field: chunkIndex, operator: 'in', value: ['1', 'x'] }, /'x' is not a number/],
    [
      'a word for a date',
      { field: 'created_at', operator: 'equals', value: 'today' },
      /'today' is not an ISO 8601 date/,
    ],
    ['a number for a date', { field: 'updated_at', operator: 'equals', value: 5 }, /'5' is not an ISO 8601 date/],
    ['a word in a list of dates', { field: 'created_at', operator: 'in', value: ['x'] }, /'x' is not an ISO 8601 date/],
    ['a fraction', { field: 'name', operator: 'equals', value: 1.5 }, /Input should be a string, an integer/],
    ['null', { field: 'name', operator: 'equals', value: null }, /Input should be a string, an integer/],
    ['an object', { field: 'name', operator: 'equals', value: {} }, /Input should be a string, an integer/],
    ['a mixed list', { field: 'name', operator: 'in', value: ['a', 1] }, /Input should be a string, an integer/],
    ['a list of booleans', { field: 'name', operator: 'in', value: [true] }, /Input should be a string, an integer/],
    [
      'a comparison of own fields with a word',
      { field: own, operator: 'less_than', value: 'soon' },
      /needs a number, or an ISO/,
    ],
    ['a number in quotes', { field: own, operator: 'less_than', value: '5' }, /a number is written without quotes/],
    ['a number to look for in text', { field: own, operator: 'contains', value: 5 }, /needs a text/],
    ['a list for one own value', { field: own, operator: 'equals', value: ['a'] }, /a list needs 'in' or 'not_in'/],
    ['existence by a word', { field: own, operator: 'exists', value: 'yes' }, /needs true or false/],
    ['existence of a date by a word', { field: 'created_at', operator: 'exists', value: 1 }, /needs true or false/],
    [
      'existence of what is always there',
      { field: 'name', operator: 'exists', value: true },
      /every document has this/,
    ],
    [
      'an own field without a name',
      { field: 'raw_source_fields.', operator: 'exists', value: true },
      /not a filter field/,
    ],
    [
      'a name of the older results',
      { field: 'source_fields.team', operator: 'exists', value: true },
      /did you mean 'raw_source_fields\.team'/,
    ],
    [
      'a longer name than sources have',
      { field: `${own}${'x'.repeat(200)}`, operator: 'exists', value: true },
      /at most 200/,
    ],
    ['no value', { field: 'name', operator: 'equals' }, /value: Field required/],
    ['no operator', { field: 'name', value: 'x' }, /operator: .*string/],
    ['no field', { operator: 'equals', value: 'x' }, /field: .*string/],
  ])('refuses %s', (_, condition, message) => {
    expect(complaint(condition)).toMatch(message);
  });

  test('says which field and operator a value does not fit', () => {
    expect(complaint({ field: 'created_at', operator: 'less_than', value: 'soon' })).toMatch(
      /^0\.conditions\.0\.value: Field 'created_at', operator 'less_than': /,
    );
  });

  test.each([
    ['a group without conditions', [{ conditions: [] }]],
    ['a group without the key', [{}]],
    ['a bare condition', [{ field: 'name', operator: 'equals', value: 'x' }]],
    ['an object', { conditions: [] }],
    ['text', 'name = x'],
    ['more groups than anybody writes', Array.from({ length: 101 }, () => ({ conditions: [] }))],
    [
      'more values than anybody writes',
      Array.from({ length: 11 }, () => ({
        conditions: [{ field: 'name', operator: 'in', value: Array.from({ length: 1000 }, String) }],
      })),
    ],
  ])('refuses %s', (_, groups) => {
    expect(FilterGroups.safeParse(groups).success).toBe(false);
  });
});
