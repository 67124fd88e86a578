import { describe, expect, it } from 'vitest';
import { indexedWordsOf, queryWordsOf } from './search-words.ts';

describe('queryWordsOf', () => {
  it.each([
    ['quick AND (brown OR fox)~2 field:x^9 wild*', 'quick AND brown OR fox 2 field x 9 wild'],
    ["it's C++", 'it s C'],
    ['東京都', '東京 京都'],
    ['ｆｕｌｌ width', 'full width'],
    ['quick\u0000\\ \ud800', 'quick'],
    ['twice twice', 'twice'],
    ['🙂 ???', ''],
    ['x'.repeat(129), ''],
  ])('of %j is %j', (text, expected) => {
    expect(queryWordsOf(text)).toBe(expected);
  });

  it('has so few words that a cluster takes them', () => {
    const words = Array.from({ length: 3000 }, (_, i) => `w${i}`).join(' ');
    expect(queryWordsOf(words).split(' ')).toHaveLength(500);
  });
});

describe('indexedWordsOf', () => {
  it('splits passages as queries, and keeps repeated words', () => {
    expect(indexedWordsOf({ name: 'A-b', headings: ['C'], text: 'd, d' })).toBe('A b C d d');
  });
});
