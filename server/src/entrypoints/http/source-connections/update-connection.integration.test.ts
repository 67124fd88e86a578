import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectHidden } from '../testing/expect-refusals.ts';
import type { Answer } from '../testing/http-fixture.ts';
import { locked } from '../testing/locked-source.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let made: Answer['body'];
beforeAll(async () => {
  fixture = await createSourceFixture({ connectors: [locked] });
});
afterAll(() => fixture.close());
beforeEach(async () => {
  made = await connect({ short_name: 'stub', description: 'Before', config: { entity_count: 3, seed: 7 } });
});

const newCollection = async (): Promise<string> =>
  (await fixture.call('POST', '/collections', { name: 'Some papers' })).body.readable_id;
const connect = async (body: object): Promise<Answer['body']> => {
  const collection = await newCollection();
  const all = { readable_collection_id: collection, sync_immediately: false, ...body };
  return (await fixture.call('POST', '/source-connections', all)).body;
};
const change = (body: unknown, id: string = made.id) => fixture.call('PATCH', `/source-connections/${id}`, body);
const read = async (id: string = made.id) => (await fixture.call('GET', `/source-connections/${id}`)).body;

describe('changing a source connection', () => {
  test('changes what is given and nothing else', async () => {
    const { status, body } = await change({ name: 'After' });
    expect(status).toBe(200);
    const schedule = { ...made.schedule, next_run: body.schedule.next_run };
    expect(body).toEqual({ ...made, name: 'After', modified_at: body.modified_at, schedule });
    expect(body.modified_at > made.modified_at).toBe(true);
    expect(await read()).toMatchObject({ name: 'After', modified_at: body.modified_at });
  });

  test('clears a description by null', async () => {
    expect((await change({ description: null })).body.description).toBeNull();
    expect((await change({ description: 'New' })).body.description).toBe('New');
  });

  test('replaces the whole configuration, with its defaults', async () => {
    expect((await change({ config: { seed: 8 } })).body.config).toMatchObject({ entity_count: 10, seed: 8 });
    expect((await change({ config: null })).body.config).toMatchObject({ entity_count: 10, seed: 42 });
  });

  test.each([null, {}, { cron: null }])('by the schedule %j removes it and keeps the sync', async (schedule) => {
    const { body } = await change({ schedule });
    expect(body).toMatchObject({ sync_id: made.sync_id, schedule: { cron: null, next_run: null } });
  });

  test('sets a schedule, and makes a sync that does not run where there was none', async () => {
    expect((await change({ schedule: { cron: '5 4 * * *' } })).body).toMatchObject({
      sync_id: made.sync_id,
      schedule: { cron: '5 4 * * *', next_run: expect.stringMatching(/T04:05:00\.000Z$/) },
    });
    const bare = await connect({ short_name: 'stub', schedule: { cron: null } });
    expect(bare.sync_id).toBeNull();
    expect((await change({ schedule: null }, bare.id)).body).toMatchObject({ sync_id: null, schedule: null });
    const { body } = await change({ schedule: { cron: '0 0 * * 0' } }, bare.id);
    expect(body).toMatchObject({ sync_id: expect.any(String), sync: null, schedule: { cron: '0 0 * * 0' } });
    expect((await fixture.call('GET', `/source-connections/${bare.id}/jobs`)).body).toEqual([]);
  });

  test('takes new credentials, and null for no change', async () => {
    expect((await change({ authentication: { credentials: { stub_key: 'new' } } })).status).toBe(200);
    expect((await change({ authentication: null })).status).toBe(200);
  });

  test('by new credentials lets a sync run again that was paused for the old ones', async () => {
    const config = { exception_type: 'source_auth_error', auth_provider_kind: 'static', trigger_after: 1 };
    const { id } = await connect({ short_name: 'exception_stub', config, sync_immediately: true });
    const worker = fixture.startWorker();
    const job = await fixture.waitForJob(id, 'failed');
    expect(job).toMatchObject({ error_category: 'api_key_invalid', error: expect.stringContaining('ExceptionStub') });
    expect(await read(id)).toMatchObject({
      status: 'needs_reauth',
      error_category: 'api_key_invalid',
      error_message: expect.stringContaining('credentials'),
    });
    const paused = await fixture.call('POST', `/source-connections/${id}/run`);
    expect([paused.status, paused.body.detail]).toEqual([409, expect.stringContaining('paused')]);
    await worker.stop();
    await change({ authentication: { credentials: { stub_key: 'new' } } }, id);
    expect((await fixture.call('POST', `/source-connections/${id}/run`)).status).toBe(200);
  });
});

describe('a change is refused', () => {
  const validation = (place: string) => ({ errors: expect.arrayContaining([{ [place]: expect.any(String) }]) });
  const words = (pattern: RegExp) => ({ detail: expect.stringMatching(pattern) });

  test.each([
    ['nothing', {}, 422, validation('body')],
    ['only unknown fields', { status: 'active' }, 422, validation('body')],
    ['no name', { name: null }, 422, validation('body.name')],
    ['a short name', { name: 'abc' }, 422, validation('body.name')],
    ['a long description', { description: 'x'.repeat(256) }, 422, validation('body.description')],
    [
      'a configuration that does not fit',
      { config: { entity_count: 'x' } },
      422,
      words(/^Invalid config fields: entity_count: /),
    ],
    ['NUL in the configuration', { config: { custom_content_prefix: '\0' } }, 422, validation('body.config')],
    ['a malformed cron', { schedule: { cron: 'daily' } }, 422, words(/'daily' is not a cron expression/)],
    ['a cron below an hour', { schedule: { cron: '*/5 * * * *' } }, 400, words(/does not support continuous/)],
    ['a token', { authentication: { access_token: 't' } }, 422, { errors: expect.any(Array) }],
    ['an empty authentication', { authentication: {} }, 422, validation('body.authentication.credentials')],
    ['credentials that are no object', { authentication: { credentials: 'x' } }, 422, { errors: expect.any(Array) }],
    ['no object', [], 422, { errors: expect.any(Array) }],
  ] as const)('for %s, and changes nothing', async (_, body, status, answer) => {
    const refusal = await change(body);
    expect([refusal.status, refusal.body]).toEqual([status, expect.objectContaining(answer)]);
    expect((await read()).modified_at).toBe(made.modified_at);
  });

  test('for an empty configuration where a setting is needed, and for credentials that do not fit', async () => {
    const authentication = { credentials: { api_key: 'long-enough' } };
    const { id } = await connect({ short_name: 'locked', config: { workspace: 'w' }, authentication });
    const empty = await change({ config: null }, id);
    expect([empty.status, empty.body.detail]).toEqual([422, expect.stringContaining('workspace')]);
    const short = await change({ authentication: { credentials: { api_key: 'x' } } }, id);
    expect([short.status, short.body.detail]).toEqual([422, expect.stringMatching(/^Invalid auth fields: api_key: /)]);
  });

  test('for what is not there, not an id, or not theirs', async () => {
    expect((await change({ name: 'After' }, crypto.randomUUID())).status).toBe(404);
    const { status, body } = await change({ name: 'After' }, 'not-an-id');
    expect([status, Object.keys(body.errors[0])]).toEqual([422, ['path.source_connection_id']]);
    await expectHidden(fixture, 'PATCH', `/source-connections/${made.id}`, { name: 'Stolen' });
    expect((await read()).name).toBe(made.name);
  });
});
