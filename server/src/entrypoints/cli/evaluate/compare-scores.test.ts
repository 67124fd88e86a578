import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareScores } from './compare-scores.ts';

describe('compareScores', () => {
  test('counts queries and takes the mean of the differences', () => {
    const found = compareScores([1, 0.5, 0.2, 0.7], [0.5, 0.5, 0.4, 0.7]);
    expect(found).toMatchObject({ better: 1, worse: 1, equal: 2 });
    expect(found.difference).toBeCloseTo(0.3 / 4);
  });

  test('tries all ways to swap a few queries', () => {
    // Only all five as they are, and all five the other way round, differ as much: 2 of 32.
    expect(compareScores([1, 1, 1, 1, 1], [0, 0, 0, 0, 0]).pValue).toBe(2 / 32);
    expect(compareScores([1, 0], [0, 1]).pValue).toBe(1);
    expect(compareScores([0.3], [0.3]).pValue).toBe(1);
    expect(compareScores([], [])).toEqual({ better: 0, worse: 0, equal: 0, difference: 0, pValue: 1 });
  });

  test('samples ways to swap many: a steady difference is hardly chance, a balanced one is', () => {
    const many = Array.from({ length: 60 }, (_, place) => place / 60);
    const better = compareScores(
      many.map((score) => score + 0.1),
      many,
    );
    expect(better.pValue).toBeLessThan(0.001);
    const balanced = compareScores(
      many.map((score, place) => score + (place % 2 === 0 ? 0.1 : -0.1)),
      many,
    );
    expect(balanced.pValue).toBeGreaterThan(0.9);
  });

  test('gives the same answer each time, and the same chance whichever goes first', () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scores, scores, (a, b) => {
        const length = Math.min(a.length, b.length);
        const [one, two] = [a.slice(0, length), b.slice(0, length)];
        const forth = compareScores(one, two);
        expect(compareScores(one, two)).toEqual(forth);
        const back = compareScores(two, one);
        expect(back.pValue).toBeCloseTo(forth.pValue, 10);
        expect(back).toMatchObject({ better: forth.worse, worse: forth.better, equal: forth.equal });
      }),
      { numRuns: 20 },
    );
  });
});
