import { describe, expect, it } from 'vitest';
import { chunkEntityIdOf, searchTextOf, toSearchText } from './search-text.ts';

describe('toSearchText', () => {
  it.each([
    ['plain English, 12 words', 'plain English, 12 words'],
    ['東京都', ' 東京 京都 '],
    ['a東b', 'a 東 b'],
    ['データbase', ' デー ータ base'],
    ['한국어 문장', '한국어 문장'],
    ['', ''],
  ])('of %j is %j', (text, expected) => {
    expect(toSearchText(text)).toBe(expected);
  });
});

describe('searchTextOf', () => {
  it('has the name once, then the headings, then the text', () => {
    expect(searchTextOf({ name: 'Guide', headings: ['Guide', 'Start'], text: 'Press it.' })).toBe(
      'Guide\nStart\nPress it.',
    );
  });
});

describe('chunkEntityIdOf', () => {
  it('is the wire’s id of a passage', () => {
    expect(chunkEntityIdOf({ entityId: 'page-1', chunkIndex: 3 })).toBe('page-1__chunk_3');
  });
});
