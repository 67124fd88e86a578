import { beforeAll, describe, expect, it } from 'vitest';
import type { IndexRef, SearchIndex } from '../../core/search/search-index.ts';
import { chunk, fill, idsOf, sortedIdsOf } from './search-index.fixtures.ts';

/** Part of the search index's contract: whatever a person or a document writes is text, never syntax. */
export function describeQueryTexts(open: () => SearchIndex): void {
  describe('queries are text', () => {
    const keyword = async (ref: IndexRef, text: string) => (await index.retrieve(ref, { text, limit: 100 })).keyword;
    const texts = ['quick brown fox', 'a:b field:value AND c', 'C++ and C#', '100% of "quoted" text', "it's (fine)"];
    let index: SearchIndex;
    let ref: IndexRef;
    beforeAll(async () => {
      index = open();
      ref = await fill(
        index,
        texts.map((text) => chunk({ text })),
      );
    });

    it.each([
      '"quick"',
      'quick AND',
      'AND OR NOT quick',
      '+quick -brown',
      'quick*',
      'qu?ck quick~2 quick^9',
      'field:quick',
      '(quick',
      'quick))',
      '{"match": "quick"}',
      "quick'; DROP TABLE x; --",
      'quick\u0000\\',
      '\ud800 quick',
      `quick ${'word '.repeat(4000)}`,
      `quick ${'x'.repeat(50_000)}`,
    ])('finds the quick fox by %j', async (query) => {
      const [fox] = await index.fetch(ref, idsOf(await keyword(ref, query)).slice(0, 1));
      expect(fox?.text).toBe('quick brown fox');
    });

    it.each(['', ' ', '\n\t', '*', '"', '""', 'the', 'the and of', '???', '()', '🙂', '\u0000', '\ud800'])(
      'has no keyword hits for %j',
      async (query) => {
        expect(await keyword(ref, query)).toEqual([]);
      },
    );

    it('stores any text', async () => {
      const nasty = ['\u0000', "'; DELETE", '\\', '%_', '\u202e\u200b', '🙂'.repeat(3000), 'x'.repeat(100_000), ''];
      const rows = nasty.map((text, i) => chunk({ text: `${text} marker`, name: text, entityId: text, chunkIndex: i }));
      const stored = await fill(index, rows);
      expect(sortedIdsOf(await keyword(stored, 'marker'))).toEqual(sortedIdsOf(rows));
      const read = await index.fetch(stored, idsOf(rows));
      expect(new Set(read.map(({ text }) => text))).toEqual(new Set(rows.map(({ text }) => text)));
    });
  });
}
