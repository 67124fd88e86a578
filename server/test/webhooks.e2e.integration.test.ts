import { afterEach, expect, it, vi } from 'vitest';
import type { ApiClient } from '../scripts/api-client.ts';
import { ServerFixture, waitForJob } from './server-fixture.ts';
import { startReceiver, type WebhookReceiver } from './webhook-receiver.ts';

const fixture = ServerFixture.use();
const receivers: WebhookReceiver[] = [];
afterEach(async () => {
  for (const receiver of receivers.splice(0)) await receiver.close();
});

interface Payload {
  readonly event_type: string;
  readonly collection_readable_id?: string;
  readonly [key: string]: unknown;
}

async function receive(answer?: Parameters<typeof startReceiver>[0]): Promise<WebhookReceiver> {
  const receiver = await startReceiver(answer);
  receivers.push(receiver);
  return receiver;
}

const subscribe = (api: ApiClient, url: string, types: readonly string[]) =>
  api.post<{ id: string }>('/webhooks/subscriptions', { url, event_types: types });
const payloadsOf = ({ messages }: WebhookReceiver) => messages.map(({ body }) => JSON.parse(body) as Payload);
const waitFor = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 50 });

it('the life of a collection, its connection and its syncs is told, with what they came to', {
  timeout: 180_000,
}, async () => {
  await fixture.write({
    'one.txt': 'The otter sleeps.\n',
    'two.txt': 'The heron waits.\n',
    'three.txt': 'Both fish.\n',
  });
  const server = await fixture.start();
  const receiver = await receive();
  const changes = ['created', 'updated', 'deleted'].map((change) => `collection.${change}`);
  await subscribe(server.api, receiver.url, [...changes, 'source_connection.created', 'source_connection.deleted']);
  const runs = ['pending', 'running', 'completed', 'failed', 'cancelling', 'cancelled'].map((state) => `sync.${state}`);
  await subscribe(server.api, receiver.url, [...runs, 'entity.batch_processed']);
  await subscribe(server.api, receiver.url, ['search.started', 'search.completed', 'search.failed', 'query.processed']);

  const { id } = await fixture.connect(server.api);
  await waitForJob(server.api, id);
  const told = (type: string) =>
    payloadsOf(receiver).filter(
      (payload) =>
        payload.event_type === type &&
        (payload.collection_readable_id === undefined || payload.collection_readable_id === 'papers') &&
        (payload.source_connection_id === undefined || payload.source_connection_id === id),
    );
  await waitFor(() => expect(told('sync.completed')).toHaveLength(1));
  expect(told('collection.created')).toMatchObject([{ collection_name: 'Some papers' }]);
  expect(told('source_connection.created')).toMatchObject([{ source_type: 'files', is_authenticated: true }]);
  const [completed] = told('sync.completed') as [Payload];
  expect(completed).toEqual({
    event_type: 'sync.completed',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    organization_id: completed.organization_id,
    sync_id: completed.sync_id,
    sync_job_id: completed.sync_job_id,
    job_id: completed.sync_job_id,
    status: 'completed',
    collection_id: completed.collection_id,
    source_connection_id: id,
    source_type: 'files',
    collection_name: 'Some papers',
    collection_readable_id: 'papers',
    entities_inserted: 3,
    entities_updated: 0,
    entities_deleted: 0,
    entities_skipped: 0,
    chunks_written: 3,
    error: null,
  });
  for (const type of ['sync.pending', 'sync.running']) {
    await waitFor(() =>
      expect(told(type)).toMatchObject([{ sync_job_id: completed.sync_job_id, entities_inserted: 0 }]),
    );
  }
  await waitFor(() => expect(told('entity.batch_processed').length).toBeGreaterThan(0));
  const batches = told('entity.batch_processed');
  expect(batches.map(({ batch_seq }) => batch_seq).toSorted()).toEqual(batches.map((_, index) => index + 1));
  expect(batches.reduce((sum, { inserted }) => sum + Number(inserted), 0)).toBe(3);
  expect(batches[0]).toMatchObject({ source_type: 'files', deleted: 0, kept: 0, billable: false });

  await fixture.write({ 'one.txt': 'The otter wakes.\n' });
  await server.api.post(`/source-connections/${id}/run`, {});
  await waitFor(() =>
    expect(told('sync.completed').reduce((sum, { entities_updated }) => sum + Number(entities_updated), 0)).toBe(1),
  );

  await server.api.post('/collections/papers/search/instant', { query: 'otter' });
  await waitFor(() => expect(told('search.completed')).toHaveLength(1));
  const [search] = told('search.completed') as [Payload];
  expect(search).toMatchObject({ tier: 'instant', results: expect.any(Array), billable: false });
  expect(JSON.stringify(search)).not.toContain('otter wakes');
  await waitFor(() =>
    expect(told('search.started')).toMatchObject([{ request_id: search.request_id, query: 'otter' }]),
  );
  await expect(server.api.post('/collections/not-there/search/instant', { query: 'otter' })).rejects.toThrow(
    'not found',
  );
  await waitFor(() =>
    expect(payloadsOf(receiver)).toContainEqual(
      expect.objectContaining({ event_type: 'search.failed', message: "Collection 'not-there' not found" }),
    ),
  );
  await server.api.post('/collections/papers/search', { query: 'otter' });
  await waitFor(() => expect(told('query.processed')).toMatchObject([{ queries: 1 }]));

  await server.api.delete(`/source-connections/${id}`);
  await waitFor(() => expect(told('source_connection.deleted')).toMatchObject([{ is_authenticated: false }]));
  await server.api.patch('/collections/papers', { name: 'Renamed papers' });
  await waitFor(() => expect(told('collection.updated')).toMatchObject([{ collection_name: 'Renamed papers' }]));
  await server.api.delete('/collections/papers');
  await waitFor(() => expect(told('collection.deleted')).toMatchObject([{ collection_name: 'Renamed papers' }]));
});

it('a server that is killed in the middle of 500 deliveries loses none', { timeout: 180_000 }, async () => {
  const subscribers = 25;
  const changes = 20;
  let server = await fixture.start();
  const seen = new Map<string, number>();
  const receiver = await receive((response, { path, headers }) => {
    const key = `${path} ${String(headers['webhook-id'])}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    setTimeout(() => response.end(), 100);
  });
  await server.api.post('/collections', { name: 'Told of', readable_id: 'told-of' });
  for (let number = 0; number < subscribers; number += 1) {
    await subscribe(server.api, `${receiver.url}${number}`, ['collection.updated']);
  }
  for (let number = 0; number < changes; number += 1) {
    await server.api.patch('/collections/told-of', { name: `Change ${number}` });
  }
  await waitFor(() => expect(seen.size).toBeGreaterThan(100));
  await server.kill();
  const before = seen.size;
  server = await fixture.start();
  await waitFor(() => expect(seen.size).toBe(subscribers * changes));
  expect(before).toBeLessThan(subscribers * changes);
});
