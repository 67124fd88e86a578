import { beforeAll, describe, expect, it } from 'vitest';
import type { Condition, Filter } from '../../core/search/filter.ts';
import type { IndexRef, SearchIndex } from '../../core/search/search-index.ts';
import { newId, SyncId } from '../../core/shared/index.ts';
import { matchesFilter } from './in-memory/matches-filter.ts';
import { axis, chunk, dimensions, fill, sortedIdsOf, syncId } from './search-index.fixtures.ts';

/** Part of the search index's contract: a filter selects what the plain predicate selects, in both arms. */
export function describeFilters(open: () => SearchIndex): void {
  describe('filters', () => {
    const names = [
      'Alpha',
      'alpha',
      "O'Brien",
      '100%_x',
      'a\\b',
      'Über',
      'ΟΔΥΣΣΕΥΣ',
      '日本語',
      '',
      ' ',
      "') OR true --",
      '🙂',
    ];
    const dates = [null, new Date(0), new Date(-1), new Date('2024-02-29T12:00:00.001Z'), new Date('2100-01-01')];
    const pick = <T>(items: readonly T[], seed: number): T => items[seed % items.length] as T;
    const chunks = Array.from({ length: 120 }, (_, i) =>
      chunk({
        text: 'common',
        vector: axis(i % dimensions, (i % 7) / 10),
        name: pick(names, i),
        entityId: `e${i % 30}`,
        entityType: pick(['Page', 'File'], i),
        sourceName: pick(['files', 'notion', 'slack'], i),
        syncId: i % 2 === 0 ? syncId : newId(SyncId),
        syncJobId: `job-${i % 4}`,
        createdAt: pick(dates, i),
        updatedAt: pick(dates, i + 2),
        chunkIndex: i % 11,
        viewers: pick([null, [], ['user:anna@example.com'], ["group:o'neil", 'user:bob@example.com']], i),
        isPublic: pick([null, true, false], i),
        breadcrumbs: Array.from({ length: i % 4 }, (__, level) => ({
          entityId: `b${(i + level) % 5}`,
          name: pick(names, i + level),
          entityType: pick(['Folder', 'Space', "Do'c"], i + level),
        })),
      }),
    );
    let index: SearchIndex;
    let ref: IndexRef;
    beforeAll(async () => {
      index = open();
      ref = await fill(index, chunks);
    });
    const expectSame = async (filter: Filter) => {
      const expected = chunks.filter((row) => matchesFilter(row, filter)).map(({ chunkId }) => chunkId);
      const found = await index.retrieve(ref, { text: 'common', vector: axis(0), filter, limit: 1000 });
      expect(sortedIdsOf(found.keyword), JSON.stringify(filter)).toEqual(expected.toSorted());
      expect(sortedIdsOf(found.semantic), JSON.stringify(filter)).toEqual(expected.toSorted());
      return expected.length;
    };

    const textValues = {
      entity_id: ['e3__chunk_3', 'e3', 'e5__chunk_0'],
      name: names,
      'breadcrumbs.entity_id': ['b0', 'b4', 'b9'],
      'breadcrumbs.name': names,
      'breadcrumbs.entity_type': ['Folder', "Do'c", 'folder'],
      'airweave_system_metadata.entity_type': ['Page', 'page'],
      'airweave_system_metadata.source_name': ['files', 'slack', 'none'],
      'airweave_system_metadata.original_entity_id': ['e3', 'e30'],
      'airweave_system_metadata.sync_id': [syncId, newId(SyncId)],
      'airweave_system_metadata.sync_job_id': ['job-1', 'job-'],
    } as const;
    const comparisons = [
      'equals',
      'not_equals',
      'greater_than',
      'less_than',
      'greater_than_or_equal',
      'less_than_or_equal',
    ] as const;

    const conditions: readonly Condition[] = [
      ...(Object.entries(textValues) as [keyof typeof textValues, readonly string[]][]).flatMap(([field, values]) => [
        ...values.flatMap((value) =>
          (['equals', 'not_equals', 'contains'] as const).map((operator) => ({ field, operator, value })),
        ),
        ...[[], values.slice(0, 1), values].flatMap((value) =>
          (['in', 'not_in'] as const).map((operator) => ({ field, operator, value })),
        ),
      ]),
      ...(['created_at', 'updated_at'] as const).flatMap((field) => [
        ...[new Date(0), new Date('2024-02-29T12:00:00.001Z'), new Date(Number.NaN)].flatMap((value) =>
          comparisons.map((operator) => ({ field, operator, value })),
        ),
        ...[[], [new Date(0)], [new Date(-1), new Date('2100-01-01')]].flatMap((value) =>
          (['in', 'not_in'] as const).map((operator) => ({ field, operator, value })),
        ),
      ]),
      ...[0, 5, 10, -1, 2.5, 1e300, -1e300, Number.POSITIVE_INFINITY].flatMap((value) =>
        comparisons.map((operator) => ({ field: 'airweave_system_metadata.chunk_index' as const, operator, value })),
      ),
      ...[[], [3], [0, 2.5, 9]].flatMap((value) =>
        (['in', 'not_in'] as const).map((operator) => ({
          field: 'airweave_system_metadata.chunk_index' as const,
          operator,
          value,
        })),
      ),
      ...[[], ['user:anna@example.com'], ['nobody', "group:o'neil"]].flatMap((value) =>
        (['in', 'not_in'] as const).map((operator) => ({ field: 'access.viewers' as const, operator, value })),
      ),
      ...[true, false].flatMap((value): readonly Condition[] => [
        ...(['equals', 'not_equals'] as const).map((operator) => ({
          field: 'access.is_public' as const,
          operator,
          value,
        })),
        ...(['created_at', 'updated_at', 'access.viewers', 'access.is_public'] as const).map((field) => ({
          field,
          operator: 'exists' as const,
          value,
        })),
      ]),
    ];
    const byField = Map.groupBy(conditions, ({ field }) => field);

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
          Array.from({ length: 1 + random(3) }, () => pick(conditions, random(conditions.length))),
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
      const having = (name: string) => chunks.filter((row) => row.name === name).length;
      expect(await found({ field: 'name', operator: 'equals', value: 'alpha' })).toBe(having('alpha'));
      expect(await found({ field: 'name', operator: 'contains', value: 'ALPH' })).toBe(having('alpha') * 2);
      expect(await found({ field: 'name', operator: 'contains', value: 'über' })).toBe(having('Über'));
      expect(await found({ field: 'name', operator: 'contains', value: '%' })).toBe(having('100%_x'));
      expect(await found({ field: 'breadcrumbs.name', operator: 'contains', value: 'Alphaalpha' })).toBe(0);
      expect(await found({ field: 'breadcrumbs.name', operator: 'contains', value: 'Alpha\u001falpha' })).toBe(0);
    });
  });
}
