import { expect, test } from 'vitest';
import type { Caller } from '../../../core/access/index.ts';
import type { RetrieveRequest } from '../../../core/search/index.ts';
import {
  AppError,
  CollectionId,
  newId,
  OrganizationId,
  Scope,
  SourceConnectionId,
  silentLogger,
} from '../../../core/shared/index.ts';
import { createApp } from '../create-app.ts';
import { EventStreams } from '../event-streams.ts';
import { createOriginPolicy } from '../origin-policy.ts';
import { toAuthenticator } from '../testing/to-authenticator.ts';
import { searchEndpoints } from './search-endpoints.ts';

const asUser: Caller = {
  scope: new Scope(newId(OrganizationId)),
  kind: 'user',
  userId: null,
  email: 'Anna@Example.com',
  role: 'member',
  keyScopes: null,
  collections: null,
};

const connection = newId(SourceConnectionId);
const anna = ['user:anna@example.com', `group:${connection}/sales`];

function missing(): never {
  throw new AppError('internal', 'a search writes nothing');
}

/** The endpoints over an index that finds nothing, so that every guess of a plan is dropped and asked again. */
function setUp(caller: Caller) {
  const requests: RetrieveRequest[] = [];
  const sampled: (readonly string[] | undefined)[] = [];
  const endpoints = searchEndpoints({
    index: {
      retrieve: async (_ref, request) => {
        requests.push(request);
        return { keyword: [] };
      },
      fetch: async () => [],
      readDocuments: async () => [],
    },
    freshness: { listFreshness: async () => [] },
    collections: {
      list: async () =>
        ['papers', 'reports'].map((readableId) => ({
          ...{ id: newId(CollectionId), generation: 1, encoderName: 'none' },
          readableId,
        })),
    },
    streams: new EventStreams(),
    logger: silentLogger,
    documents: { count: async () => 0, list: async () => [], facets: async () => [] },
    memberships: {
      expand: async () => [`group:${connection}/sales`],
      replace: async () => missing(),
      markNotLoaded: async () => missing(),
      find: async () => undefined,
    },
    store: {
      findCollection: async () => ({ id: newId(CollectionId), generation: 1, encoderName: 'none' }),
      visibleVersions: async () => new Map(),
      listSyncIds: async () => [],
      listConnectionIds: async () => [],
      describeContents: async () => ({
        types: ['slack', 'notion'].map((sourceName) => ({ sourceName, entityType: `${sourceName}Entity` })),
      }),
      sampleFields: async (_scope, _collection, { principals }) => {
        sampled.push(principals);
        return { fields: [], documentCount: 0 };
      },
    },
  });
  const app = createApp(endpoints, {
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
  const ask = async (method: string, path: string, body?: object) =>
    app.request(`http://127.0.0.1/collections/papers/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { ask, requests, sampled };
}

const query = 'slack notes from last week -travel';
const everySearch: readonly (readonly [string, string, object | undefined])[] = [
  ['POST', 'search/instant', { query }],
  ['POST', 'search/classic', { query }],
  ['POST', 'search/classic', { query: '"latest notes"', offset: 10 }],
  ['POST', 'search/agentic', { query }],
  ['POST', 'search', { query }],
  ['POST', 'search', { query, response_type: 'completion' }],
  ['GET', 'search?query=x', undefined],
  ['POST', '../../search/instant', { query }],
  ['POST', '../../search/classic', { query }],
];

test.each(everySearch)(
  '%s %s looks with the eyes of the person who asks, at every try: %j',
  async (method, path, body) => {
    const { ask, requests } = setUp(asUser);
    expect((await ask(method, path, body)).status).toBe(200);
    expect(requests.length).toBeGreaterThan(0);
    for (const { principals } of requests) expect(principals).toEqual(anna);
  },
);

test('a streamed search looks with the eyes of the person who asks', async () => {
  const { ask, requests } = setUp(asUser);
  const body = { query: 'slack notes from last week', interpret_filters: true };
  expect(await (await ask('POST', 'search/stream', body)).text()).toContain('"principal_count":2');
  expect(requests.length).toBeGreaterThan(1);
  for (const { principals } of requests) expect(principals).toEqual(anna);
});

test('classic tries again without its guesses', async () => {
  const { ask, requests } = setUp(asUser);
  const answer = await (await ask('POST', 'search/classic', { query: 'notes in slack from last week -travel' })).json();
  expect(answer).toMatchObject({
    plan: { dropped: [{ text: 'in slack' }, { text: 'from last week' }, { text: '-travel' }] },
  });
  expect(requests.map(({ filter }) => filter?.length ?? 0)).toEqual([2, 2, 0, 0]);
});

test('an unknown address sees what nobody restricted, and a key everything', async () => {
  const nameless = setUp({ ...asUser, email: null });
  await nameless.ask('POST', 'search/classic', { query: 'x' });
  expect(nameless.requests[0]?.principals).toEqual([]);
  const key = setUp({ ...asUser, kind: 'api_key', email: null });
  await key.ask('POST', 'search', { query: 'x' });
  expect(key.requests[0]?.principals).toBeUndefined();
});

test('the own fields of sources are told as far as the person may see the documents', async () => {
  const { ask, sampled } = setUp(asUser);
  expect((await ask('GET', 'filter-schema')).status).toBe(200);
  expect(sampled).toEqual([anna]);
});
