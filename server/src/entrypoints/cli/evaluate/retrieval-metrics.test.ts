import { expect, test } from 'vitest';
import { meanOf, ndcgAt, quantileOf, recallAt, reciprocalRankAt } from './retrieval-metrics.ts';

const judged = new Map([
  ['a', 3],
  ['b', 1],
  ['c', 0],
]);

test('gives the best order nDCG 1, whatever follows', () => {
  expect(ndcgAt(10, judged, ['a', 'b', 'c', 'x'])).toBe(1);
  expect(ndcgAt(1, judged, ['a', 'c'])).toBe(1);
});

test('discounts gains by rank as worked out by hand', () => {
  // gains 1, 0, 3 at ranks 1, 2, 3 over 3, 1 at ranks 1, 2
  expect(ndcgAt(10, judged, ['b', 'c', 'a'])).toBeCloseTo((1 + 3 / 2) / (3 + 1 / Math.log2(3)), 10);
  expect(ndcgAt(2, judged, ['c', 'x', 'a'])).toBe(0);
});

test('counts the relevant documents among the first ones', () => {
  expect(recallAt(100, judged, ['x', 'b'])).toBe(0.5);
  expect(recallAt(1, judged, ['x', 'b'])).toBe(0);
  expect(recallAt(100, judged, ['c', 'a', 'b'])).toBe(1);
});

test('looks for the first relevant document', () => {
  expect(reciprocalRankAt(10, judged, ['c', 'x', 'b'])).toBeCloseTo(1 / 3);
  expect(reciprocalRankAt(2, judged, ['c', 'x', 'b'])).toBe(0);
});

test('is 0 where nothing is relevant or nothing was found', () => {
  const none = new Map([['a', 0]]);
  expect([ndcgAt(10, none, ['a']), recallAt(10, none, ['a']), reciprocalRankAt(10, none, ['a'])]).toEqual([0, 0, 0]);
  expect([ndcgAt(10, judged, []), recallAt(10, judged, []), reciprocalRankAt(10, judged, [])]).toEqual([0, 0, 0]);
});

test('takes quantiles by nearest rank', () => {
  const values = [5, 1, 4, 2, 3];
  expect(quantileOf(0.5, values)).toBe(3);
  expect(quantileOf(0.99, values)).toBe(5);
  expect(quantileOf(0, values)).toBe(1);
  expect(quantileOf(0.5, [])).toBe(0);
  expect(meanOf(values)).toBe(3);
  expect(meanOf([])).toBe(0);
});
