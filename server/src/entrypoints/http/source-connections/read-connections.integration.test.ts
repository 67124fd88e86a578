import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden } from '../testing/expect-refusals.ts';
import type { Answer } from '../testing/http-fixture.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture();
  fixture.startWorker();
});
afterAll(() => fixture.close());

const newCollection = async (): Promise<string> =>
  (await fixture.call('POST', '/collections', { name: 'Some papers' })).body.readable_id;
const connect = async (collection: string, body: object = {}): Promise<Answer['body']> =>
  (
    await fixture.call('POST', '/source-connections', {
      short_name: 'stub',
      readable_collection_id: collection,
      sync_immediately: false,
      config: { entity_count: 6 },
      ...body,
    })
  ).body;
const list = async (query: string) => (await fixture.call('GET', `/source-connections?${query}`)).body;
const read = (id: string, suffix = '') => fixture.call('GET', `/source-connections/${id}${suffix}`);

describe('a source connection that has run', () => {
  test('shows its entities by type and its last job', async () => {
    const collection = await newCollection();
    const { id, created_at } = await connect(collection, { sync_immediately: true });
    const job = await fixture.waitForJob(id, 'completed');
    const { body } = await read(id);
    expect(body).toMatchObject({
      status: 'active',
      sync: { total_runs: 1, successful_runs: 1, failed_runs: 0, last_job: { id: job.id, status: 'completed' } },
      entities: { total_entities: 6 },
      error_message: null,
    });
    const types: [string, { count: number; last_updated: string }][] = Object.entries(body.entities.by_type);
    expect(types.reduce((sum, [, { count }]) => sum + count, 0)).toBe(6);
    for (const [name, { last_updated }] of types) {
      expect(name).toMatch(/^\w+Entity$/);
      expect(new Date(last_updated).getTime()).toBeGreaterThanOrEqual(new Date(created_at).getTime());
    }
    expect(await list(`collection=${collection}`)).toEqual([
      {
        id,
        name: 'Stub Connection',
        short_name: 'stub',
        readable_collection_id: collection,
        created_at,
        modified_at: body.modified_at,
        is_authenticated: true,
        entity_count: 6,
        federated_search: false,
        auth_method: 'direct',
        status: 'active',
      },
    ]);
  });

  test('and failed shows error, and what was read before', async () => {
    const config = { entity_count: 6, fail_after: 3 };
    const { id } = await connect(await newCollection(), { config, sync_immediately: true });
    const job = await fixture.waitForJob(id, 'failed');
    expect(job).toMatchObject({ completed_at: null, duration_seconds: null, error_category: null });
    expect(job.error).toContain('simulated failure after 3 entities');
    expect((await read(id)).body).toMatchObject({ status: 'error', sync: { failed_runs: 1 }, error_message: null });
  });
});

describe('the list of source connections', () => {
  test('is newest first, in pages, of one collection or of all', async () => {
    const collection = await newCollection();
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.unshift((await connect(collection)).id);
    const idsOf = async (query: string) => (await list(query)).map(({ id }: { id: string }) => id);
    expect(await idsOf(`collection=${collection}`)).toEqual(ids);
    expect(await idsOf(`collection=${collection}&skip=1&limit=1`)).toEqual([ids[1]]);
    expect((await idsOf('')).slice(0, 3)).toEqual(ids);
    expect(await idsOf('collection=nothing-like-it')).toEqual([]);
    expect(await idsOf(`collection=${collection}&skip=1000`)).toEqual([]);
  });

  test('shows nobody what is not theirs', async () => {
    const [mine, other] = [await newCollection(), await newCollection()];
    const { id } = await connect(mine);
    await connect(other);
    const shownTo = async (key: string, query = '') =>
      (await fixture.ask('GET', `/source-connections?${query}`, { key })).body;
    expect(await shownTo(fixture.foreign.key)).toEqual([]);
    expect(await shownTo(fixture.foreign.key, `collection=${mine}`)).toEqual([]);
    const limited = await fixture.createKey({ collections: [mine] });
    expect(await shownTo(limited)).toEqual([expect.objectContaining({ id })]);
    expect(await shownTo(limited, `collection=${other}`)).toEqual([]);
  });

  test.each([
    ['limit=0', 'query.limit'],
    ['limit=1001', 'query.limit'],
    ['limit=x', 'query.limit'],
    ['skip=-1', 'query.skip'],
    ['collection=%00', 'query.collection'],
  ])('refuses the query %s', async (query, place) => {
    const { status, body } = await fixture.call('GET', `/source-connections?${query}`);
    expect([status, body.errors]).toEqual([422, [{ [place]: expect.any(String) }]]);
  });
});

