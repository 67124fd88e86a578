import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../testing/http-fixture.ts';
import { locked } from '../testing/locked-source.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let fixture: SourceFixture;
let collection: string;
beforeAll(async () => {
  fixture = await createSourceFixture({ connectors: [locked] });
});
afterAll(() => fixture.close());
beforeEach(async () => {
  collection = await newCollection();
});

const newCollection = async (): Promise<string> =>
  (await fixture.call('POST', '/collections', { name: 'Some papers' })).body.readable_id;
const create = (body: object) =>
  fixture.call('POST', '/source-connections', { short_name: 'stub', readable_collection_id: collection, ...body });
const connectionsOf = async (readableId: string) =>
  (await fixture.call('GET', `/source-connections?collection=${readableId}`)).body;

describe('connecting a source', () => {
  test('answers 200 with every field of the contract, and begins a run', async () => {
    const { status, body } = await create({ description: 'What we know', config: { entity_count: 3 } });
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(uuid),
      organization_id: fixture.owner.organization.id,
      name: 'Stub Connection',
      description: 'What we know',
      short_name: 'stub',
      readable_collection_id: collection,
      status: 'active',
      created_at: expect.stringMatching(instant),
      modified_at: body.created_at,
      auth: {
        method: 'direct',
        authenticated: true,
        authenticated_at: body.created_at,
        expires_at: null,
        auth_url: null,
        auth_url_expires: null,
        redirect_url: null,
        claim_token: null,
        provider_readable_id: null,
        provider_id: null,
      },
      config: expect.objectContaining({ entity_count: 3, seed: 42, fail_after: -1, custom_content_prefix: null }),
      schedule: {
        cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/),
        next_run: expect.stringMatching(instant),
        continuous: false,
        cursor_field: null,
        cursor_value: null,
        time_zone: 'UTC',
        next_runs: expect.any(Array),
        paused_by: null,
        last_full_run: null,
      },
      sync: {
        total_runs: 1,
        successful_runs: 0,
        failed_runs: 0,
        last_job: {
          id: expect.stringMatching(uuid),
          status: 'pending',
          started_at: null,
          completed_at: null,
          duration_seconds: null,
          entities_inserted: 0,
          entities_updated: 0,
          entities_deleted: 0,
          entities_failed: 0,
          error: null,
          error_category: null,
        },
      },
      sync_id: expect.stringMatching(uuid),
      entities: null,
      error_category: null,
      error_message: null,
      provider_settings_url: null,
      provider_short_name: null,
      federated_search: false,
      held_deletions: null,
    });
  });

  test.each([
    ['absent', undefined],
    ['null', null],
    ['without credentials', { credentials: {} }],
    ['empty', {}],
  ])('that needs no credentials takes authentication that is %s as direct', async (_, authentication) => {
    const { status, body } = await create({ authentication });
    expect([status, body.auth?.method, body.sync?.last_job.status]).toEqual([200, 'direct', 'pending']);
  });

  test('keeps credentials, and shows them nowhere', async () => {
    const authentication = { credentials: { api_key: 'very-secret-key' } };
    const { status, body } = await create({ short_name: 'locked', config: { workspace: 'w' }, authentication });
    expect([status, body.config]).toEqual([200, { workspace: 'w', depth: 3 }]);
    const shown = [body, (await fixture.call('GET', `/source-connections/${body.id}`)).body];
    expect(JSON.stringify(shown)).not.toContain('very-secret-key');
  });

  test.each([
    [undefined, true, /^\d+ \d+ \* \* \*$/],
    [null, false, /^\d+ \d+ \* \* \*$/],
    [{ cron: '15 3 * * MON' }, false, /^15 3 \* \* MON$/],
    [{ cron: '0 */2 1,15 JAN-MAR 0', continuous: true, cursor_field: 'x' }, false, /^0 \*\/2 1,15 JAN-MAR 0$/],
    [{ cron: null }, true, null],
    [{}, true, null],
  ])('with the schedule %j and sync_immediately %s has the cron %s', async (schedule, sync_immediately, cron) => {
    const { status, body } = await create({ schedule, sync_immediately });
    expect(status).toBe(200);
    if (cron === null) expect(body.schedule).toMatchObject({ cron: null, next_run: null });
    else expect(body.schedule.cron).toMatch(cron);
    expect(body.sync?.last_job.status).toBe(sync_immediately ? 'pending' : undefined);
    expect(body.sync_id).toMatch(uuid);
  });

  test('every five minutes where the source can say what changed', async () => {
    const { body } = await create({ short_name: 'incremental_stub' });
    expect(body.schedule.cron).toBe('*/5 * * * *');
    expect(new Date(body.schedule.next_run).getTime() - Date.now()).toBeLessThanOrEqual(300_000);
  });

  test('without schedule and run makes no sync', async () => {
    const { status, body } = await create({ schedule: { cron: null }, sync_immediately: false });
    expect(status).toBe(200);
    expect(body).toMatchObject({ sync_id: null, sync: null, schedule: null, status: 'active' });
  });

  test.each(['abcd', 'x'.repeat(42), '🚀'.repeat(42), 'データ収集'])('takes the name %s', async (name) => {
    expect((await create({ name })).body.name).toBe(name);
  });
});

