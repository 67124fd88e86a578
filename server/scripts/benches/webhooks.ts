import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '../../src/adapters/postgres/database.ts';
import { appendEvents } from '../../src/adapters/postgres/event-outbox.ts';
import { collectionEvent } from '../../src/core/events/index.ts';
import { newId, OrganizationId, Scope, silentLogger } from '../../src/core/shared/index.ts';
import { ApiClient } from '../api-client.ts';
import { startServerProcess } from '../server-process.ts';
import type { Bench, Measurement } from './bench.ts';

const endpoints = 50;
const hanging = 5;
/** Deliveries to those that answer, and in the run with a kill. */
const burst = 18_000;
const killed = 10_000;
const giveUpAfterMs = 180_000;

/** From the outbox to receivers on loopback, most of which answer; then again while the server is killed half-way. */
export const webhooks: Bench = {
  name: 'webhooks',
  async run() {
    const receivers = await startReceivers();
    const dataDirectory = await mkdtemp(join(tmpdir(), 'weft-bench-'));
    const start = () => startServerProcess({ dataDirectory, env: { EMBEDDING_PROVIDER: 'none', LOG_LEVEL: 'error' } });
    let server = await start();
    const results: Measurement[] = [];
    try {
      const api = new ApiClient(server.url);
      for (const url of receivers.urls) {
        await api.post('/webhooks/subscriptions', { url, event_types: ['collection.updated'] });
      }
      const began = performance.now();
      const burstIds = await append(dataDirectory, api, burst / (endpoints - hanging));
      await receivers.until(burst);
      const seconds = (performance.now() - began) / 1_000;
      results.push({
        name: `webhooks delivered with ${endpoints} endpoints of which ${hanging} hang`,
        value: Math.round(burst / seconds),
        unit: 'per second',
        budget: { kind: 'least', value: 1_000 },
      });
      receivers.forget();

      const events = Math.ceil(killed / (endpoints - hanging));
      const ids = await append(dataDirectory, api, events);
      await receivers.until(killed / 2);
      await server.kill();
      const beforeKill = receivers.count();
      server = await start();
      const expected = events * (endpoints - hanging);
      await receivers.until(expected);
      results.push({
        name: `webhooks lost of ${expected}, the server killed after ${beforeKill}`,
        value: expected - receivers.count(),
        unit: 'deliveries',
        budget: { kind: 'most', value: 0 },
      });
      if (burstIds === 0 || ids === 0) throw new Error('nothing was written to the outbox');
      return results;
    } finally {
      await server.stop();
      receivers.close();
      await rm(dataDirectory, { recursive: true, force: true });
    }
  },
};

/** Writes events as the server itself does, into its database. Returns how many. */
async function append(dataDirectory: string, api: ApiClient, count: number): Promise<number> {
  const made = await api.post<{ organization_id: string }>('/collections', { name: 'Told of' });
  const scope = new Scope(OrganizationId.parse(made.organization_id));
  const connection = { host: join(dataDirectory, 'postgres'), port: 5432, user: 'weft', database: 'postgres' };
  const database = await openDatabase(connection, { logger: silentLogger, maxConnections: 4 });
  try {
    for (let done = 0; done < count; done += 1) {
      const collection = { id: newId(OrganizationId), name: `Number ${done}`, readableId: `number-${done}` };
      await appendEvents(database.scoped(scope), scope, [
        collectionEvent('collection.updated', collection, new Date()),
      ]);
    }
  } finally {
    await database.close();
  }
  return count;
}

/** All at one address, as endpoints of one vendor are; those whose path says so never answer. */
async function startReceivers() {
  const seen = new Set<string>();
  const server = createServer((request, response) => {
    const isHanging = request.url?.startsWith('/hang') ?? false;
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    request.resume();
    if (isHanging) return;
    seen.add(`${request.url} ${String(request.headers['webhook-id'])}`);
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const urls = Array.from(
    { length: endpoints },
    (_, index) => `http://127.0.0.1:${port}/${index < hanging ? 'hang' : 'take'}/${index}`,
  );
  return {
    urls,
    count: () => seen.size,
    forget: () => seen.clear(),
    /** Different messages at different endpoints; gives up after some minutes. */
    async until(count: number): Promise<void> {
      for (const until = performance.now() + giveUpAfterMs; seen.size < count && performance.now() < until; ) {
        await delay(20);
      }
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
