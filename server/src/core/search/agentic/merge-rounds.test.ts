import { expect, test } from 'vitest';
import { DocumentId } from '../../shared/index.ts';
import type { SearchHit } from '../search-collection.ts';
import { mergeRounds } from './merge-rounds.ts';

function hit(name: string, score: number): SearchHit {
  const documentId = DocumentId.parse(`00000000-0000-4000-8000-${name.padStart(12, '0')}`);
  // The merge looks at nothing else of a passage.
  return { chunk: { documentId, name } as SearchHit['chunk'], score };
}
const hits = (from: number, count: number) =>
  Array.from({ length: count }, (_, place) => hit(`${from + place}`, 1 - place / 50));
const namesOf = (merged: readonly SearchHit[]) => merged.map(({ chunk }) => chunk.name);

test('the first page stays as the first round ranked it; a few of later rounds follow, then the rest', () => {
  const missing = [hit('3', 9), hit('90', 9), hit('12', 9)];
  const merged = mergeRounds({ asked: hits(0, 22), parts: [], missing, leads: [hit('91', 9), hit('21', 9)] }, 30);
  const names = namesOf(merged);
  expect(names.slice(0, 10)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(names.slice(10)).toEqual(['12', '10', '11', '13', '14', '15', '16', '17', '18', '19', '20', '21', '90', '91']);
  const scores = merged.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
});

test('the best of parts that are missing take last places, of half the page at most', () => {
  const three = { missing: [], leads: [], parts: [hit('2', 1), hit('90', 1), hit('92', 1)] };
  expect(namesOf(mergeRounds({ asked: hits(0, 12), ...three }, 10))).toEqual([
    ...['0', '1', '2', '3', '4', '5', '6', '7', '90', '92', '8', '9', '10', '11'],
  ]);
  expect(namesOf(mergeRounds({ asked: hits(0, 12), ...three }, 3)).slice(0, 3)).toEqual(['0', '1', '90']);
});

test('later rounds push nothing out, and add a few, however much they find', () => {
  const many = { parts: [], missing: hits(100, 40), leads: hits(200, 40) };
  const names = namesOf(mergeRounds({ asked: hits(0, 50), ...many }, 100));
  expect(names.slice(0, 50)).toEqual(namesOf(hits(0, 50)));
  expect(names.slice(50)).toHaveLength(10);
});
