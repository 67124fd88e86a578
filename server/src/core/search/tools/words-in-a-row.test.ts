import { describe, expect, test } from 'vitest';
import { wordsInARow } from './words-in-a-row.ts';

const isIn = (words: string, text: string) => wordsInARow(words).find(text.normalize('NFC'), 1).length > 0;

describe('words in a row', () => {
  test.each([
    ['error code 42', 'ERROR-code: 42!'],
    ['Müller', 'Herr MÜLLER kam'],
    ['Müller', 'Herr Mu\u0308ller kam'],
    ['東京', '大東京都です'],
    ['INV-2024/001', 'see INV-2024/001, please'],
    ['(a+b)*', 'where (A+B)* is'],
    ['🚀', 'to the 🚀🚀'],
    ['שלום עולם', 'אמר שלום, עולם!'],
  ])('%j is in %j', (words, text) => {
    expect(isIn(words, text)).toBe(true);
  });

  test.each([
    ['error code 42', 'error codes 42'],
    ['error code', 'error in the code'],
    ['code error', 'error code'],
    ['Muller', 'Müller'],
    ['art', 'cart arts'],
    ['.*', 'anything'],
    ['', 'anything'],
    ['🚀', 'no emoji'],
  ])('%j is not in %j', (words, text) => {
    expect(isIn(words, text)).toBe(false);
  });

  test('tells letter for letter from words only', () => {
    expect(wordsInARow('INV-2024/001').isVerbatim('inv-2024/001')).toBe(true);
    expect(wordsInARow('INV-2024/001').isVerbatim('inv 2024 001')).toBe(false);
  });

  test('says where', () => {
    expect(wordsInARow('b').find('a b, B', 5)).toEqual([
      { start: 2, end: 3 },
      { start: 5, end: 6 },
    ]);
  });
});
