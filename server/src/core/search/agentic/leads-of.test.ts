import { expect, test } from 'vitest';
import type { SearchHit } from '../search-collection.ts';
import { leadsOf } from './leads-of.ts';

const hit = (text: string): SearchHit =>
  // It looks at nothing else of a passage.
  ({ chunk: { text } as SearchHit['chunk'], score: 1 });

test('leads are names that stand with words of the question, and are not in it', () => {
  const hits = [
    hit('The lease of the office was signed by Anna Berg. The weather in Rome was fine.'),
    hit('For the office lease ask Anna Berg or Carl Dorn. With that, the Office lease is done.'),
  ];
  expect(leadsOf('Who signed the lease of the Office?', hits)).toEqual(['Anna Berg', 'Carl Dorn']);
});

test('there are none where the results are about something else', () => {
  expect(leadsOf('coffee filters', [hit('The lease was signed by Anna Berg.')])).toEqual([]);
});
