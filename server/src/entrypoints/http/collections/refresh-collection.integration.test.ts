import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countQueries } from '../testing/count-queries.ts';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture();
});
afterAll(() => fixture.close());

const refresh = (collection: string) => fixture.call('POST', `/collections/${collection}/refresh_all`);

/** Rows of connections with a sync each, that were never run. */
async function addConnections(readableId: string, count: number): Promise<void> {
  const queries = fixture.database.system();
  const { id: collection_id, organization_id } = await queries
    .selectFrom('collections')
    .select(['id', 'organization_id'])
    .where('readable_id', '=', readableId)
    .executeTakeFirstOrThrow();
  const connections = Array.from({ length: count }, (_, i) => ({
    ...{ id: crypto.randomUUID(), organization_id, collection_id, name: `Connection ${i}`, short_name: 'stub' },
    ...{ auth_method: 'direct', is_authenticated: true },
  }));
  await queries.insertInto('source_connections').values(connections).execute();
  const syncs = connections.map(({ id }) => ({ id: crypto.randomUUID(), organization_id, source_connection_id: id }));
  await queries.insertInto('syncs').values(syncs).execute();
}

describe('running all syncs of a collection', () => {
  test('begins one job for each connection that can run, and answers with them', async () => {
    await fixture.createCollection('mixed');
    const connect = async (body: object = {}) => (await fixture.connect('mixed', body)).body;
    const [first, second] = [await connect(), await connect()];
    const paused = await connect();
    await fixture.call('POST', `/source-connections/${paused.id}/pause`);
    const busy = await connect({ sync_immediately: true });
    await connect({ schedule: { cron: null } });
    const deleted = await connect();
    await fixture.call('DELETE', `/source-connections/${deleted.id}`);
    const waiting = await connect();
    await fixture.database
      .system()
      .updateTable('source_connections')
      .set({ is_authenticated: false })
      .where('id', '=', waiting.id)
      .execute();
    await fixture.call('POST', '/collections/mixed/documents', {
      documents: [{ id: 'a', title: 'A', content: 'Text' }],
    });

    const { status, body } = await refresh('mixed');
    expect(status).toBe(200);
    const ids = body.map((job: { source_connection_id: string }) => job.source_connection_id);
    expect(ids.toSorted()).toEqual([first.id, second.id].toSorted());
    for (const job of body) {
      const jobs = await fixture.call('GET', `/source-connections/${job.source_connection_id}/jobs`);
      expect(jobs.body).toEqual([job]);
      expect(job.status).toBe('pending');
    }
    expect((await fixture.call('GET', `/source-connections/${busy.id}/jobs`)).body).toHaveLength(1);
    expect((await refresh('mixed')).body).toEqual([]);
  });

  test('leaves other collections alone, and is nothing for an empty one', async () => {
    await fixture.createCollection('empty');
    await fixture.createCollection('other');
    const { body: other } = await fixture.connect('other');
    const { status, body } = await refresh('empty');
    expect([status, body]).toEqual([200, []]);
    expect((await fixture.call('GET', `/source-connections/${other.id}/jobs`)).body).toEqual([]);
  });

  test('is hidden from others, and a 404 for an unknown collection', async () => {
    expect((await refresh('nothing')).status).toBe(404);
    await fixture.createCollection('hidden');
    await expectHidden(fixture, 'POST', '/collections/hidden/refresh_all');
    const own = fixture.endpoints.filter(({ path }) => path.endsWith('/refresh_all'));
    for (const endpoint of own) await expectRefusals(fixture, endpoint);
    expect(own).toHaveLength(1);
  });

  test('begins each run once, however often it is asked at once', async () => {
    await fixture.createCollection('raced');
    await addConnections('raced', 20);
    const answers = await Promise.all(Array.from({ length: 5 }, () => refresh('raced')));
    const started = answers.flatMap(({ body }) =>
      body.map((job: { source_connection_id: string }) => job.source_connection_id),
    );
    expect([started.length, new Set(started).size]).toEqual([20, 20]);
  });

  test('asks the database as often for 1,000 connections as for one', async () => {
    await fixture.createCollection('small');
    await addConnections('small', 1);
    await fixture.createCollection('large');
    await addConnections('large', 1_000);
    await refresh('empty');
    const { queries: forOne } = await countQueries(() => refresh('small'));
    const { queries, result } = await countQueries(() => refresh('large'));
    expect(result.body).toHaveLength(1_000);
    expect(forOne.length).toBeGreaterThan(2);
    expect(queries.length).toBeLessThanOrEqual(forOne.length);
  });

  test('and so does the list of them, which is one query', async () => {
    await fixture.call('GET', '/source-connections?limit=1');
    const { queries, result } = await countQueries(() =>
      fixture.call('GET', '/source-connections?collection=large&limit=1000'),
    );
    expect(result.body).toHaveLength(1_000);
    expect(queries.filter((text) => /source_connections|documents|sync_jobs/.test(text))).toHaveLength(1);
  });
});
