import type { ServerResponse } from 'node:http';
import { sql } from 'kysely';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ReceivedMessage, startReceiver, type WebhookReceiver } from '../../../../test/webhook-receiver.ts';
import { createCredentialVault } from '../../../adapters/credential-vault/credential-vault.ts';
import { createOutboundHttp } from '../../../adapters/outbound/create-outbound-http.ts';
import { appendEvents } from '../../../adapters/postgres/event-outbox.ts';
import { createDeliveryQueue } from '../../../adapters/postgres/webhook-delivery-queue.ts';
import { createWebhookStore } from '../../../adapters/postgres/webhook-store.ts';
import { type DomainEvent, type EventType, eventTypes } from '../../../core/events/index.ts';
import { Scope, silentLogger } from '../../../core/shared/index.ts';
import { type DeliveryQueue, WebhookDeliverer, type WebhookDependencies } from '../../../core/webhooks/index.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { webhookEndpoints } from './webhook-endpoints.ts';

const subscriptions = '/webhooks/subscriptions';
const outbound = createOutboundHttp({
  allow: ['127.0.0.1'],
  logger: silentLogger,
  resolve: async () => [{ address: '10.0.0.1', family: 4 }],
});

let fixture: HttpFixture;
let key: string;
let dependencies: WebhookDependencies;
let queue: DeliveryQueue;
let deliverer: WebhookDeliverer;
const receivers: WebhookReceiver[] = [];
beforeAll(async () => {
  fixture = await createHttpFixture({
    endpoints: (database) => {
      dependencies = {
        webhooks: createWebhookStore(database),
        vault: createCredentialVault([new Uint8Array(32).fill(7)]),
        receivers: outbound,
        probesReceivers: false,
        logger: silentLogger,
      };
      return webhookEndpoints(dependencies);
    },
  });
  key = await fixture.createKey();
  queue = createDeliveryQueue(fixture.database);
  deliverer = new WebhookDeliverer(queue, dependencies);
  deliverer.start();
});
afterAll(async () => {
  await deliverer.stop();
  await fixture.close();
  await outbound.close();
});
afterEach(async () => {
  await run(sql`delete from webhook_subscriptions`);
  for (const receiver of receivers.splice(0)) await receiver.close();
});

const run = (statement: ReturnType<typeof sql>) => statement.execute(fixture.database.system());
const scope = () => new Scope(fixture.owner.organization.id);

async function receive(answer?: Parameters<typeof startReceiver>[0]): Promise<WebhookReceiver> {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  return receiver;
}

async function subscribe(url: string, types: readonly EventType[] = ['sync.completed']): Promise<string> {
  const { status, body } = await fixture.ask('POST', subscriptions, { key, body: { url, event_types: types } });
  expect(status).toBe(200);
  return body.id;
}

const get = async (path: string) => (await fixture.ask('GET', path, { key })).body;
const secretOf = async (id: string) => (await get(`${subscriptions}/${id}?include_secret=true`)).secret;
const event = (type: EventType, payload: object = { sync_id: 'of the test' }): DomainEvent => ({
  ...{ type, at: new Date(), payload: { ...payload } },
});
const append = (...events: readonly DomainEvent[]) => appendEvents(fixture.database.scoped(scope()), scope(), events);
const waitFor = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000, interval: 20 });
const attemptsOf = async (id: string) => (await get(`${subscriptions}/${id}`)).delivery_attempts;

