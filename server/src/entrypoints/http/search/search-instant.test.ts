import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../core/access/index.ts';
import type { IndexChunk, RetrieveRequest } from '../../../core/search/index.ts';
import {
  CollectionId,
  DocumentId,
  newId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  SyncId,
  silentLogger,
} from '../../../core/shared/index.ts';
import { createApp } from '../create-app.ts';
import { createOriginPolicy } from '../origin-policy.ts';
import { toAuthenticator } from '../testing/to-authenticator.ts';
import { searchInstantEndpoint } from './search-instant.ts';

interface Answer {
  readonly results?: readonly { readonly entity_id: string }[];
  readonly strategy?: string;
  readonly errors?: readonly object[];
}

const collectionId = newId(CollectionId);
const local: Caller = {
  scope: new Scope(newId(OrganizationId)),
  kind: 'local',
  userId: null,
  email: 'anna@example.com',
  role: 'owner',
  keyScopes: null,
  collections: null,
};

function chunk(entityId: string, chunkIndex: number, more: Partial<IndexChunk> = {}): IndexChunk {
  return {
    chunkId: `${entityId}-${chunkIndex}`,
    documentId: DocumentId.parse(`00000000-0000-4000-8000-${entityId.padStart(12, '0')}`),
    version: 1,
    connectionId: newId(SourceConnectionId),
    syncId: SyncId.parse('11111111-1111-4111-8111-111111111111'),
    syncJobId: '22222222-2222-4222-8222-222222222222',
    sourceName: 'stub',
    entityId,
    entityType: 'StubEntity',
    name: 'Budget',
    breadcrumbs: [{ entityId: 'root', name: 'Finance', entityType: 'FolderEntity' }],
    url: 'https://example.com/1',
    createdAt: new Date('2026-01-15T09:30:00.120Z'),
    updatedAt: null,
    chunkIndex,
    chunkCount: 2,
    headings: [],
    text: 'The budget is 42.',
    viewers: ['user:anna@example.com'],
    isPublic: false,
    fields: { floor: 3, url: 'https://example.com/download' },
    vector: null,
    ...more,
  };
}

const chunks = [chunk('1', 0), chunk('1', 1), chunk('2', 0, { url: null, viewers: null, isPublic: null, fields: {} })];

