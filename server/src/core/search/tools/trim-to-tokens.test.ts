import { describe, expect, test } from 'vitest';
import { matchWords } from '../highlight-text.ts';
import { cutToTokens, estimateTokens } from './estimate-tokens.ts';
import { cutAround, trimToTokens } from './trim-to-tokens.ts';

const filler = (count: number) => 'Plain words fill this sentence up nicely. '.repeat(count);

function trim(texts: readonly string[], maxTokens: number, query = 'castle') {
  return trimToTokens(texts, {
    maxTokens,
    textOf: (text) => text,
    placesOf: matchWords(query),
    overheadOf: () => 5,
  });
}

describe('trimming to a number of tokens', () => {
  test('keeps everything that fits as it is', () => {
    const { kept, leftOut } = trim([filler(2), filler(3)], 1000);
    expect(kept.every(({ isCut }) => !isCut)).toBe(true);
    expect(leftOut).toEqual({ items: 0, tokens: 0 });
  });

  test('cuts a long best passage around its words, so that others have room', () => {
    const long = `${filler(60)}The castle stands here. ${filler(60)}`;
    const { kept, leftOut, tokens } = trim([long, filler(10), filler(10)], 600);
    expect(kept).toHaveLength(3);
    expect(kept[0]?.isCut).toBe(true);
    expect(kept[0]?.text).toContain('The castle stands here.');
    expect(kept[0]?.text).toMatch(/^…Plain.*nicely\.…$/);
    expect(kept[1]?.isCut).toBe(false);
    expect(tokens).toBeLessThanOrEqual(600);
    expect(leftOut.items).toBe(0);
    expect(leftOut.tokens).toBeGreaterThan(500);
  });

  test('gives what is over back to what was cut', () => {
    const long = `${filler(40)}The castle. ${filler(40)}`;
    const [first] = trim([long, 'short'], 900).kept;
    expect(estimateTokens(first?.text ?? '')).toBeGreaterThan(700);
  });

  test('leaves out what does not fit, and lets later short ones in', () => {
    const { kept, leftOut } = trim([filler(10), filler(10), filler(10), 'The castle.'], 235);
    expect(kept.map(({ item }) => item.length)).toEqual([filler(10).length, filler(10).length, 11]);
    expect(leftOut.items).toBe(1);
  });

  test('never exceeds its limit, and keeps the order, whatever the sizes', () => {
    for (let seed = 1; seed < 200; seed++) {
      const texts = Array.from({ length: 12 }, (_, i) => `${i} ${filler((seed * (i + 3) * 7919) % 60)}castle`);
      const maxTokens = 50 + ((seed * 104_729) % 3000);
      const { kept, tokens } = trim(texts, maxTokens);
      const size = kept.reduce((sum, { text }) => sum + estimateTokens(text) + 5, 0);
      expect(size).toBeLessThanOrEqual(maxTokens);
      expect(tokens).toBe(size);
      const places = kept.map(({ item }) => texts.indexOf(item));
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });

  test('keeps nothing where nothing fits', () => {
    expect(trim([filler(100)], 10)).toMatchObject({ kept: [], leftOut: { items: 1 }, tokens: 0 });
  });
});

describe('cutting', () => {
  test('begins at the first sentence when there is no word to be around', () => {
    expect(cutAround(`First. ${filler(50)}`, [], 20)).toMatch(/^First\. Plain.*…$/);
  });

  test('finds room within one endless sentence', () => {
    const text = `${'word '.repeat(500)}castle ${'word '.repeat(500)}`;
    const cut = cutAround(text, matchWords('castle')(text), 30);
    expect(cut).toContain('castle');
    expect(estimateTokens(cut)).toBeLessThanOrEqual(30);
  });

  test('leaves no half of a character', () => {
    expect(cutToTokens('🚀'.repeat(100), 3).isWellFormed()).toBe(true);
    expect(cutAround('🚀'.repeat(2000), [], 20).isWellFormed()).toBe(true);
  });

  test('counts scripts without spaces by character', () => {
    expect(estimateTokens('東京都は日本の首都です。')).toBeGreaterThanOrEqual(11);
    expect(estimateTokens('')).toBe(0);
  });
});
