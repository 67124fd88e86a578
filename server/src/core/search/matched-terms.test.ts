import { describe, expect, test } from 'vitest';
import { englishStem } from './english-stem.ts';
import { matchedTerms } from './matched-terms.ts';

const passage = (text: string) => ({ name: 'Handbook', headings: ['Leases'], text });

describe('matchedTerms', () => {
  test('compares by stem, and gives the forms that the passage has', () => {
    expect(
      matchedTerms('connecting the lease', passage('How connections work once it is connected. Connect!')),
    ).toEqual([
      { term: 'connecting', forms: ['connections', 'connected', 'Connect'] },
      { term: 'lease', forms: ['Leases'] },
    ]);
  });

  test('leaves out stop words, and words that the passage does not have', () => {
    expect(matchedTerms('what is the rent of it', passage('it is what the lease says'))).toEqual([]);
  });

  test('does not regard case and accents', () => {
    expect(matchedTerms('MUNCHEN', passage('Nach München.'))).toEqual([{ term: 'munchen', forms: ['München'] }]);
  });

  test('compares scripts without spaces by pairs of characters', () => {
    expect(matchedTerms('東京都', passage('東京の家')).map(({ term }) => term)).toEqual(['東京']);
  });

  test('is bounded: 50 terms, five forms of each', () => {
    const words = Array.from({ length: 200 }, (_, n) => `w${n}`).join(' ');
    expect(matchedTerms(words, passage(words))).toHaveLength(50);
    const forms = passage('lease Lease LEASE leases Leases LEASES leased');
    expect(matchedTerms('lease', forms)[0]?.forms).toHaveLength(5);
  });
});

describe('englishStem', () => {
  test.each([
    ['organization', 'organiz'],
    ['sociologists', 'sociolog'],
    ['added', 'add'],
    ['hopping', 'hop'],
    ['hoping', 'hope'],
    ['vying', 'vie'],
    ['evening', 'evening'],
    ['skies', 'sky'],
    ['happily', 'happili'],
    ['relational', 'relat'],
    ['agreed', 'agre'],
    ['ponies', 'poni'],
    ['is', 'is'],
  ])('%s is %s', (word, stem) => {
    expect(englishStem(word)).toBe(stem);
  });
});