/** The endpoint over an index that finds all chunks, in order. */
function setUp(caller: Caller = local) {
  const requests: RetrieveRequest[] = [];
  const endpoint = searchInstantEndpoint({
    index: {
      retrieve: async (_ref, request) => {
        requests.push(request);
        const hits = chunks.map((found, place) => ({ ...found, score: 9 - place }));
        return { keyword: hits };
      },
      fetch: async (_ref, ids) => chunks.filter((found) => ids.includes(found.chunkId)),
      readDocuments: async (_ref, ids) => chunks.filter((found) => ids.includes(found.documentId)),
    },
    freshness: { listFreshness: async () => [] },
    memberships: { expand: async () => [] },
    store: {
      findCollection: async (scope, readableId) =>
        scope.organizationId === local.scope.organizationId && readableId === 'papers'
          ? { id: collectionId, generation: 1, encoderName: 'none' }
          : undefined,
      visibleVersions: async (_scope, _collection, ids) => new Map(ids.map((id) => [id, 1])),
      sampleFields: async () => ({ fields: [], documentCount: 0 }),
    },
  });
  const app = createApp([endpoint], {
    authenticator: toAuthenticator(async () => caller),
    originPolicy: createOriginPolicy({
      isOpen: false,
      boundHost: '127.0.0.1',
      publicUrl: undefined,
      additionalOrigins: [],
    }),
    logger: silentLogger,
    onAnswered: () => undefined,
    isClosing: () => false,
  });
  const post = async (body: unknown, readableId = 'papers') => {
    const response = await app.request(`http://127.0.0.1/collections/${readableId}/search/instant`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  return { post, requests };
}

describe('POST /collections/{readable_id}/search/instant', () => {
  test('gives one result per document, with every field of the public shape', async () => {
    const { status, body } = await setUp().post({ query: 'budget' });
    expect(status).toBe(200);
    expect(body.results).toEqual([
      {
        entity_id: '1__chunk_0',
        name: 'Budget',
        relevance_score: 1,
        breadcrumbs: [{ entity_id: 'root', name: 'Finance', entity_type: 'FolderEntity' }],
        created_at: '2026-01-15T09:30:00.120Z',
        updated_at: null,
        textual_representation: 'The budget is 42.',
        airweave_system_metadata: {
          source_name: 'stub',
          entity_type: 'StubEntity',
          sync_id: '11111111-1111-4111-8111-111111111111',
          sync_job_id: '22222222-2222-4222-8222-222222222222',
          chunk_index: 0,
          original_entity_id: '1',
        },
        access: { viewers: ['user:anna@example.com'], is_public: false },
        web_url: 'https://example.com/1',
        url: 'https://example.com/download',
        raw_source_fields: { floor: 3, url: 'https://example.com/download' },
        highlights: [{ fragment: 'The budget is 42.', words: ['budget'] }],
      },
      expect.objectContaining({
        entity_id: '2__chunk_0',
        access: { viewers: null, is_public: null },
        web_url: '',
        url: null,
        raw_source_fields: {},
      }),
    ]);
  });

  test('says that it searched by keyword where there is no model', async () => {
    expect((await setUp().post({ query: 'budget', retrieval_strategy: 'semantic' })).body.strategy).toBe('keyword');
  });

  test('gives every passage when asked to, and cuts pages', async () => {
    const { post } = setUp();
    const ids = async (request: object) =>
      (await post({ query: 'budget', ...request })).body.results?.map((hit) => hit.entity_id);
    expect(await ids({ group_by: 'chunk' })).toEqual(['1__chunk_0', '1__chunk_1', '2__chunk_0']);
    expect(await ids({ group_by: 'chunk', limit: 1, offset: 1 })).toEqual(['1__chunk_1']);
    expect(await ids({ limit: 1000, offset: 5 })).toEqual([]);
  });

  test('passes the filter on, in the language of the index', async () => {
    const { post, requests } = setUp();
    const filter = [{ conditions: [{ field: 'created_at', operator: 'less_than', value: '2026-01-31' }] }];
    expect((await post({ query: 'budget', filter })).status).toBe(200);
    expect(requests[0]?.filter).toEqual([
      [{ field: 'created_at', operator: 'less_than', value: new Date('2026-01-31') }],
    ]);
    expect((await post({ query: 'budget', filter: null })).status).toBe(200);
    expect(requests[1]?.filter).toBeUndefined();
  });

  test('shows a signed-in user what that user may see, and a key everything', async () => {
    const user = setUp({ ...local, kind: 'user', email: 'Anna@Example.com' });
    await user.post({ query: 'budget' });
    expect(user.requests[0]?.principals).toEqual(['user:anna@example.com']);
    const nobody = setUp({ ...local, kind: 'user', email: null });
    await nobody.post({ query: 'budget' });
    expect(nobody.requests[0]?.principals).toEqual([]);
    const key = setUp({ ...local, kind: 'api_key', email: null, role: null });
    await key.post({ query: 'budget' });
    expect(key.requests[0]?.principals).toBeUndefined();
  });

  test.each([
    ['no query', {}, 'body.query'],
    ['a blank query', { query: ' \u0000 ' }, 'body.query'],
    ['a query of another type', { query: 5 }, 'body.query'],
    ['a query that is too long', { query: 'x'.repeat(8001) }, 'body.query'],
    ['an unknown strategy', { query: 'x', retrieval_strategy: 'neural' }, 'body.retrieval_strategy'],
    ['limit 0', { query: 'x', limit: 0 }, 'body.limit'],
    ['limit 1001', { query: 'x', limit: 1001 }, 'body.limit'],
    ['a negative offset', { query: 'x', offset: -1 }, 'body.offset'],
    ['a filter that is no list', { query: 'x', filter: {} }, 'body.filter'],
    ['an empty group', { query: 'x', filter: [{ conditions: [] }] }, 'body.filter.0.conditions'],
    [
      'an unknown field',
      { query: 'x', filter: [{ conditions: [{ field: 'title', operator: 'equals', value: 'x' }] }] },
      'body.filter.0.conditions.0.field',
    ],
    [
      'a value that does not fit',
      { query: 'x', filter: [{ conditions: [{ field: 'created_at', operator: 'equals', value: 'soon' }] }] },
      'body.filter.0.conditions.0.value',
    ],
  ])('refuses %s', async (_, request, where) => {
    const { status, body } = await setUp().post(request);
    expect(status).toBe(422);
    expect((body.errors ?? []).flatMap((error) => Object.keys(error))).toContain(where);
  });

  test('refuses what is not JSON', async () => {
    expect((await setUp().post('{"query"')).status).toBe(422);
  });

  test('says which collection it does not find, alike for missing ones, other organisations and keys kept from it', async () => {
    const expected = { status: 404, body: { detail: "Collection 'papers' not found" } };
    expect((await setUp().post({ query: 'x' }, 'other')).body).toEqual({ detail: "Collection 'other' not found" });
    const stranger = { ...local, scope: new Scope(newId(OrganizationId)) };
    expect(await setUp(stranger).post({ query: 'x' })).toEqual(expected);
    const limited: Caller = { ...local, kind: 'api_key', collections: ['other'] };
    expect(await setUp(limited).post({ query: 'x' })).toEqual(expected);
  });

  test('refuses a key that may not search', async () => {
    const key: Caller = { ...local, kind: 'api_key', keyScopes: ['read'] };
    expect((await setUp(key).post({ query: 'x' })).status).toBe(403);
  });
});
