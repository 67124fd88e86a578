import { describe, expect, test } from 'vitest';
import { chunk } from '../../../adapters/search-index/search-index.fixtures.ts';
import { arrangedHits, arrangeHits, arranges } from './arrange-hits.ts';
import type { SearchPlan } from './search-plan.ts';

const asAsked: SearchPlan = {
  strategy: 'hybrid',
  query: 'x',
  variations: [],
  filters: [],
  phrases: [],
  exclusions: [],
  order: 'relevance',
};
const hits = (texts: readonly string[]) =>
  texts.map((text, place) => ({ chunk: chunk({ name: String(place), text }), score: 1 - place / 10 }));
const namesOf = (arranged: ReturnType<typeof arrangeHits>) => arranged.map((hit) => hit.chunk.name).join('');

describe('arrangeHits', () => {
  test('changes nothing where the plan wants nothing', () => {
    const ranking = hits(['a', 'b', 'c']);
    expect(arranges(asAsked)).toBe(false);
    expect(arrangeHits(ranking, asAsked)).toEqual(ranking);
  });

  test('puts what has the phrase first, in its order, and lets scores fall still', () => {
    const ranking = hits(['report annual', 'no', 'the Annual\n  Report of 2026', 'annual-report', 'annual reports']);
    const arranged = arrangeHits(ranking, { ...asAsked, phrases: ['annual report'] });
    expect(namesOf(arranged)).toBe('23014');
    expect(arranged.map(({ score }) => score)).toEqual([1, 0.9, 0.8, 0.7, 0.6]);
  });

  test('removes what an operator excludes, as whole words', () => {
    const exclusions = [{ words: 'travel', effect: 'remove' }] as const;
    expect(namesOf(arrangeHits(hits(['Travel costs', 'traveller', 'rent']), { ...asAsked, exclusions }))).toBe('12');
  });

  test('puts last what was said not to be wanted, but not what says so itself', () => {
    const exclusions = [{ words: 'sugar', effect: 'demote' }] as const;
    const ranking = hits(['with sugar', 'without sugar', 'black']);
    expect(namesOf(arrangeHits(ranking, { ...asAsked, exclusions }))).toBe('120');
  });

  test('orders good hits by date, those without one after them, and leaves the others where they were', () => {
    const dates = [null, '2026-01-01', '2026-03-01', '2026-02-01', null, null, null, '2026-09-01'];
    const ranking = hits(dates.map(() => 'x')).map((hit, place) => {
      const date = dates[place];
      const updatedAt = date === null || date === undefined ? null : new Date(date);
      return { ...hit, chunk: { ...hit.chunk, updatedAt } };
    });
    expect(namesOf(arrangeHits(ranking, { ...asAsked, order: 'newest' }))).toBe('23104567');
  });

  test('gives the same first hits however many it was given', () => {
    const ranking = hits(
      Array.from({ length: arrangedHits + 50 }, (_, place) =>
        place % 3 === 0 ? 'a b' : place % 7 === 0 ? 'odd' : 'c',
      ),
    );
    const plan = { ...asAsked, phrases: ['a b'], exclusions: [{ words: 'odd', effect: 'remove' as const }] };
    const all = arrangeHits(ranking, plan);
    const first = arrangeHits(ranking.slice(0, arrangedHits), plan);
    expect(first.length).toBeLessThan(arrangedHits);
    expect(all.slice(0, first.length)).toEqual(first);
    expect(all.slice(first.length).map(({ chunk: { name } }) => Number(name))).toEqual(
      Array.from({ length: 50 }, (_, place) => arrangedHits + place).filter((n) => n % 3 === 0 || n % 7 !== 0),
    );
  });
});
