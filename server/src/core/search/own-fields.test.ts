import { expect, test } from 'vitest';
import { flattenOwnFields, instantOf, ownNameOf, toContainsText } from './own-fields.ts';

test('takes values one by one, those of lists and of objects one level deep', () => {
  const flat = flattenOwnFields({
    team: 'red',
    tags: ['a', 2, true, null],
    grid: [[1, 2], [[3]]],
    lead: { name: 'anna', mail: ['x', 'y'], at: { home: 'z' } },
    people: [{ name: 'bob' }, { name: 'cleo' }, 'dan'],
    'lead.name': 'top',
  });
  expect(Object.fromEntries(flat)).toEqual({
    team: ['red'],
    tags: ['a', 2, true],
    grid: [1, 2],
    lead: [],
    'lead.name': ['anna', 'top'],
    'lead.mail': ['x', 'y'],
    'lead.at': [],
    people: ['dan'],
    'people.name': ['bob', 'cleo'],
  });
});

test('has no field without a value', () => {
  expect([...flattenOwnFields({ a: null, b: [[]], c: [null], d: { e: null }, f: '' }).keys()]).toEqual(['d', 'f']);
});

test('compares names and values as they can be stored', () => {
  expect([...flattenOwnFields({ 'a\0b': 'c\0\ud800' })]).toEqual([['ab', ['c\ufffd']]]);
  expect(ownNameOf('raw_source_fields.a\0b')).toBe('ab');
  expect(toContainsText('A\u001fÜ\0')).toBe('a ü');
});

test('takes ISO 8601 dates for instants, and nothing else', () => {
  expect(instantOf('2026-01-31')).toBe(Date.UTC(2026, 0, 31));
  expect(instantOf('2026-01-31T10:00+02:00')).toBe(Date.UTC(2026, 0, 31, 8));
  for (const text of ['2026-02-30', ' 2026-01-31', '2026', '0000-01-01', 'soon', '20260131', '']) {
    expect(instantOf(text), text).toBeUndefined();
  }
});