describe('a message', () => {
  test('is what happened as flat JSON, and passes the verification of both libraries', async () => {
    const receiver = await receive();
    const id = await subscribe(receiver.url);
    const happened = event('sync.completed', { sync_id: 'a', entities_inserted: 3, name: 'Émile 🚀' });
    await append(happened, event('sync.failed'));
    await waitFor(() => expect(receiver.messages).toHaveLength(1));
    const [message] = receiver.messages as [ReceivedMessage];
    const payload = {
      event_type: 'sync.completed',
      timestamp: happened.at.toISOString(),
      organization_id: fixture.owner.organization.id,
      ...happened.payload,
    };
    expect(JSON.parse(message.body)).toEqual(payload);
    expect(message.headers).toMatchObject({ 'content-type': 'application/json' });
    const secret = await secretOf(id);
    const headers = message.headers as Record<string, string>;
    expect(() => new SvixWebhook(secret).verify(message.body, only('svix-', headers))).not.toThrow();
    expect(new StandardWebhook(secret).verify(message.body, only('webhook-', headers))).toEqual(payload);
    expect(() => new SvixWebhook(secret).verify(`${message.body} `, only('svix-', headers))).toThrow();

    const [listed] = await get('/webhooks/messages?event_types=sync.completed');
    expect(listed).toEqual({
      ...{ id: headers['webhook-id'], event_type: 'sync.completed', payload },
      ...{ timestamp: happened.at.toISOString(), channels: ['sync.completed'], tags: null },
    });
    await waitFor(async () => expect(await attemptsOf(id)).toHaveLength(1));
    const shown = await get(`/webhooks/messages/${listed.id}?include_attempts=true`);
    expect(shown.delivery_attempts).toEqual([
      expect.objectContaining({
        ...{ id: expect.stringMatching(/^atmpt_/), message_id: listed.id, endpoint_id: id },
        ...{ response: null, response_status_code: 200, status: 'success', url: receiver.url },
      }),
    ]);
    expect((await get(`/webhooks/messages/${listed.id}`)).delivery_attempts).toBeNull();
    expect((await get(`${subscriptions}/${id}`)).health_status).toBe('healthy');
    const foreign = await fixture.ask('GET', `/webhooks/messages/${listed.id}`, { key: fixture.foreign.key });
    expect(foreign.status).toBe(404);
    expect((await fixture.ask('GET', '/webhooks/messages', { key: fixture.foreign.key })).body).toEqual([]);
  });

  test.each(['a-text-of-the-users-own-choice', `whsec_${Buffer.alloc(32, 1).toString('base64')}`])(
    'is signed with a chosen secret such as %s',
    async (secret) => {
      const receiver = await receive();
      const body = { url: receiver.url, event_types: ['sync.completed'], secret };
      await fixture.ask('POST', subscriptions, { key, body });
      await append(event('sync.completed'));
      await waitFor(() => expect(receiver.messages).toHaveLength(1));
      const [message] = receiver.messages as [ReceivedMessage];
      const headers = only('webhook-', message.headers as Record<string, string>);
      const verifier = secret.startsWith('whsec_')
        ? new StandardWebhook(secret)
        : new StandardWebhook(secret, { format: 'raw' });
      expect(verifier.verify(message.body, headers)).toMatchObject({ event_type: 'sync.completed' });
    },
  );

  test('carries two signatures for a day after its secret was rotated', async () => {
    const receiver = await receive();
    const id = await subscribe(receiver.url);
    const before = await secretOf(id);
    const { body: rotated } = await fixture.ask('POST', `${subscriptions}/${id}/rotate-secret`, { key });
    expect(rotated.secret).not.toBe(before);
    expect(await secretOf(id)).toBe(rotated.secret);
    await append(event('sync.completed'));
    await waitFor(() => expect(receiver.messages).toHaveLength(1));
    const [message] = receiver.messages as [ReceivedMessage];
    const headers = only('webhook-', message.headers as Record<string, string>);
    for (const secret of [before, rotated.secret]) expect(() => verify(secret, message.body, headers)).not.toThrow();

    await run(sql`update webhook_subscriptions set previous_secret_until = now() - interval '1 second'`);
    await append(event('sync.completed'));
    await waitFor(() => expect(receiver.messages).toHaveLength(2));
    const later = receiver.messages[1] as ReceivedMessage;
    const laterHeaders = only('webhook-', later.headers as Record<string, string>);
    expect(() => verify(rotated.secret, later.body, laterHeaders)).not.toThrow();
    expect(() => verify(before, later.body, laterHeaders)).toThrow();
  });

  test('is kept for lists without any subscription, except of types that come with every search or page', async () => {
    await run(sql`delete from event_messages`);
    await append(...eventTypes.map((type) => event(type)));
    const types = (await get('/webhooks/messages')).map((message: { event_type: string }) => message.event_type);
    expect(types).toHaveLength(16);
    expect(types).not.toContain('entity.batch_processed');
    const receiver = await receive();
    await subscribe(receiver.url, ['entity.batch_processed', 'search.completed']);
    await append(event('entity.batch_processed'), event('search.completed'), event('search.failed'));
    await waitFor(() => expect(receiver.messages).toHaveLength(2));
    expect(await get('/webhooks/messages?event_types=search.failed')).toEqual([]);
    expect(await get('/webhooks/messages?event_types=nonsense')).toEqual([]);
    expect(await get('/webhooks/messages?event_types=search.failed&event_types=search.completed')).toHaveLength(1);
  });
});

