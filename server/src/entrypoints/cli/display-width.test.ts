import fc from 'fast-check';
import { expect, it } from 'vitest';
import { displayWidth, truncate, wrapText } from './display-width.ts';

it('counts wide characters as two columns and marks on a letter as none', () => {
  expect([displayWidth('abc'), displayWidth('データ'), displayWidth('e\u0301'), displayWidth('👩‍🚀')]).toEqual([
    3, 6, 1, 2,
  ]);
});

it('cuts at the end with an ellipsis, within the width', () => {
  expect(truncate('a long name', 7)).toBe('a long…');
  expect(truncate('データ収集', 6)).toBe('デー…');
  expect(truncate('short', 7)).toBe('short');
});

it('wraps at spaces and breaks only words that are longer than a line', () => {
  expect(wrapText('one two  three', 7)).toEqual(['one two', 'three']);
  expect(wrapText('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
});

it('keeps every line within the width and loses no text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, columns) => {
      const lines = wrapText(text, columns);
      expect(lines.every((line) => displayWidth(line) <= columns)).toBe(true);
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    }),
  );
});
