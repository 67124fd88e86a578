import { describe, expect, test } from 'vitest';
import { createInMemoryIndex } from '../../adapters/search-index/in-memory/in-memory-index.ts';
import { CollectionId, type DocumentId, newId } from '../shared/index.ts';
import { acrossCollections, type SearchedCollection } from './across-collections.ts';
import { searchClassic } from './search-classic.ts';
import { searchCollection } from './search-collection.ts';
import { SearchQuery } from './search-query.ts';
import { chunksOf, type LibraryDocument, scope } from './tools/__fixtures__/library.ts';

const signal = AbortSignal.timeout(60_000);

async function openCollections(contents: Readonly<Record<string, readonly LibraryDocument[]>>) {
  const index = createInMemoryIndex();
  const committed = new Map<DocumentId, number>();
  const collections: SearchedCollection[] = [];
  for (const [readableId, documents] of Object.entries(contents)) {
    const collection = { id: newId(CollectionId), generation: 1, encoderName: 'letters', readableId };
    await index.create({ scope, collectionId: collection.id, generation: 1 }, { dimensions: 2 });
    for (const document of documents) {
      const chunks = chunksOf(document).map((chunk) => ({ ...chunk, vector: embed(chunk.text) }));
      await index.upsert({ scope, collectionId: collection.id, generation: 1 }, chunks);
      for (const { documentId, version } of chunks) committed.set(documentId, version);
    }
    collections.push({ collection });
  }
  const deps = {
    index,
    encoder: { name: 'letters', embedQuery: async (text: string) => embed(text) },
    store: {
      visibleVersions: async (_scope: unknown, _id: unknown, ids: readonly DocumentId[]) =>
        new Map([...committed].filter(([id]) => ids.includes(id))),
      describeContents: async () => ({ types: [{ sourceName: 'stub', entityType: 'StubEntity' }] }),
      sampleFields: async () => ({
        fields: [{ name: 'floor', types: ['number'], documentCount: 2 }],
        documentCount: 3,
      }),
    },
  };
  const [first, ...others] = collections;
  if (first === undefined) throw new Error('no collections');
  return { deps, collections: [first, ...others] as const };
}

/** How much of a text is about castles. */
function embed(text: string): Float32Array {
  const share = (text.match(/castle/g)?.length ?? 0) / text.split(' ').length;
  const angle = (share * Math.PI) / 2;
  return new Float32Array([Math.sin(angle), Math.cos(angle)]);
}

async function search(
  {
    deps,
    collections,
  }: Pick<Awaited<ReturnType<typeof openCollections>>, 'deps'> & {
    readonly collections: readonly SearchedCollection[];
  },
  query: string,
  page: { readonly offset?: number; readonly limit?: number } = {},
) {
  const across = acrossCollections(deps, collections);
  const { results } = await searchCollection(
    across.deps,
    scope,
    {
      collection: across.collection,
      query: SearchQuery.parse(query),
      strategy: 'hybrid',
      offset: 0,
      limit: 100,
      groupBy: 'document',
      ...page,
    },
    signal,
  );
  return results.map(({ chunk, score }) => ({
    entityId: chunk.entityId,
    score,
    collection: across.ownerOf(chunk.documentId)?.collection.readableId,
  }));
}

const about = (words: string, count: number): readonly LibraryDocument[] =>
  Array.from({ length: count }, (_, i) => ({
    entityId: `${words}-${i}`,
    passages: [`${words} number ${i} ${'x '.repeat(i)}`],
  }));

describe('search across collections', () => {
  test('puts what is about the question before the best of a collection that is not', async () => {
    const opened = await openCollections({
      castles: about('castle castle castle', 5),
      recipes: [...about('soup', 20), { entityId: 'sand', passages: [`soup in a sand castle ${'soup '.repeat(50)}`] }],
    });
    const results = await search(opened, 'castle');
    expect(results.slice(0, 5).every(({ collection }) => collection === 'castles')).toBe(true);
    expect(results.find(({ entityId }) => entityId === 'sand')?.score).toBeLessThan(0.5);
  });

  test('cuts every page from one ranking, and gives each result once', async () => {
    const opened = await openCollections({ a: about('castle', 7), b: about('castle tower', 7), c: about('soup', 7) });
    const all = await search(opened, 'castle tower');
    expect(new Set(all.map(({ entityId }) => entityId)).size).toBe(21);
    const pages = [];
    for (let offset = 0; offset < 21; offset += 4)
      pages.push(...(await search(opened, 'castle tower', { offset, limit: 4 })));
    expect(pages).toEqual(all);
    expect(await search(opened, 'castle', { offset: 500 })).toEqual([]);
  });

  test('ranks one collection as a search of it alone does', async () => {
    const opened = await openCollections({ only: about('castle', 9) });
    const alone = await searchCollection(
      opened.deps,
      scope,
      {
        collection: opened.collections[0].collection,
        query: SearchQuery.parse('castle'),
        strategy: 'hybrid',
        offset: 0,
        limit: 100,
        groupBy: 'document',
      },
      signal,
    );
    expect((await search(opened, 'castle')).map(({ entityId, score }) => [entityId, score])).toEqual(
      alone.results.map(({ chunk, score }) => [chunk.entityId, score]),
    );
  });

  test("looks with the searcher's eyes in each collection", async () => {
    const opened = await openCollections({
      a: [{ entityId: 'a-secret', passages: ['castle'], viewers: ['group:a/staff'] }],
      b: [{ entityId: 'b-secret', passages: ['castle'], viewers: ['group:a/staff'] }],
    });
    const [a, ...rest] = opened.collections;
    const withPrincipals = [
      { ...a, principals: ['group:a/staff'] },
      ...rest.map((one) => ({ ...one, principals: ['group:b/staff'] })),
    ] as const;
    const found = await search({ ...opened, collections: withPrincipals }, 'castle');
    expect(found.map(({ entityId }) => entityId)).toEqual(['a-secret']);
  });

  test('asks a collection of another encoder by words only', async () => {
    const opened = await openCollections({ a: about('castle', 2), b: about('soup', 2), c: about('castle', 1) });
    const [a, b, c] = opened.collections;
    if (b === undefined || c === undefined) throw new Error('three were opened');
    const other = (one: SearchedCollection) => ({ collection: { ...one.collection, encoderName: 'other' } });
    const found = await search({ ...opened, collections: [a, other(b), other(c)] }, 'castle');
    expect(found.map(({ collection }) => collection).toSorted()).toEqual(['a', 'a', 'c']);
  });

  test('is planned like a search of one, and a collection that is gone is as if empty', async () => {
    const opened = await openCollections({ a: about('castle', 2), b: about('soup', 2) });
    const gone = { collection: { ...opened.collections[0].collection, id: newId(CollectionId), readableId: 'gone' } };
    const across = acrossCollections(opened.deps, [...opened.collections, gone]);
    const request = {
      collection: across.collection,
      query: SearchQuery.parse('"castle" in stub'),
      offset: 0,
      limit: 10,
    };
    const answer = await searchClassic(across.deps, scope, { ...request, groupBy: 'document' }, signal);
    expect(answer.results.map(({ chunk }) => chunk.entityId)).toEqual(expect.arrayContaining(['castle-0', 'castle-1']));
    expect(answer.plan.phrases).toEqual(['castle']);
    expect(await across.deps.store.sampleFields(scope, across.collection.id, {})).toEqual({
      fields: [{ name: 'floor', types: ['number'], documentCount: 6 }],
      documentCount: 9,
    });
  });
});
