import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Filter } from '../../core/search/filter.ts';
import type { IndexChunk, IndexRef, SearchIndex } from '../../core/search/search-index.ts';
import { CollectionId, DocumentId, newId, OrganizationId, Scope, SourceConnectionId } from '../../core/shared/index.ts';
import { axis, chunk, connectionId, dimensions, fill, idsOf, newRef, sortedIdsOf } from './search-index.fixtures.ts';
import { describeFilters } from './search-index-filters.conformance.ts';
import { describeQueryTexts } from './search-index-query-texts.conformance.ts';

/** The contract of a search index; every implementation runs it. */
export function describeSearchIndex(name: string, open: () => Promise<SearchIndex>): void {
  describe(`${name} as a search index`, () => {
    let index: SearchIndex;
    beforeAll(async () => {
      index = await open();
    });
    afterAll(async () => {
      await index.close();
    });

    const filled = (chunks: readonly IndexChunk[]) => fill(index, chunks);
    const keyword = async (ref: IndexRef, text: string, filter?: Filter) =>
      (await index.retrieve(ref, { text, limit: 100, ...(filter === undefined ? {} : { filter }) })).keyword;

    describe('rows', () => {
      it('finds a row by both arms as soon as upsert returns', async () => {
        const ref = await filled([]);
        const apple = chunk({ text: 'an apple a day', vector: axis(0) });
        const pear = chunk({ text: 'a pear tree', vector: axis(3) });
        await index.upsert(ref, [apple, pear]);
        const found = await index.retrieve(ref, { text: 'apple', vector: axis(3), limit: 10 });
        expect(idsOf(found.keyword)).toEqual([apple.chunkId]);
        expect(idsOf(found.semantic)).toEqual([pear.chunkId, apple.chunkId]);
        expect(found.semantic?.[0]?.score).toBeCloseTo(1, 5);
        expect(found.semantic?.[1]?.score).toBeCloseTo(0, 5);
        expect(found.keyword?.[0]).toMatchObject({ documentId: apple.documentId, version: 1 });
      });

      it('gives back what was stored, all fields of it', async () => {
        const full = chunk({
          version: 7,
          name: 'O\'Brien \\ "quoted" 🙂 日本',
          breadcrumbs: [
            { entityId: 'root', name: 'Root, the', entityType: 'Folder' },
            { entityId: 'sub', name: "it's", entityType: 'Folder' },
          ],
          url: 'https://example.com/?a=1&b=%20',
          createdAt: new Date('1969-12-31T23:59:59.999Z'),
          updatedAt: new Date('2031-01-02T03:04:05.678Z'),
          chunkIndex: 2,
          chunkCount: 5,
          headings: ['One', 'Two'],
          text: 'line one\nline two\ttab',
          viewers: ['user:a@example.com', "group:o'neil"],
          isPublic: false,
          fields: { nested: { list: [1, 'two', null, true] }, empty: {} },
          vector: axis(1, 0.5),
        });
        const bare = chunk({ text: '' });
        const ref = await filled([full, bare]);
        const [read] = await index.readDocuments(ref, [full.documentId]);
        expect(read).toEqual(full);
        expect(await index.readDocuments(ref, [bare.documentId])).toEqual([bare]);
        expect(await index.fetch(ref, [full.chunkId])).toEqual([{ ...full, vector: null }]);
      });

      it('replaces a row of the same chunk id, and writes twice without doubling', async () => {
        const first = chunk({ text: 'alpha' });
        const ref = await filled([first]);
        await index.upsert(ref, [first, { ...first, version: 2, text: 'beta' }]);
        expect(await index.count(ref)).toBe(1);
        expect(await keyword(ref, 'alpha')).toEqual([]);
        expect(await keyword(ref, 'beta')).toMatchObject([{ chunkId: first.chunkId, version: 2 }]);
      });

      it('keeps a row of a newer version when an older one comes late', async () => {
        const older = chunk({ text: 'alpha', version: 1 });
        const newer = { ...older, version: 3, name: 'Renamed' };
        const ref = await filled([newer]);
        await index.upsert(ref, [older, chunk({ text: 'beta' })]);
        expect(await index.fetch(ref, [older.chunkId])).toEqual([{ ...newer, vector: null }]);
        expect(await index.count(ref)).toBe(2);
        await index.upsert(ref, [{ ...newer, name: 'Same version' }]);
        expect(await index.fetch(ref, [older.chunkId])).toMatchObject([{ name: 'Same version' }]);
      });

      it('takes no rows at all', async () => {
        const ref = await filled([]);
        await index.upsert(ref, []);
        expect(await index.count(ref)).toBe(0);
        expect(await index.retrieve(ref, { text: 'x', vector: axis(0), limit: 5 })).toEqual({
          keyword: [],
          semantic: [],
        });
      });

      it('finds a row without a vector by its words only', async () => {
        const ref = await filled([chunk({ text: 'wordy' }), chunk({ text: 'other', vector: axis(2) })]);
        expect(idsOf(await keyword(ref, 'wordy'))).toHaveLength(1);
        expect((await index.retrieve(ref, { vector: axis(2), limit: 10 })).semantic).toHaveLength(1);
      });

      it('reads by ids: long lists, repeated ids, unknown ids, ids that look like predicates', async () => {
        const chunks = Array.from({ length: 1200 }, (_, i) => chunk({ text: `number ${i}` }));
        const ref = await filled(chunks);
        const ids = chunks.map(({ chunkId }) => chunkId);
        expect(sortedIdsOf(await index.fetch(ref, [...ids, ...ids, 'unknown', "') OR true --"]))).toEqual(
          ids.toSorted(),
        );
        const documents = chunks.map(({ documentId }) => documentId);
        expect(await index.readDocuments(ref, documents)).toHaveLength(1200);
        expect(await index.fetch(ref, [])).toEqual([]);
        expect(await index.readDocuments(ref, [])).toEqual([]);
      });

      it('lists the documents that a job wrote, each once', async () => {
        const documentId = newId(DocumentId);
        const other = chunk({ syncJobId: "job'2", text: 'other' });
        const late = newId(DocumentId);
        const ref = await filled([
          chunk({ documentId, syncJobId: "job'2", chunkIndex: 0 }),
          chunk({ documentId, syncJobId: "job'2", chunkIndex: 1 }),
          other,
          chunk({ documentId: late, syncJobId: 'long job', version: 7 }),
          chunk({ syncJobId: 'long job', version: 6 }),
          chunk({ syncJobId: 'job' }),
        ]);
        expect((await index.listDocumentIds(ref, { syncJobId: "job'2" })).toSorted()).toEqual(
          [documentId, other.documentId].toSorted(),
        );
        expect(await index.listDocumentIds(ref, { syncJobId: 'long job', aboveVersion: 6 })).toEqual([late]);
        expect(await index.listDocumentIds(ref, { syncJobId: 'none' })).toEqual([]);
        expect(await index.listDocumentIds(newRef(), { syncJobId: 'job' })).toEqual([]);
      });

      it('keeps all chunks of a document with many', async () => {
        const documentId = newId(DocumentId);
        const chunks = Array.from({ length: 700 }, (_, i) =>
          chunk({ documentId, chunkIndex: i, chunkCount: 700, text: `part ${i}`, vector: axis(i % dimensions) }),
        );
        const ref = await filled(chunks);
        const read = await index.readDocuments(ref, [documentId]);
        expect(read.map(({ chunkIndex }) => chunkIndex).toSorted((a, b) => a - b)).toEqual(chunks.map((_, i) => i));
      });
    });

    describe('removal', () => {
      it('drops the rows of a document below a version, and no others', async () => {
        const documentId = newId(DocumentId);
        const rows = [1, 2, 3].map((version) =>
          chunk({ documentId, version, chunkIndex: version, text: `v ${version}` }),
        );
        const other = chunk();
        const ref = await filled([...rows, other]);
        await index.drop(ref, [{ documentId, beforeVersion: 3 }]);
        expect(
          sortedIdsOf(
            await index.fetch(
              ref,
              [...rows, other].map(({ chunkId }) => chunkId),
            ),
          ),
        ).toEqual([rows[2]?.chunkId, other.chunkId].toSorted());
        await index.drop(ref, [
          { documentId, beforeVersion: 3 },
          { documentId: other.documentId, beforeVersion: 2 },
        ]);
        expect(await index.count(ref)).toBe(1);
        await index.drop(ref, []);
      });

      it('drops the rows of a connection', async () => {
        const leaving = newId(SourceConnectionId);
        const ref = await filled([chunk({ connectionId: leaving, text: 'go' }), chunk({ text: 'stay' })]);
        await index.dropConnection(ref, leaving);
        expect(await index.count(ref)).toBe(1);
        expect(await keyword(ref, 'go stay')).toHaveLength(1);
      });

      it('drops every generation of a collection, after which it can be made anew', async () => {
        const ref = await filled([chunk({ text: 'first' })]);
        const second = { ...ref, generation: 2 };
        await index.create(second, { dimensions });
        await index.upsert(second, [chunk({ text: 'second' })]);
        await index.dropCollection(ref);
        expect([await index.count(ref), await index.count(second)]).toEqual([0, 0]);
        await index.dropCollection(ref);
        await index.create(ref, { dimensions });
        expect(await keyword(ref, 'first')).toEqual([]);
        await index.upsert(ref, [chunk({ text: 'fresh' })]);
        expect(await keyword(ref, 'fresh')).toHaveLength(1);
      });

      it('removes the generations that are not to be kept, and nothing of another collection', async () => {
        const ref = await filled([chunk({ text: 'first' })]);
        const other = await filled([chunk({ text: 'other' })]);
        const second = { ...ref, generation: 2 };
        const twelfth = { ...ref, generation: 12 };
        for (const one of [second, twelfth]) {
          await index.create(one, { dimensions });
          await index.upsert(one, [chunk({ text: 'later' })]);
        }
        await index.dropGenerations(ref, [2]);
        const counts = [ref, second, twelfth, other].map((one) => index.count(one));
        expect(await Promise.all(counts)).toEqual([0, 1, 0, 1]);
      });
    });

    describe('scope', () => {
      it('shows, changes and removes nothing of another organisation, collection or generation', async () => {
        const row = chunk({ text: 'secret', vector: axis(0) });
        const ref = await filled([row]);
        const strangers: readonly IndexRef[] = [
          { ...ref, scope: new Scope(newId(OrganizationId)) },
          { ...ref, collectionId: newId(CollectionId) },
          { ...ref, generation: 9 },
        ];
        for (const stranger of strangers) {
          for (const isMade of [false, true]) {
            if (isMade) await index.create(stranger, { dimensions });
            expect(await index.retrieve(stranger, { text: 'secret', vector: axis(0), limit: 5 })).toEqual({
              keyword: [],
              semantic: [],
            });
            expect(await index.fetch(stranger, [row.chunkId])).toEqual([]);
            expect(await index.readDocuments(stranger, [row.documentId])).toEqual([]);
            expect(await index.count(stranger)).toBe(0);
            await index.drop(stranger, [{ documentId: row.documentId, beforeVersion: 99 }]);
            await index.dropConnection(stranger, row.connectionId);
          }
          if (stranger.generation === ref.generation) await index.dropCollection(stranger);
        }
        expect(await index.fetch(ref, [row.chunkId])).toHaveLength(1);
      });

      it('keeps two collections with the same rows apart', async () => {
        const row = chunk({ text: 'shared' });
        const [one, two] = [await filled([row]), await filled([row])];
        await index.drop(one, [{ documentId: row.documentId, beforeVersion: 2 }]);
        expect([await index.count(one), await index.count(two)]).toEqual([0, 1]);
      });

      it('answers for a generation that does not exist with nothing, and refuses to write to it', async () => {
        const ref = newRef();
        expect(await index.retrieve(ref, { text: 'x', limit: 5 })).toEqual({ keyword: [] });
        expect(await index.retrieve(ref, { vector: axis(0), limit: 5 })).toEqual({ semantic: [] });
        await index.drop(ref, [{ documentId: newId(DocumentId), beforeVersion: 1 }]);
        await index.dropConnection(ref, connectionId);
        await index.dropCollection(ref);
        await index.optimise(ref);
        await expect(index.upsert(ref, [chunk()])).rejects.toMatchObject({ code: 'not_found' });
      });

      it('may be made twice, at once too', async () => {
        const ref = newRef();
        const early = [1, 2, 3].map(() => index.retrieve(ref, { text: 'plain', limit: 5 }));
        await Promise.all([1, 2, 3].map(() => index.create(ref, { dimensions })));
        expect(await Promise.all(early)).toEqual(early.map(() => ({ keyword: [] })));
        await index.upsert(ref, [chunk()]);
        await index.create(ref, { dimensions });
        expect(await index.count(ref)).toBe(1);
      });

      it('may be made by many at once, while others look for it', async () => {
        for (let round = 0; round < 10; round++) {
          const ref = newRef();
          let isMade = false;
          const lookers = Array.from({ length: 16 }, async () => {
            while (!isMade) await index.count(ref);
          });
          const makers = Array.from({ length: 8 }, () => index.create(ref, { dimensions }));
          const making = Promise.all(makers).finally(() => {
            isMade = true;
          });
          await Promise.all([making, ...lookers]);
          await index.upsert(ref, [chunk()]);
          expect(await index.count(ref)).toBe(1);
        }
      });

      it('shows restricted rows to their viewers only', async () => {
        const rows = {
          open: chunk({ text: 'w', name: 'open' }),
          public: chunk({ text: 'w', name: 'public', viewers: [], isPublic: true }),
          nobody: chunk({ text: 'w', name: 'nobody', viewers: [], isPublic: false }),
          anna: chunk({ text: 'w', name: 'anna', viewers: ['user:anna', "group:o'hara"], isPublic: null }),
        };
        const ref = await filled(Object.values(rows).map((row, i) => ({ ...row, vector: axis(i) })));
        const seen = async (principals?: readonly string[]) => {
          const request = {
            text: 'w',
            vector: axis(0),
            limit: 10,
            ...(principals === undefined ? {} : { principals }),
          };
          const { keyword: words, semantic } = await index.retrieve(ref, request);
          expect(sortedIdsOf(words)).toEqual(sortedIdsOf(semantic));
          return Object.entries(rows).flatMap(([label, row]) => (idsOf(words).includes(row.chunkId) ? [label] : []));
        };
        expect(await seen()).toEqual(['open', 'public', 'nobody', 'anna']);
        expect(await seen([])).toEqual(['open', 'public']);
        expect(await seen(['user:bob', 'user:ann'])).toEqual(['open', 'public']);
        expect(await seen(['user:bob', 'user:anna'])).toEqual(['open', 'public', 'anna']);
        expect(await seen(["group:o'hara"])).toEqual(['open', 'public', 'anna']);
        expect(await seen(["x') OR true OR ('"])).toEqual(['open', 'public']);
      });
    });

    describe('ranking', () => {
      it('orders ties by chunk id, and a smaller limit gives the beginning of a larger one', async () => {
        const chunks = Array.from({ length: 300 }, () => chunk({ text: 'same words here', vector: axis(4) }));
        const ref = await filled(chunks);
        const ids = chunks.map(({ chunkId }) => chunkId).toSorted();
        for (const limit of [1, 7, 100, 300, 1000]) {
          const found = await index.retrieve(ref, { text: 'words', vector: axis(4), limit });
          expect(idsOf(found.keyword)).toEqual(ids.slice(0, limit));
          expect(idsOf(found.semantic)).toEqual(ids.slice(0, limit));
        }
      });

      it('gives as many hits as asked for when there are so many, also under a filter', async () => {
        const chunks = Array.from({ length: 400 }, (_, i) =>
          chunk({ text: `word${i % 3} common`, chunkIndex: i, vector: axis(i % dimensions, (i % 50) / 100) }),
        );
        const ref = await filled(chunks);
        const filter: Filter = [[{ field: 'airweave_system_metadata.chunk_index', operator: 'less_than', value: 40 }]];
        const found = await index.retrieve(ref, { text: 'common', vector: axis(6), filter, limit: 30 });
        expect([found.keyword?.length, found.semantic?.length]).toEqual([30, 30]);
        const all = await index.retrieve(ref, { text: 'common', vector: axis(6), filter, limit: 10_000 });
        expect([all.keyword?.length, all.semantic?.length]).toEqual([40, 40]);
        const scores = all.semantic?.map(({ score }) => score) ?? [];
        expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      });

      it('asks only the arms whose input is there', async () => {
        const ref = await filled([chunk({ text: 'word', vector: axis(0) })]);
        expect(Object.keys(await index.retrieve(ref, { text: 'word', limit: 1 }))).toEqual(['keyword']);
        expect(Object.keys(await index.retrieve(ref, { vector: axis(0), limit: 1 }))).toEqual(['semantic']);
        expect(await index.retrieve(ref, { limit: 1 })).toEqual({});
      });

      it('finds words by their stem, their name or heading, whatever case or accent', async () => {
        const row = chunk({
          name: 'Quarterly Report',
          headings: ['Zürich'],
          text: 'The engineers were testing turbines.',
        });
        const ref = await filled([row, chunk({ text: 'nothing of the kind' })]);
        for (const query of ['quarterly', 'REPORT', 'zurich', 'ZÜRICH', 'turbine', 'test']) {
          expect(idsOf(await keyword(ref, query)), query).toEqual([row.chunkId]);
        }
      });

      it('finds words of scripts that write none of them apart', async () => {
        const rows = ['東京都の天気は晴れです', '我们在北京大学学习', 'สวัสดีครับทุกคน'].map((text) => chunk({ text }));
        const ref = await filled(rows);
        for (const [i, query] of ['天気', '北京大学', 'สวัสดี'].entries()) {
          expect(idsOf(await keyword(ref, query)), query).toEqual([rows[i]?.chunkId]);
        }
      });
    });

    describeQueryTexts(() => index);
    describeFilters(() => index);

    describe('optimising', () => {
      it('changes no answer, and goes together with writes', async () => {
        const chunks = Array.from({ length: 1500 }, (_, i) =>
          chunk({ text: `t${i % 10} common`, chunkIndex: i, vector: axis(i % dimensions, (i % 90) / 100) }),
        );
        const ref = await filled(chunks);
        const ask = () => index.retrieve(ref, { text: 't3', vector: axis(2), limit: 50 });
        const before = await ask();
        const fresh = Array.from({ length: 20 }, (_, i) => chunk({ text: `fresh ${i}` }));
        await Promise.all([index.optimise(ref), ...fresh.map((row) => index.upsert(ref, [row]))]);
        await index.optimise(ref);
        const after = await ask();
        expect(idsOf(after.semantic)).toEqual(idsOf(before.semantic));
        expect(sortedIdsOf(after.keyword)).toEqual(sortedIdsOf(before.keyword));
        expect(await keyword(ref, 'fresh')).toHaveLength(20);
        expect(await index.count(ref)).toBe(1520);
      });
    });
  });
}
