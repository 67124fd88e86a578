import { describe, expect, test } from 'vitest';
import { chunk } from '../../adapters/search-index/search-index.fixtures.ts';
import { CollectionId, DocumentId, newId, OrganizationId, Scope } from '../shared/index.ts';
import type { SearchRequest } from './search-collection.ts';
import type { IndexChunk } from './search-index.ts';
import { SearchQuery } from './search-query.ts';
import { searchWordings } from './search-wordings.ts';

const scope = new Scope(newId(OrganizationId));
const collection = { id: newId(CollectionId), generation: 1, encoderName: 'none' };
const signal = new AbortController().signal;

/** A collection in which each query finds the documents that are named for it, best first. */
function setUp(found: Readonly<Record<string, readonly string[]>>) {
  const names = [...new Set(Object.values(found).flat())];
  const chunks = new Map<string, IndexChunk>(
    names.map((name) => [name, chunk({ name, documentId: newId(DocumentId) })]),
  );
  const byId = new Map([...chunks.values()].map((row) => [row.chunkId, row]));
  const deps = {
    index: {
      retrieve: async (_ref: unknown, { text = '', limit }: { readonly text?: string; readonly limit: number }) => ({
        keyword: (found[text] ?? []).slice(0, limit).flatMap((name, place) => {
          const row = chunks.get(name);
          return row === undefined ? [] : [{ ...row, score: 1000 - place }];
        }),
      }),
      fetch: async (_ref: unknown, ids: readonly string[]) => ids.flatMap((id) => byId.get(id) ?? []),
    },
    store: {
      visibleVersions: async (_scope: Scope, _collection: CollectionId, ids: readonly DocumentId[]) =>
        new Map(ids.map((id) => [id, 1])),
    },
  };
  return async (query: string, variations: readonly string[], page: Partial<SearchRequest> = {}) => {
    const request: SearchRequest = {
      ...{ collection, strategy: 'hybrid', offset: 0, limit: 1000, groupBy: 'document' },
      ...page,
      query: SearchQuery.parse(query),
    };
    const queries = variations.map((variation) => SearchQuery.parse(variation));
    const { results } = await searchWordings(deps, scope, request, queries, signal);
    return { names: results.map((hit) => hit.chunk.name), scores: results.map(({ score }) => score) };
  };
}

const many = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);

describe('searching in several wordings', () => {
  test('raises what they agree on', async () => {
    const search = setUp({ asked: many('a', 50), other: ['a7', 'x'], third: ['a7', 'y'] });
    const { names } = await search('asked', ['other', 'third']);
    expect(names.slice(0, 2)).toEqual(['a7', 'a0']);
  });

  test('finds what the query alone does not', async () => {
    const search = setUp({ asked: ['a'], other: ['b'], nothing: [] });
    expect((await search('asked', ['other', 'nothing'])).names).toEqual(['a', 'b']);
    expect((await search('nothing', ['other'])).names).toEqual(['b']);
  });

  test('takes nothing away for a variation that is beside the point, and puts nothing of it first', async () => {
    const asked = many('a', 300);
    const search = setUp({ asked, wrong: many('w', 300), wronger: many('v', 300) });
    const { names } = await search('asked', ['wrong', 'wronger']);
    expect(names[0]).toBe('a0');
    expect(names.filter((name) => name.startsWith('a'))).toEqual(asked);
    const alone = await search('asked', []);
    expect(alone.names).toEqual(asked);
    expect((await search('asked', ['nothing', 'nobody'])).names).toEqual(asked);
  });

  test('gives each document once, with falling scores', async () => {
    const search = setUp({ asked: many('a', 250), other: [...many('b', 60), ...many('a', 200)] });
    const { names, scores } = await search('asked', ['other']);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(310);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  });

  test.each([
    [0, 10],
    [5, 3],
    [95, 20],
    [150, 100],
    [305, 100],
    [400, 5],
  ])('cuts its pages from one ranking: %i, %i', async (offset, limit) => {
    const search = setUp({ asked: many('a', 250), other: [...many('b', 60), ...many('a', 200)] });
    const whole = await search('asked', ['other']);
    const page = await search('asked', ['other'], { offset, limit });
    expect(page.names).toEqual(whole.names.slice(offset, offset + limit));
    expect(page.scores).toEqual(whole.scores.slice(offset, offset + limit));
  });
});
