import { expect, test } from 'vitest';
import { excerptOf, hasTerm, questionTermsOf } from './excerpt.ts';

test('terms are what a question is about', () => {
  expect(questionTermsOf("What is the landlord's number for ISO-9001 in Köln?")).toEqual([
    'landlord',
    'number',
    'iso-9001',
    'köln',
  ]);
  expect(questionTermsOf('what is it')).toEqual([]);
  expect(questionTermsOf('😀')).toEqual([]);
  expect(questionTermsOf('東京 の 天気')).toContain('東京');
});

test.each([
  ['policies are signed', 'policy', true],
  ['the lease ended', 'ends', true],
  ['release notes', 'lease', false],
  ['error e42x here', 'e42x', true],
  ['東京都の天気', '天気', true],
])('%j has %j: %s', (text, term, expected) => {
  expect(hasTerm(text, term)).toBe(expected);
});

test('an excerpt is the stretch with the most terms, without broken characters', () => {
  const text = `${'nothing here '.repeat(100)}the lease of the office ends in June${' nothing else'.repeat(100)}`;
  const excerpt = excerptOf(text, ['lease', 'office', 'june'], 100);
  expect(excerpt).toContain('lease of the office ends in June');
  expect(excerpt.length).toBeLessThan(110);
  expect(excerpt).toMatch(/^… .* …$/);
  expect(excerptOf('short', ['x'], 100)).toBe('short');
  expect(excerptOf('😀'.repeat(200), [], 101).isWellFormed()).toBe(true);
});

test('an excerpt of a megabyte does not take long, whatever is in it', () => {
  expect(excerptOf('lease '.repeat(200_000), ['lease'], 100)).toContain('lease lease');
});
