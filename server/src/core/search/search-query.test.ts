import { expect, test } from 'vitest';
import { SearchQuery } from './search-query.ts';

test('keeps a plain query as it is, in any script', () => {
  expect(SearchQuery.parse('  größe 数据 🚀? ')).toBe('größe 数据 🚀?');
});

test('makes control characters spaces and mends unpaired surrogates', () => {
  expect(SearchQuery.parse('a\u0000b\r\n\tc\u0007')).toBe('a b c');
  expect(SearchQuery.parse('x\ud800y')).toBe('x\ufffdy');
});

test.each(['', '   ', '\u0000\n\u2003\t'])('refuses the blank query %j', (query) => {
  expect(SearchQuery.safeParse(query).error?.issues[0]?.message).toMatch(/blank/);
});

test('counts code points and refuses more than 8,000', () => {
  expect(SearchQuery.safeParse('🚀'.repeat(8000)).success).toBe(true);
  expect(SearchQuery.safeParse('🚀'.repeat(8001)).error?.issues[0]?.message).toMatch(/at most 8000 characters/);
});

test.each([undefined, null, 5, ['a'], {}])('refuses %j', (query) => {
  expect(SearchQuery.safeParse(query).success).toBe(false);
});
