import { beforeAll, describe, expect, it } from 'vitest';
import type { Condition, Filter } from '../../core/search/filter.ts';
import type { IndexRef, SearchIndex } from '../../core/search/search-index.ts';
import { filterChunks, filterConditions, pick } from './filter-cases.ts';
import { matchesFilter } from './in-memory/matches-filter.ts';
import { axis, fill, sortedIdsOf } from './search-index.fixtures.ts';

/** Part of the search index's contract: a filter selects what the plain predicate selects, in both arms. */
export function describeFilters(open: () => SearchIndex): void {
  describe('filters', () => {
    let index: SearchIndex;
    let ref: IndexRef;
    beforeAll(async () => {
      index = open();
      ref = await fill(index, filterChunks);
    });
    const expectSame = async (filter: Filter) => {
      const expected = filterChunks.filter((row) => matchesFilter(row, filter)).map(({ chunkId }) => chunkId);
      const found = await index.retrieve(ref, { text: 'common', vector: axis(0), filter, limit: 1000 });
      expect(sortedIdsOf(found.keyword), JSON.stringify(filter)).toEqual(expected.toSorted());
      expect(sortedIdsOf(found.semantic), JSON.stringify(filter)).toEqual(expected.toSorted());
      return expected.length;
    };

    const byField = Map.groupBy(filterConditions, ({ field }) => field);

    it.each([...byField.keys()])('selects by %s as the plain predicate does, with each operator', async (field) => {
      for (const condition of byField.get(field) ?? []) await expectSame([[condition]]);
    });

    it('selects by random groups of conditions as the plain predicate does', async () => {
      let seed = 42;
      const random = (below: number) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return Math.floor((seed / 2 ** 32) * below);
      };
      let selected = 0;
      for (let round = 0; round < 80; round++) {
        const filter = Array.from({ length: 1 + random(3) }, () =>
          Array.from({ length: 1 + random(3) }, () => pick(filterConditions, random(filterConditions.length))),
        );
        selected += await expectSame(filter);
      }
      expect(selected).toBeGreaterThan(100);
    });

    it('compares text exactly, and with contains in any case, across no boundary between breadcrumbs', async () => {
      const found = async (condition: Condition) => {
        const request = { text: 'common', filter: [[condition]], limit: 1000 };
        return (await index.retrieve(ref, request)).keyword?.length ?? 0;
      };
      const having = (name: string) => filterChunks.filter((row) => row.name === name).length;
      expect(await found({ field: 'name', operator: 'equals', value: 'alpha' })).toBe(having('alpha'));
      expect(await found({ field: 'name', operator: 'contains', value: 'ALPH' })).toBe(having('alpha') * 2);
      expect(await found({ field: 'name', operator: 'contains', value: 'über' })).toBe(having('Über'));
      expect(await found({ field: 'name', operator: 'contains', value: '%' })).toBe(having('100%_x'));
      expect(await found({ field: 'breadcrumbs.name', operator: 'contains', value: 'Alphaalpha' })).toBe(0);
      expect(await found({ field: 'breadcrumbs.name', operator: 'contains', value: 'Alpha\u001falpha' })).toBe(0);
    });
  });
}
