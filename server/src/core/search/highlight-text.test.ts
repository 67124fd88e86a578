import { describe, expect, test } from 'vitest';
import { highlightText, matchWords } from './highlight-text.ts';

const highlight = (query: string, text: string) => highlightText(text, matchWords(query)(text));

describe('highlights', () => {
  test('are the sentences with the words, in any form the index takes for the same', () => {
    const text = 'Nothing here. They were connecting cables.\nA **Connection** broke! The end of cable one.';
    expect(highlight('connected cables', text)).toEqual([
      { fragment: 'They were connecting cables.', words: ['connecting', 'cables'] },
      { fragment: 'A **Connection** broke!', words: ['Connection'] },
      { fragment: 'The end of cable one.', words: ['cable'] },
    ]);
  });

  test('prefer sentences with more of the words, at most three, in the order of the text', () => {
    const text = 'A castle. A harbor. The castle at the harbor. One castle. One harbor.';
    expect(highlight('castle harbor', text).map(({ fragment }) => fragment)).toEqual([
      'A castle.',
      'A harbor.',
      'The castle at the harbor.',
    ]);
  });

  test('do not care for accents and case, nor for words that say nothing', () => {
    expect(highlight('the CAFE', 'Un café. The rest.')).toEqual([{ fragment: 'Un café.', words: ['café'] }]);
    expect(highlight('the of and', 'The end of it and more.')).toEqual([]);
  });

  test('find parts of words of scripts without spaces', () => {
    expect(highlight('東京', '私は東京都に住む。京都ではない。')).toEqual([
      { fragment: '私は東京都に住む。', words: ['東京'] },
    ]);
  });

  test.each(['', '🚀🚀', '.*', '<b>', 'שלום'])('are none for %j', (query) => {
    expect(highlight(query, 'Some <i>text</i> of a source.')).toEqual([]);
  });

  test('are bounded, whatever the text', () => {
    const fragments = highlight('castle', 'castle '.repeat(20_000));
    expect(fragments.length).toBeLessThanOrEqual(3);
    expect(JSON.stringify(fragments).length).toBeLessThan(2000);
    expect(highlight('castle', `${'x'.repeat(300_000)} castle`)).toEqual([]);
  });
});