describe('connecting is refused', () => {
  const validation = (place: string) => ({ errors: expect.arrayContaining([{ [place]: expect.any(String) }]) });
  const words = (pattern: RegExp) => ({ detail: expect.stringMatching(pattern) });
  const oauthPair = { client_id: 'a', client_secret: 'b' };
  const fails = (settings: object) => ({
    short_name: 'exception_stub',
    config: { fail_on_validate: true, error_message: 'it said no', ...settings },
  });

  test.each([
    ['an unknown source', { short_name: 'nothing_like_it' }, 404, words(/'nothing_like_it' not found/)],
    [
      'a token where there is no OAuth',
      { authentication: { access_token: 't' } },
      400,
      words(/does not support.*oauth_token/),
    ],
    ['own OAuth clients where there is none', { authentication: oauthPair }, 400, words(/does not support/)],
    ['an auth provider', { authentication: { provider_readable_id: 'p' } }, 400, words(/does not support/)],
    ['no credentials where some are needed', { short_name: 'locked' }, 400, words(/does not support/)],
    [
      'credentials with an unknown and a missing field',
      { short_name: 'locked', authentication: { credentials: { password: 'x' } } },
      422,
      words(/api_key.*password|password.*api_key/s),
    ],
    [
      'credentials that do not fit',
      { short_name: 'locked', authentication: { credentials: { api_key: 'short' } } },
      422,
      words(/^Invalid auth fields: api_key: /),
    ],
    [
      'a configuration with several faults',
      { config: { entity_count: 0, seed: 'x' } },
      422,
      words(/entity_count: .*; seed: /),
    ],
    ['rejected credentials', fails({ exception_type: 'source_auth_error' }), 400, words(/invalid.*it said no/)],
    ['a source at its limit', fails({ exception_type: 'source_rate_limit_error' }), 429, words(/it said no/)],
    ['a source that is down', fails({ exception_type: 'source_server_error' }), 502, words(/it said no/)],
    ['a missing folder', { short_name: 'files', config: { path: '/not/there' } }, 400, words(/does not exist/)],
    [
      'a relative folder',
      { short_name: 'files', config: { path: 'not/there' } },
      422,
      words(/path: must be an absolute path/),
    ],
    [
      'the source of pushed documents',
      { short_name: 'documents' },
      400,
      words(/documents, and their connection is made by itself/),
    ],
    ['a collection that is not there', { readable_collection_id: 'not-there' }, 404, words(/Collection not found/)],
    ['a schedule below an hour', { schedule: { cron: '*/30 * * * *' } }, 400, words(/does not support continuous/)],
    ['a schedule of every minute', { schedule: { cron: '* * * * *' } }, 400, words(/does not support continuous/)],
    ['a short name', { name: 'abc' }, 422, validation('body.name')],
    ['a long name', { name: 'x'.repeat(43) }, 422, validation('body.name')],
    ['a name with a control character', { name: 'line\nbreak' }, 422, validation('body.name')],
    ['a long description', { description: 'x'.repeat(256) }, 422, validation('body.description')],
    ['no source', { short_name: undefined }, 422, validation('body.short_name')],
    ['a source that is no text', { short_name: 7 }, 422, validation('body.short_name')],
    ['no collection', { readable_collection_id: null }, 422, validation('body.readable_collection_id')],
    ['a configuration that is a list', { config: [] }, 422, validation('body.config')],
    ['a schedule that is a text', { schedule: '0 0 * * *' }, 422, validation('body.schedule')],
    ['a cron as long as a book', { schedule: { cron: '0,'.repeat(500) } }, 422, validation('body.schedule.cron')],
    ['NUL in the configuration', { config: { custom_content_prefix: 'a\0b' } }, 422, validation('body.config')],
    ['NUL in the collection', { readable_collection_id: 'a\0b' }, 422, validation('body.readable_collection_id')],
  ] as const)('for %s', async (_, body, status, answer) => {
    const refusal = await create(body);
    expect([refusal.status, refusal.body]).toEqual([status, expect.objectContaining(answer)]);
    expect(await connectionsOf(collection)).toEqual([]);
  });

  test.each([
    '',
    'daily',
    '* * * *',
    '0 0 * * * *',
    '60 * * * *',
    '0 24 * * *',
    '0 0 * * 8',
    '0 0 0 * *',
    '@hourly',
    '0 0 * FOO *',
    '0 0 5-1 * *',
    '0 0 */0 * *',
    '0 0 1\0 * *',
  ])('for the cron %j, as for a field', async (cron) => {
    const { status, body } = await create({ schedule: { cron } });
    expect([status, body.errors]).toEqual([422, [{ cron_schedule: expect.stringMatching(/^Value error, .*cron/) }]]);
    expect(await connectionsOf(collection)).toEqual([]);
  });

  test.each([
    [{ credentials: {}, access_token: 't' }, /./],
    [{ unknown: 1 }, /./],
    [{ access_token: ' ' }, /blank/],
    [{ client_id: 'a' }, /client/],
    [{ consumer_key: 'a' }, /consumer/],
    [{ client_id: 'a', client_secret: 'b', consumer_key: 'c', consumer_secret: 'd' }, /both/],
    ['a text', /./],
  ])('for the authentication %j', async (authentication, message) => {
    const { status, body } = await create({ authentication });
    expect(status).toBe(422);
    expect(JSON.stringify(body.errors)).toMatch(message);
    expect(await connectionsOf(collection)).toEqual([]);
  });

  test('with the time to wait, when the source has a limit', async () => {
    const { headers } = await create(fails({ exception_type: 'source_rate_limit_error' }));
    expect(headers.get('retry-after')).toBe('1');
  });

  test('for the collections of others', async () => {
    const body = { short_name: 'stub', readable_collection_id: collection };
    const asks = (key: string): Promise<Answer> => fixture.ask('POST', '/source-connections', { key, body });
    expect((await asks(fixture.foreign.key)).status).toBe(404);
    expect((await asks(await fixture.createKey({ collections: ['another'] }))).status).toBe(404);
    expect((await asks(await fixture.createKey({ collections: [collection] }))).status).toBe(200);
  });

  test.each(['', 'null', '[]', '{', '"text"'])('for the body %j', async (body) => {
    const headers = { 'content-type': 'application/json' };
    expect((await fixture.ask('POST', '/source-connections', { key: fixture.key, body, headers })).status).toBe(422);
  });
});