describe('one that is not there', () => {
  const unknown = crypto.randomUUID();
  const calls = [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['GET', '/sync-id'],
    ['POST', '/run'],
    ['GET', '/jobs'],
    ['POST', `/jobs/${unknown}/cancel`],
  ] as const;

  test.each(calls)('is 404, and a malformed id 422, for %s …%s', async (method, suffix) => {
    const body = method === 'PATCH' ? { name: 'After' } : undefined;
    const missing = await fixture.call(method, `/source-connections/${unknown}${suffix}`, body);
    expect([missing.status, missing.body]).toEqual([404, { detail: expect.stringContaining('not found') }]);
    const malformed = await fixture.call(method, `/source-connections/1234${suffix}`, body);
    expect(malformed.status).toBe(422);
    expect(malformed.body.errors).toEqual([{ 'path.source_connection_id': expect.stringContaining('valid UUID') }]);
  });

  test.each(calls)('looks the same as one that is not theirs, for %s …%s', async (method, suffix) => {
    const { id } = await connect(await newCollection());
    await expectHidden(
      fixture,
      method,
      `/source-connections/${id}${suffix}`,
      method === 'PATCH' ? { name: 'Stolen' } : undefined,
    );
    expect((await read(id)).body.name).toBe('Stub Connection');
  });
});

test('An id may be written in any of the usual ways', async () => {
  const { id } = await connect(await newCollection());
  for (const spelling of [id.toUpperCase(), id.replaceAll('-', ''), `%7B${id}%7D`, `urn:uuid:${id}`]) {
    const { status, body } = await read(spelling);
    expect([spelling, status, body.id]).toEqual([spelling, 200, id]);
  }
});

test('The id of its sync can be asked for by itself', async () => {
  const { id, sync_id } = await connect(await newCollection());
  expect((await read(id, '/sync-id')).body).toEqual({ sync_id });
  const bare = await connect(await newCollection(), { schedule: { cron: null } });
  for (const suffix of ['/sync-id', '/jobs']) expect((await read(bare.id, suffix)).status).toBe(404);
  expect((await fixture.call('POST', `/source-connections/${bare.id}/run`)).status).toBe(404);
});

describe('deleting a source connection', () => {
  test('answers with it as it was, hides its documents at once, and leaves the others', async () => {
    const collection = await newCollection();
    const config = { entity_count: 4, custom_content_prefix: 'doomedmarker' };
    const { id } = await connect(collection, { config, sync_immediately: true });
    const kept = await connect(collection, {
      config: { ...config, custom_content_prefix: 'keptmarker' },
      sync_immediately: true,
    });
    await fixture.waitForJob(id, 'completed');
    await fixture.waitForJob(kept.id, 'completed');
    const search = async (query: string) =>
      (
        await fixture.call('POST', `/collections/${collection}/search/instant`, {
          query,
          retrieval_strategy: 'keyword',
        })
      ).body.results.length;
    expect(await search('doomedmarker')).toBeGreaterThan(0);
    const before = (await read(id)).body;
    const { status, body } = await fixture.call('DELETE', `/source-connections/${id}`);
    const schedule = { ...before.schedule, next_run: body.schedule.next_run };
    expect([status, body]).toEqual([200, { ...before, schedule }]);
    expect(await search('doomedmarker')).toBe(0);
    expect(await search('keptmarker')).toBeGreaterThan(0);
    expect((await read(id)).status).toBe(404);
    expect((await fixture.call('DELETE', `/source-connections/${id}`)).status).toBe(404);
    const documents = (await fixture.call('GET', `/collections/${collection}/documents`)).body;
    expect(new Set(documents.map((one: { source_connection_id: string }) => one.source_connection_id))).toEqual(
      new Set([kept.id]),
    );
  });

  test('works while it syncs, and the run ends', async () => {
    const collection = await newCollection();
    const config = { duration_seconds: 60, entity_count: 600 };
    const { id } = await connect(collection, { short_name: 'timed', config, sync_immediately: true });
    await fixture.waitForJob(id, 'running');
    expect((await fixture.call('DELETE', `/source-connections/${id}`)).body).toMatchObject({ id, status: 'syncing' });
    expect((await fixture.call('GET', `/collections/${collection}/documents`)).body).toEqual([]);
    const again = await connect(collection, { sync_immediately: true });
    await fixture.waitForJob(again.id, 'completed');
  });
});
