import { describe, expect, test } from 'vitest';
import {
  AppError,
  CollectionId,
  DocumentId,
  newId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
} from '../shared/index.ts';
import type { Encoder } from './encoder.ts';
import { type SearchRequest, searchCollection } from './search-collection.ts';
import type { IndexChunk, RetrieveRequest, RetrieveResult } from './search-index.ts';
import { SearchQuery } from './search-query.ts';

const scope = new Scope(newId(OrganizationId));
const collection = { id: newId(CollectionId), generation: 1, encoderName: 'test-encoder' };
const connectionId = newId(SourceConnectionId);
const syncId = newId(SyncId);
const signal = AbortSignal.timeout(60_000);

interface Row {
  readonly chunk: IndexChunk;
  readonly keyword: number;
  readonly semantic: number;
}

/** An index whose rows carry the scores that any query gives them, and a hook that changes it between two calls. */
class ScoredRows {
  readonly depths: number[] = [];
  readonly requests: RetrieveRequest[] = [];
  rows: readonly Row[];
  afterRetrieve: () => void = () => undefined;
  constructor(rows: readonly Row[]) {
    this.rows = rows;
  }
  retrieve = async (_ref: unknown, request: RetrieveRequest): Promise<RetrieveResult> => {
    this.depths.push(request.limit);
    this.requests.push(request);
    const top = (arm: 'keyword' | 'semantic') =>
      this.rows
        .filter((row) => row[arm] > 0)
        .sort((a, b) => b[arm] - a[arm] || (a.chunk.chunkId < b.chunk.chunkId ? -1 : 1))
        .slice(0, request.limit)
        .map((row) => ({
          chunkId: row.chunk.chunkId,
          documentId: row.chunk.documentId,
          version: row.chunk.version,
          score: row[arm],
        }));
    const result = {
      ...(request.text === undefined ? {} : { keyword: top('keyword') }),
      ...(request.vector === undefined ? {} : { semantic: top('semantic') }),
    };
    this.afterRetrieve();
    return result;
  };
  fetch = async (_ref: unknown, ids: readonly string[]): Promise<readonly IndexChunk[]> =>
    this.rows.map(({ chunk }) => chunk).filter(({ chunkId }) => ids.includes(chunkId));
}

/** The committed versions, asked as the database would be. */
class Committed {
  readonly versions = new Map<DocumentId, number>();
  readonly asked: number[] = [];
  visibleVersions = async (_scope: Scope, _collection: CollectionId, ids: readonly DocumentId[]) => {
    this.asked.push(ids.length);
    return new Map([...this.versions].filter(([id]) => ids.includes(id)));
  };
}

const encoder: Pick<Encoder, 'name' | 'embedQuery'> = {
  name: 'test-encoder',
  embedQuery: async () => new Float32Array([1, 0]),
};

function row(document: DocumentId, chunkIndex: number, keyword: number, semantic: number, version = 1): Row {
  return {
    keyword,
    semantic,
    chunk: {
      chunkId: `${document}-${chunkIndex}-${version}`,
      documentId: document,
      version,
      connectionId,
      syncId,
      syncJobId: 'job',
      sourceName: 'stub',
      entityId: document,
      entityType: 'StubEntity',
      name: 'A document',
      breadcrumbs: [],
      url: null,
      createdAt: null,
      updatedAt: null,
      chunkIndex,
      chunkCount: 1,
      headings: [],
      text: 'text',
      viewers: null,
      isPublic: null,
      fields: {},
      vector: null,
    },
  };
}

function setUp(rows: readonly Row[]) {
  const index = new ScoredRows(rows);
  const documents = new Committed();
  for (const { chunk } of rows) documents.versions.set(chunk.documentId, chunk.version);
  const search = (
    request: Partial<Omit<SearchRequest, 'query'>> = {},
    withEncoder: typeof encoder | undefined = encoder,
  ) =>
    searchCollection(
      { index, store: documents, ...(withEncoder === undefined ? {} : { encoder: withEncoder }) },
      scope,
      {
        collection,
        query: SearchQuery.parse('anything'),
        strategy: 'hybrid',
        limit: 10,
        offset: 0,
        groupBy: 'document',
        ...request,
      },
      signal,
    );
  return { index, documents, search };
}

