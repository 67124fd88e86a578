import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startReceiver, type WebhookReceiver } from '../../../../test/webhook-receiver.ts';
import { createCredentialVault } from '../../../adapters/credential-vault/credential-vault.ts';
import { createOutboundHttp } from '../../../adapters/outbound/create-outbound-http.ts';
import { createWebhookStore } from '../../../adapters/postgres/webhook-store.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { expectRefusals } from '../testing/expect-refusals.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { webhookEndpoints } from './webhook-endpoints.ts';

const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const unknownId = `ep_${'0'.repeat(32)}`;

let fixture: HttpFixture;
let key: string;
let receiver: WebhookReceiver;
let allow = ['127.0.0.1'];
const http = () => createOutboundHttp({ allow, logger: silentLogger });
beforeAll(async () => {
  receiver = await startReceiver();
  fixture = await createHttpFixture({
    endpoints: (database) =>
      webhookEndpoints({
        webhooks: createWebhookStore(database),
        vault: createCredentialVault([new Uint8Array(32).fill(7)]),
        receivers: { send: (request) => http().send(request), stream: (request) => http().stream(request) },
        probesReceivers: true,
        logger: silentLogger,
      }),
  });
  key = await fixture.createKey();
});
afterAll(async () => {
  await fixture.close();
  await receiver.close();
});
afterEach(() => {
  allow = ['127.0.0.1'];
});

const subscriptions = '/webhooks/subscriptions';
const create = (body: object = {}) =>
  fixture.ask('POST', subscriptions, { key, body: { url: receiver.url, event_types: ['sync.completed'], ...body } });
const get = (id: string, query = '') => fixture.ask('GET', `${subscriptions}/${id}${query}`, { key });

test('every endpoint refuses whoever may not use it', async () => {
  for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
});

test('a key that is limited to collections sees and changes nothing, since events tell of all of them', async () => {
  const { body } = await create();
  const limited = await fixture.createKey({ collections: ['one'] });
  const asks = [
    ['GET', '/webhooks/messages'],
    ['GET', subscriptions],
    ['GET', `${subscriptions}/${body.id}?include_secret=true`],
    ['PATCH', `${subscriptions}/${body.id}`, { disabled: true }],
    ['DELETE', `${subscriptions}/${body.id}`],
    ['POST', `${subscriptions}/${body.id}/test`],
  ] as const;
  for (const [method, path, sent] of asks) {
    expect((await fixture.ask(method, path, { key: limited, body: sent })).status, `${method} ${path}`).toBe(403);
  }
});

test('another organisation gets 404 for what it must not see', async () => {
  const { body } = await create();
  const path = `${subscriptions}/${body.id}`;
  const asks = [
    ['GET', path],
    ['PATCH', path, { disabled: true }],
    ['POST', `${path}/recover`, { since: new Date().toISOString() }],
    ['GET', `${path}/recoveries/rcvr_${'0'.repeat(32)}`],
    ['POST', `${path}/test`],
    ['POST', `${path}/rotate-secret`],
    ['DELETE', path],
  ] as const;
  for (const [method, at, sent] of asks) {
    const { status } = await fixture.ask(method, at, { key: fixture.foreign.key, body: sent });
    expect(status, `${method} ${at}`).toBe(404);
  }
  expect((await fixture.ask('GET', subscriptions, { key: fixture.foreign.key })).body).toEqual([]);
  expect((await get(body.id)).body.disabled).toBe(false);
});

