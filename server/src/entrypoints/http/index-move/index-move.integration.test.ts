import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCollectionStore } from '../../../adapters/postgres/collection-store.ts';
import { createReindexStore } from '../../../adapters/postgres/reindex-store.ts';
import { collectionEndpoints } from '../collections/collection-endpoints.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { getIndexMoveEndpoint } from './get-index-move.ts';
import { startIndexMoveEndpoint } from './start-index-move.ts';

/** Collections whose index is in the engine that is not configured. */
const elsewhere = new Set<string>();
let fixture: HttpFixture;
let ids: readonly string[];
beforeAll(async () => {
  fixture = await createHttpFixture({
    endpoints: (database) => {
      const index = { isElsewhere: async ({ collectionId }: { collectionId: string }) => elsewhere.has(collectionId) };
      const move = { reindexes: createReindexStore(database), index };
      return [
        ...collectionEndpoints(createCollectionStore(database), { name: 'none', dimensions: 384 }),
        startIndexMoveEndpoint(move),
        getIndexMoveEndpoint(move),
      ];
    },
  });
  const key = await fixture.createKey();
  const make = (name: string, owner: string) => fixture.ask('POST', '/collections', { key: owner, body: { name } });
  const made = [await make('First', key), await make('Second', key), await make('Foreign', fixture.foreign.key)];
  ids = made.map(({ body }) => body.id);
});
afterAll(() => fixture.close());

const ask = (method: 'GET' | 'POST') => fixture.ask(method, '/index-move', { bearer: fixture.operatorToken });

describe('the move of all indexes', () => {
  test('is done where every index is in the configured engine', async () => {
    const { status, body } = await ask('POST');
    expect({ status, body }).toEqual({
      status: 202,
      body: { collections: 3, in_place: 3, under_way: 0, left: 0, examples: [] },
    });
  });

  test('rebuilds what is elsewhere, of every organisation, once', async () => {
    for (const id of ids.slice(1)) elsewhere.add(id);
    expect((await ask('GET')).body).toMatchObject({ in_place: 1, under_way: 0, left: 2 });
    expect((await ask('POST')).body).toMatchObject({ in_place: 1, under_way: 2, left: 0 });
    expect((await ask('POST')).body).toMatchObject({ in_place: 1, under_way: 2, left: 0 });
    expect((await ask('GET')).body).toEqual({ collections: 3, in_place: 1, under_way: 2, left: 0, examples: [] });
  });

  test('is for nobody but the operator', async () => {
    for (const method of ['GET', 'POST'] as const) {
      expect((await fixture.ask(method, '/index-move')).status).toBe(401);
      for (const key of [await fixture.createKey(), fixture.foreign.key]) {
        expect((await fixture.ask(method, '/index-move', { key })).status).toBe(403);
      }
    }
  });
});