/** Documents of three chunks each, in no order, many of them tied. */
function manyRows(count: number): readonly Row[] {
  const documents = Array.from({ length: Math.ceil(count / 3) }, () => newId(DocumentId));
  return Array.from({ length: count }, (_, number) =>
    row(
      documents[Math.floor(number / 3)] ?? newId(DocumentId),
      number % 3,
      number % 5 === 0 ? 0 : ((number * 7919) % 83) / 10,
      0.1 + ((number * 104_729) % 997) / 1000,
    ),
  );
}

const ids = (answer: Awaited<ReturnType<typeof searchCollection>>) => answer.results.map(({ chunk }) => chunk.chunkId);

describe('searchCollection', () => {
  test('gives each document once, with its best passage, best first', async () => {
    const [first, second] = [newId(DocumentId), newId(DocumentId)];
    const { search } = setUp([row(first, 0, 1, 0.2), row(first, 1, 9, 0.9), row(second, 0, 5, 0.5)]);
    const { results, strategy } = await search();
    expect(results.map(({ chunk }) => [chunk.documentId, chunk.chunkIndex])).toEqual([
      [first, 1],
      [second, 0],
    ]);
    expect(results[0]?.score).toBe(1);
    expect(strategy).toBe('hybrid');
    expect((await search({ groupBy: 'chunk' })).results).toHaveLength(3);
  });

  test.each(['document', 'chunk'] as const)('cuts all pages from one ranking, by %s', async (groupBy) => {
    const { search } = setUp(manyRows(1500));
    const whole = ids(await search({ limit: 1000, groupBy }));
    expect(whole).toHaveLength(groupBy === 'document' ? 500 : 1000);
    for (const [offset, limit] of [
      [0, 1],
      [0, 10],
      [1, 1],
      [95, 10],
      [140, 100],
      [390, 120],
    ] as const) {
      expect(ids(await search({ offset, limit, groupBy }))).toEqual(whole.slice(offset, offset + limit));
    }
    expect(ids(await search({ offset: 1600, limit: 10, groupBy }))).toEqual([]);
  });

  test('reads deeper only while the page is not full', async () => {
    const { index, search } = setUp(manyRows(1500));
    await search({ limit: 10 });
    expect(index.depths).toEqual([300]);
    index.depths.length = 0;
    await search({ limit: 300 });
    expect(index.depths).toEqual([300, 600]);
  });

  test('never reads deeper than 10,000 hits of an arm', async () => {
    const { index, search } = setUp(manyRows(10_100));
    await search({ limit: 1000, offset: 1_000_000, strategy: 'semantic' });
    expect(index.depths.at(-1)).toBe(10_000);
  });

  test('keeps ranks that were given when a deeper call finds what an approximate index had missed', async () => {
    const { index, search } = setUp(manyRows(900));
    const missed = row(newId(DocumentId), 0, 0, 0.99);
    const retrieve = index.retrieve;
    index.retrieve = async (ref, request) => {
      const result = await retrieve(ref, request);
      if (request.limit === 300) return result;
      const hit = { chunkId: missed.chunk.chunkId, documentId: missed.chunk.documentId, version: 1, score: 0.99 };
      return { ...result, semantic: [hit, ...(result.semantic ?? [])] };
    };
    const few = ids(await search({ limit: 10, groupBy: 'chunk' }));
    expect(ids(await search({ limit: 600, groupBy: 'chunk' })).slice(0, 10)).toEqual(few);
  });

  test('hides what is superseded or deleted, and fills the page with what comes after', async () => {
    const rows = manyRows(900);
    const { documents, search } = setUp(rows);
    const gone = new Set(rows.slice(0, 600).map(({ chunk }) => chunk.documentId));
    for (const id of gone) documents.versions.delete(id);
    const results = (await search({ limit: 100 })).results;
    expect(results).toHaveLength(100);
    expect(results.some(({ chunk }) => gone.has(chunk.documentId))).toBe(false);
  });

  test('shows rows newer than the committed version of a document that exists', async () => {
    const document = newId(DocumentId);
    const { documents, search } = setUp([row(document, 0, 3, 0.5, 7)]);
    documents.versions.set(document, 6);
    expect((await search()).results).toHaveLength(1);
  });

  test('finds a document that is replaced between the answers of index and database', async () => {
    const document = newId(DocumentId);
    const other = row(newId(DocumentId), 0, 1, 0.1);
    const { index, documents, search } = setUp([row(document, 0, 3, 0.5, 1), other]);
    index.afterRetrieve = () => {
      index.rows = [row(document, 0, 3, 0.5, 2), other];
      documents.versions.set(document, 2);
    };
    expect((await search()).results[0]?.chunk).toMatchObject({ documentId: document, version: 2 });
  });

  test('finds a document whose row goes between ranking and fetch', async () => {
    const document = newId(DocumentId);
    const { index, documents, search } = setUp([row(document, 0, 3, 0.5, 1)]);
    const { fetch } = index;
    index.fetch = async (ref, chunkIds) => {
      index.rows = [row(document, 0, 3, 0.5, 2)];
      documents.versions.set(document, 2);
      index.fetch = fetch;
      return fetch(ref, chunkIds);
    };
    expect((await search()).results[0]?.chunk).toMatchObject({ documentId: document, version: 2 });
  });

  test('leaves out a row that cannot be fetched', async () => {
    const { index, search } = setUp([row(newId(DocumentId), 0, 3, 0.5), row(newId(DocumentId), 0, 2, 0.4)]);
    const { fetch } = index;
    index.fetch = async (ref, chunkIds) => fetch(ref, chunkIds.slice(1));
    expect((await search()).results).toHaveLength(1);
  });

  test('asks the database once per document', async () => {
    const { documents, search } = setUp(manyRows(600));
    await search({ limit: 200 });
    expect(documents.asked.reduce((sum, count) => sum + count, 0)).toBe(200);
  });

  test.each([
    ['keyword', ['text']],
    ['semantic', ['vector']],
    ['hybrid', ['text', 'vector']],
  ] as const)('asks for %s what it needs', async (strategy, arms) => {
    const { index, search } = setUp(manyRows(30));
    const answer = await search({ strategy, principals: ['user:a@example.com'] });
    expect(answer.strategy).toBe(strategy);
    const [request] = index.requests;
    expect(Object.keys(request ?? {}).sort()).toEqual([...arms, 'limit', 'principals'].sort());
  });

  test.each(['hybrid', 'semantic'] as const)(
    'answers %s by keyword where there is no model, and says so',
    async (strategy) => {
      const { search } = setUp(manyRows(30));
      const none = { ...encoder, embedQuery: () => Promise.reject(new AppError('unavailable', 'The model is down.')) };
      const byKeyword = ids(await search({ strategy: 'keyword' }));
      const answer = await search({ strategy }, none);
      expect(answer.strategy).toBe('keyword');
      expect(ids(answer)).toEqual(byKeyword);
    },
  );

  test('does not compare vectors of two models', async () => {
    const { index, search } = setUp(manyRows(30));
    expect((await search({}, { ...encoder, name: 'another-encoder' })).strategy).toBe('keyword');
    expect(index.requests[0]?.vector).toBeUndefined();
  });

  test('does not hide a defect of the model', async () => {
    const { search } = setUp(manyRows(3));
    await expect(search({}, { ...encoder, embedQuery: () => Promise.reject(new TypeError('broken')) })).rejects.toThrow(
      'broken',
    );
  });

  test('gives nothing for an empty collection', async () => {
    expect((await setUp([]).search()).results).toEqual([]);
  });

  test('stops when the caller has gone', async () => {
    const { index, documents } = setUp(manyRows(30));
    const gone = AbortSignal.abort(new Error('gone'));
    const request = { collection, query: SearchQuery.parse('x'), strategy: 'keyword', limit: 1, offset: 0 } as const;
    await expect(
      searchCollection({ index, store: documents }, scope, { ...request, groupBy: 'chunk' }, gone),
    ).rejects.toThrow('gone');
  });
});