describe('creating', () => {
  test('answers with every field of the contract, and asks the receiver with HEAD', async () => {
    const { status, body } = await create({ event_types: ['sync.completed', 'sync.failed', 'sync.completed'] });
    expect([status, body]).toEqual([
      200,
      {
        id: expect.stringMatching(/^ep_[0-9a-f]{32}$/),
        url: receiver.url,
        filter_types: ['sync.completed', 'sync.failed'],
        disabled: false,
        description: null,
        created_at: timestamp,
        updated_at: timestamp,
        health_status: 'unknown',
        disabled_reason: null,
        disabled_at: null,
        failing_since: null,
      },
    ]);
    expect(receiver.methods).toContain('HEAD');
  });

  test('makes a secret, or takes one, and shows it only when it is asked for', async () => {
    const made = (await create()).body;
    expect(made).not.toHaveProperty('secret');
    expect((await get(made.id)).body.secret).toBeNull();
    expect((await get(made.id, '?include_secret=true')).body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    const secret = `whsec_${Buffer.from('chosen by the user').toString('base64')}`;
    const chosen = (await create({ secret })).body;
    expect((await get(chosen.id, '?include_secret=true')).body.secret).toBe(secret);
    const reader = await fixture.createKey({ scopes: ['read'] });
    const path = `${subscriptions}/${chosen.id}?include_secret=true`;
    expect((await fixture.ask('GET', path, { key: reader })).status).toBe(403);
  });

  test('keeps secrets sealed', async () => {
    await create({ secret: 'a-secret-that-is-long-enough' });
    const { rows: stored } = await sql<{ secret: Buffer }>`select secret from webhook_subscriptions`.execute(
      fixture.database.system(),
    );
    expect(stored.length).toBeGreaterThan(0);
    for (const { secret } of stored) expect(secret.toString('latin1')).not.toContain('long-enough');
  });

  test.each([
    [{ url: 'https://example.com' }, 'https://example.com/'],
    [{ url: 'HTTPS://Example.COM/a?b=c' }, 'https://example.com/a?b=c'],
  ])('of %j stores the address as %s when it is not asked', async (body, url) => {
    // Nothing answers there, so it is changed to it: only the first address is asked.
    const { body: made } = await create();
    const { body: changed } = await fixture.ask('PATCH', `${subscriptions}/${made.id}`, { key, body });
    expect(changed.url).toBe(url);
  });

  test.each([
    [{ url: 'not a url' }, 'body.url'],
    [{ url: 'ftp://example.com/' }, 'body.url'],
    [{ url: 'http://' }, 'body.url'],
    [{ url: 'javascript:alert(1)' }, 'body.url'],
    [{ url: 'https://user:password@example.com/' }, 'body.url'],
    [{ url: `https://example.com/${'x'.repeat(2083)}` }, 'body.url'],
    [{ url: '' }, 'body.url'],
    [{ url: null }, 'body.url'],
    [{ event_types: [] }, 'body.event_types'],
    [{ event_types: ['sync.unknown'] }, 'body.event_types.0'],
    [{ event_types: Array.from({ length: 11 }, () => 'sync.completed') }, 'body.event_types'],
    [{ event_types: 'sync.completed' }, 'body.event_types'],
    [{ secret: 'x'.repeat(23) }, 'body.secret'],
  ])('refuses %j', async (body, place) => {
    const { status, body: answer } = await create(body);
    expect([status, new Set(answer.errors?.flatMap(Object.keys))]).toEqual([422, new Set([place])]);
  });

  test.each([
    'http://127.0.0.1/',
    'http://localhost:9/',
    'http://[::1]/',
    'http://169.254.169.254/latest',
    'http://10.0.0.1/',
  ])('refuses %s where private addresses are not allowed', async (url) => {
    allow = [];
    const { status, body } = await create({ url });
    expect([status, body.detail]).toEqual([400, expect.stringMatching(/could not be reached.*EGRESS_ALLOW/)]);
  });

  test('refuses a receiver that is not there, and says what to do', async () => {
    const gone = await startReceiver();
    await gone.close();
    const { status, body } = await create({ url: gone.url });
    expect([status, body.detail]).toEqual([400, expect.stringContaining('Start the receiver')]);
  });
});

describe('reading, changing and deleting', () => {
  test('lists oldest first, under both forms of the path', async () => {
    const first = (await create()).body;
    const second = (await create()).body;
    for (const path of [subscriptions, `${subscriptions}/`]) {
      const { body } = await fixture.ask('GET', path, { key });
      expect(body.map(({ id }: { id: string }) => id).slice(-2)).toEqual([first.id, second.id]);
    }
    expect((await fixture.ask('GET', `${subscriptions}/${first.id}/`, { key })).body).toMatchObject({
      ...first,
      delivery_attempts: [],
      secret: null,
    });
  });

  test('changes what is given; null and an empty list change nothing', async () => {
    const { body: made } = await create();
    const patch = (body: object) => fixture.ask('PATCH', `${subscriptions}/${made.id}`, { key, body });
    const unchanged = { url: made.url, filter_types: made.filter_types, disabled: false };
    for (const body of [
      {},
      { url: null, event_types: null, disabled: null, recover_since: null },
      { event_types: [] },
    ]) {
      expect(await patch(body)).toMatchObject({ status: 200, body: unchanged });
    }
    const changed = await patch({ event_types: ['collection.created'], disabled: true });
    expect(changed.body).toMatchObject({
      ...{ filter_types: ['collection.created'], disabled: true, disabled_reason: 'person' },
      ...{ created_at: made.created_at, health_status: 'unknown' },
    });
    expect((await patch({ disabled: true })).status).toBe(200);
    const enabled = await patch({ disabled: false, recover_since: new Date().toISOString() });
    expect(enabled.body).toMatchObject({ disabled: false, disabled_reason: null, disabled_at: null });
    const tooLongAgo = await patch({ disabled: false, recover_since: '2020-01-01T00:00:00Z' });
    expect(tooLongAgo.status).toBe(200);
    expect((await patch({ url: 'nonsense' })).status).toBe(422);
    expect((await patch({ recover_since: 'yesterday' })).status).toBe(422);
  });

  test('deletes once and answers with it as it was', async () => {
    const { body: made } = await create();
    expect(await fixture.ask('DELETE', `${subscriptions}/${made.id}`, { key })).toMatchObject({
      status: 200,
      body: made,
    });
    expect((await fixture.ask('DELETE', `${subscriptions}/${made.id}`, { key })).status).toBe(404);
  });

  test.each([unknownId, 'ep_nonsense', 'ep_', '%F0%9F%9A%80', 'x'.repeat(500)])('answers 404 for %s', async (id) => {
    const path = `${subscriptions}/${id}`;
    expect(await get(id)).toMatchObject({ status: 404, body: { detail: 'Webhook subscription not found' } });
    expect((await fixture.ask('PATCH', path, { key, body: {} })).status).toBe(404);
    expect((await fixture.ask('DELETE', path, { key })).status).toBe(404);
    const since = { since: new Date().toISOString() };
    expect((await fixture.ask('POST', `${path}/recover`, { key, body: since })).status).toBe(404);
    expect((await fixture.ask('POST', `${path}/test`, { key })).status).toBe(404);
    expect((await fixture.ask('POST', `${path}/rotate-secret`, { key })).status).toBe(404);
    expect((await fixture.ask('GET', `/webhooks/messages/${id}`, { key })).status).toBe(404);
  });
});

describe('recovering', () => {
  test('refuses what was too long ago, and takes an end before the beginning', async () => {
    const { body: made } = await create();
    const recover = (body: object) => fixture.ask('POST', `${subscriptions}/${made.id}/recover`, { key, body });
    const { status, body } = await recover({ since: new Date(Date.now() - 15 * 86_400_000).toISOString() });
    expect([status, JSON.stringify(body)]).toEqual([422, expect.stringContaining('~14 days')]);
    expect((await recover({})).status).toBe(422);
    expect((await recover({ since: 'last week' })).status).toBe(422);
    const backwards = await recover({ since: new Date().toISOString(), until: '2024-01-01T00:00:00Z' });
    expect(backwards).toMatchObject({ status: 200, body: { status: 'completed', messages: 0 } });
    const path = `${subscriptions}/${made.id}/recoveries/${backwards.body.id}`;
    expect((await fixture.ask('GET', path, { key })).body).toEqual(backwards.body);
    const running = await recover({ since: new Date().toISOString() });
    expect(running.body).toEqual({ id: expect.stringMatching(/^rcvr_/), status: 'running', messages: 0 });
  });
});