describe('a receiver that fails', () => {
  test('gets the message again with the same id and body, until it takes it', async () => {
    let status = 500;
    const receiver = await receive((response) => response.writeHead(status).end('not now'));
    const id = await subscribe(receiver.url);
    await append(event('sync.completed'));
    await waitFor(async () => expect(await attemptsOf(id)).toHaveLength(1));
    const { rows } = await sql<{ seconds: number; attempts: number }>`
      select extract(epoch from due_at - now())::float as seconds, attempts from webhook_deliveries`.execute(
      fixture.database.system(),
    );
    expect(rows).toEqual([{ seconds: expect.closeTo(4.5, -1), attempts: 1 }]);
    expect(await get(`${subscriptions}/${id}`)).toMatchObject({
      ...{ health_status: 'degraded', failing_since: expect.any(String), disabled: false },
      delivery_attempts: [{ response: 'not now', response_status_code: 500, status: 'failed' }],
    });
    status = 204;
    await run(sql`update webhook_deliveries set due_at = now()`);
    await waitFor(async () => expect(await attemptsOf(id)).toHaveLength(2));
    const [first, second] = receiver.messages as [ReceivedMessage, ReceivedMessage];
    expect(second.body).toBe(first.body);
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect((await get(`${subscriptions}/${id}`)).failing_since).toBeNull();
    await waitFor(async () => expect((await run(sql`select from webhook_deliveries`)).rows).toEqual([]));
  });

  test('is asked eight times and then no more', async () => {
    const receiver = await receive((response) => response.writeHead(503).end());
    const id = await subscribe(receiver.url);
    await append(event('sync.completed'));
    for (let attempts = 1; attempts <= 8; attempts += 1) {
      await waitFor(async () => expect(await attemptsOf(id)).toHaveLength(attempts));
      await run(sql`update webhook_deliveries set due_at = now()`);
    }
    expect((await run(sql`select from webhook_deliveries`)).rows).toEqual([]);
    expect((await get(`${subscriptions}/${id}`)).health_status).toBe('failing');
  });

  test('is left alone for as long as it asks', async () => {
    const receiver = await receive((response) => response.writeHead(429, { 'Retry-After': '600' }).end());
    const id = await subscribe(receiver.url);
    await append(event('sync.completed'));
    await waitFor(async () => expect(await attemptsOf(id)).toHaveLength(1));
    const { rows } = await sql<{ due: number; held: number }>`
      select extract(epoch from due_at - now())::float as due, extract(epoch from held_until - now())::float as held
      from webhook_deliveries cross join webhook_subscriptions`.execute(fixture.database.system());
    expect(rows).toEqual([{ due: expect.closeTo(599, -1), held: expect.closeTo(599, -1) }]);
  });

  test('and says that it is gone is disabled, and says why', async () => {
    const receiver = await receive((response) => response.writeHead(410).end());
    const id = await subscribe(receiver.url);
    await append(event('sync.completed'));
    const expected = { disabled: true, disabled_reason: 'gone', disabled_at: expect.any(String) };
    await waitFor(async () => expect(await get(`${subscriptions}/${id}`)).toMatchObject(expected));
    await append(event('sync.completed'));
    expect((await run(sql`select from webhook_deliveries`)).rows).toEqual([]);
  });

  test('and has failed for five days is disabled; enabled again it gets what it missed', async () => {
    let status = 500;
    const receiver = await receive((response) => response.writeHead(status).end());
    const id = await subscribe(receiver.url);
    const since = new Date().toISOString();
    await run(sql`update webhook_subscriptions set failing_since = now() - interval '5 days 1 minute'`);
    await append(event('sync.completed'));
    const expected = { disabled: true, disabled_reason: 'failing' };
    await waitFor(async () => expect(await get(`${subscriptions}/${id}`)).toMatchObject(expected));
    status = 200;
    await append(event('sync.completed'));
    const body = { disabled: false, recover_since: since };
    const { body: enabled } = await fixture.ask('PATCH', `${subscriptions}/${id}`, { key, body });
    expect(enabled).toMatchObject({ disabled: false, disabled_reason: null, failing_since: null });
    while (await queue.advanceRecovery(1));
    await waitFor(() => expect(receiver.messages).toHaveLength(3));
    const ids = receiver.messages.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('bad receivers', () => {
  const deliverTo = async (answer: (response: ServerResponse) => void) => {
    const receiver = await receive(answer);
    const id = await subscribe(receiver.url);
    await append(event('sync.completed'));
    await waitFor(async () => expect(await attemptsOf(id)).toHaveLength(1));
    return (await attemptsOf(id))[0];
  };

  test('that redirect are not followed', async () => {
    const elsewhere = await receive();
    const attempt = await deliverTo((response) => response.writeHead(307, { location: elsewhere.url }).end());
    expect(attempt).toMatchObject({ response_status_code: 307, status: 'failed' });
    expect(elsewhere.methods).toEqual([]);
  });

  test('that never end their answer count by its status', async () => {
    const attempt = await deliverTo((response) => {
      response.writeHead(200);
      response.write('so far');
    });
    expect(attempt).toMatchObject({ status: 'success', response: 'so far' });
  });

  test('that answer without end are cut off after a kilobyte', async () => {
    const attempt = await deliverTo((response) => {
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      response.writeHead(500);
      more();
    });
    expect(attempt).toMatchObject({ status: 'failed', response: 'x'.repeat(1_024) });
  });

  test('that close the connection, or speak no HTTP, are told of in words', async () => {
    const attempt = await deliverTo((response) => response.destroy());
    expect(attempt).toMatchObject({ response_status_code: 0, status: 'pending', response: expect.any(String) });
  });

  test('that send back the secret do not have it shown to whoever reads attempts', async () => {
    const receiver = await receive((response) => response.writeHead(400).end(secret));
    const id = await subscribe(receiver.url);
    const secret = await secretOf(id);
    await append(event('sync.completed'));
    await waitFor(async () => expect(await attemptsOf(id)).toMatchObject([{ response: '[redacted]' }]));
  });

  test.each(['http://[::1]:9/', 'http://169.254.169.254/', 'http://resolves-to-a-private-address.example/'])(
    'at private addresses such as %s get nothing, and the attempt says why',
    async (url) => {
      const id = await subscribe(url);
      await append(event('sync.completed'));
      await waitFor(async () =>
        expect(await attemptsOf(id)).toMatchObject([
          { response_status_code: 0, response: expect.stringMatching(/private|loopback|not allowed|EGRESS_ALLOW/i) },
        ]),
      );
    },
  );
});

describe('on request', () => {
  test('a test is sent at once, also when the subscription is disabled, and answers with the attempt', async () => {
    const receiver = await receive((response) => response.writeHead(202).end('thanks'));
    const id = await subscribe(receiver.url);
    await fixture.ask('PATCH', `${subscriptions}/${id}`, { key, body: { disabled: true } });
    const { status, body } = await fixture.ask('POST', `${subscriptions}/${id}/test`, { key });
    expect([status, body]).toMatchObject([200, { endpoint_id: id, response_status_code: 202, response: 'thanks' }]);
    const [message] = receiver.messages as [ReceivedMessage];
    const headers = only('svix-', message.headers as Record<string, string>);
    expect(
      verify(await secretOf(id), message.body, only('webhook-', message.headers as Record<string, string>)),
    ).toMatchObject({
      event_type: 'webhook.test',
    });
    expect(body.message_id).toBe(headers['svix-id']);
    expect(await get(`/webhooks/messages/${body.message_id}?include_attempts=true`)).toMatchObject({
      ...{ event_type: 'webhook.test', delivery_attempts: [body] },
    });
    expect((await get('/webhooks/messages')).map(({ event_type }: { event_type: string }) => event_type)).not.toContain(
      'webhook.test',
    );
  });

  test('one message is sent again, with its id', async () => {
    const receiver = await receive();
    const id = await subscribe(receiver.url);
    await append(event('sync.completed'));
    await waitFor(async () => expect(await attemptsOf(id)).toHaveLength(1));
    const [{ message_id: messageId }] = await attemptsOf(id);
    const resend = (body: object, as = key) =>
      fixture.ask('POST', `/webhooks/messages/${messageId}/resend`, { key: as, body });
    expect((await resend({ subscription_id: id })).body).toEqual({
      ...{ message_id: messageId, subscription_id: id, status: 'queued' },
    });
    await waitFor(() => expect(receiver.messages).toHaveLength(2));
    expect(receiver.messages.map(({ headers }) => headers['webhook-id'])).toEqual([messageId, messageId]);
    expect((await resend({ subscription_id: `ep_${'0'.repeat(32)}` })).status).toBe(404);
    expect((await resend({ subscription_id: id }, fixture.foreign.key)).status).toBe(404);
    await fixture.ask('PATCH', `${subscriptions}/${id}`, { key, body: { disabled: true } });
    expect((await resend({ subscription_id: id })).status).toBe(409);
  });

  test('what was never delivered is recovered, and what was is not', async () => {
    await run(sql`delete from event_messages`);
    const receiver = await receive();
    const since = new Date().toISOString();
    await append(event('sync.completed', { number: 1 }));
    const id = await subscribe(receiver.url);
    await append(event('sync.completed', { number: 2 }), event('sync.failed', { number: 3 }));
    await waitFor(async () => expect(await attemptsOf(id)).toHaveLength(1));
    const { body } = await fixture.ask('POST', `${subscriptions}/${id}/recover`, { key, body: { since } });
    expect(body.status).toBe('running');
    while (await queue.advanceRecovery(1));
    expect(await get(`${subscriptions}/${id}/recoveries/${body.id}`)).toEqual({
      ...{ id: body.id, status: 'completed', messages: 1 },
    });
    await waitFor(() => expect(receiver.messages).toHaveLength(2));
    expect(receiver.messages.map((message) => JSON.parse(message.body).number)).toEqual([2, 1]);
  });
});

function verify(secret: string, body: string, headers: Record<string, string>): unknown {
  return new StandardWebhook(secret).verify(body, headers);
}

function only(prefix: string, headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith(prefix)));
}
