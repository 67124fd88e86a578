import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCollectionStore } from '../../../adapters/postgres/collection-store.ts';
import { createReindexStore } from '../../../adapters/postgres/reindex-store.ts';
import { collectionEndpoints } from '../collections/collection-endpoints.ts';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { reindexEndpoints } from './reindex-endpoints.ts';

let fixture: HttpFixture;
let key: string;
let path: string;
beforeAll(async () => {
  fixture = await createHttpFixture({
    endpoints: (database) => {
      const collections = createCollectionStore(database);
      const access = { collections, reindexes: createReindexStore(database) };
      return [...collectionEndpoints(collections, { name: 'none', dimensions: 384 }), ...reindexEndpoints(access)];
    },
  });
  key = await fixture.createKey();
  const { body } = await fixture.ask('POST', '/collections', { key, body: { name: 'Notes' } });
  path = `/collections/${body.readable_id}/reindex`;
});
afterAll(() => fixture.close());

describe('a rebuild of an index', () => {
  test('is not found before there was one', async () => {
    expect((await fixture.ask('GET', path, { key })).status).toBe(404);
    expect((await fixture.ask('POST', `${path}/cancel`, { key })).status).toBe(409);
  });

  test('is accepted once, read and cancelled', async () => {
    const started = await fixture.ask('POST', path, { key });
    expect(started.status).toBe(202);
    expect(started.body).toMatchObject({ status: 'pending', generation: 2, documents_total: 0, ended_at: null });
    expect((await fixture.ask('POST', path, { key })).status).toBe(409);
    expect((await fixture.ask('GET', path, { key })).body).toEqual(started.body);
    expect((await fixture.ask('POST', `${path}/cancel`, { key })).body).toMatchObject({
      id: started.body.id,
      status: 'cancelled',
    });
    expect((await fixture.ask('POST', '/collections/no-such/reindex', { key })).status).toBe(404);
  });

  test('is refused to the wrong caller and hidden from the wrong organisation', async () => {
    for (const endpoint of fixture.endpoints.filter((one) => one.path.includes('reindex'))) {
      await expectRefusals(fixture, endpoint);
    }
    await expectHidden(fixture, 'POST', path);
    await expectHidden(fixture, 'GET', path);
    await expectHidden(fixture, 'POST', `${path}/cancel`);
  });
});
