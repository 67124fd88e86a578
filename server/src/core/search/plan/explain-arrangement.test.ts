import { expect, test } from 'vitest';
import { chunk } from '../../../adapters/search-index/search-index.fixtures.ts';
import type { HitExplanation } from '../explain-hit.ts';
import type { SearchHit } from '../search-collection.ts';
import { arrangeHits } from './arrange-hits.ts';
import type { SearchPlan } from './search-plan.ts';

const explanation: HitExplanation = {
  query: 'x',
  depth: 200,
  arms: [],
  fusedScore: 1,
  matchedTerms: [],
  visibility: 'all',
};
const plan: SearchPlan = {
  strategy: 'hybrid',
  query: 'x',
  variations: [],
  filters: [],
  phrases: ['annual report'],
  exclusions: [{ words: 'draft', effect: 'demote' }],
  order: 'newest',
};
const hit = (text: string, date: string, score: number): SearchHit => ({
  chunk: { ...chunk({ name: 'x', text }), updatedAt: new Date(date) },
  score,
});
const ranking = [
  hit('a draft', '2026-01-01', 1),
  hit('other', '2026-02-01', 0.9),
  hit('the annual report', '2025-01-01', 0.2),
];

test('arrangeHits says of explained hits where they were and what moved them', () => {
  const arranged = arrangeHits(
    ranking.map((ranked) => ({ ...ranked, explanation })),
    plan,
  );
  expect(arranged.map((found) => found.explanation?.arrangement)).toEqual([
    { relevancePlace: 3, phrases: ['annual report'], isByDate: false, demotedFor: [] },
    { relevancePlace: 2, phrases: [], isByDate: true, demotedFor: [] },
    { relevancePlace: 1, phrases: [], isByDate: true, demotedFor: ['draft'] },
  ]);
  expect(arranged.map((found) => found.explanation?.fusedScore)).toEqual([1, 1, 1]);
});

test('arrangeHits explains nothing that it was not asked to, and orders all the same', () => {
  const arranged = arrangeHits(ranking, plan);
  expect(arranged.map(({ chunk: { text } }) => text)).toEqual(['the annual report', 'other', 'a draft']);
  expect(arranged.some((found) => 'explanation' in found)).toBe(false);
});
