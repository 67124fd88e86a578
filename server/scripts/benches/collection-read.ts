import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import pg from 'pg';
import { ApiClient } from '../api-client.ts';
import { startServerProcess } from '../server-process.ts';
import { type Bench, throughput } from './bench.ts';

const clients = 16;
const seconds = 5;

/** `GET /collections/{id}`, uncached, with a key; beside a bare route that reads one row of the same database. */
export const collectionRead: Bench = {
  name: 'collection-read',
  async run() {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'weft-bench-'));
    const server = await startServerProcess({
      dataDirectory,
      env: { AUTH_ENABLED: 'true', EMBEDDING_PROVIDER: 'none', LOG_LEVEL: 'error' },
    });
    try {
      const token = (await readFile(join(dataDirectory, 'operator-token'), 'utf8')).trim();
      const operator = new ApiClient(server.url, { authorization: `Bearer ${token}` });
      const key = await operator.post<{ decrypted_key: string }>('/api-keys', {});
      await operator.post('/collections', { name: 'Measured', readable_id: 'measured' });
      const value = await load(`${server.url}/collections/measured`, { 'x-api-key': key.decrypted_key });
      const bare = await measureBareRoute(join(dataDirectory, 'postgres'));
      return [
        {
          name: `collection reads at ${clients} clients`,
          value,
          unit: 'per second',
          budget: { kind: 'least', value: 3_000 },
          reference: { name: 'bare route reading one row', value: bare },
        },
      ];
    } finally {
      await server.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    }
  },
};

async function measureBareRoute(socketDirectory: string): Promise<number> {
  const pool = new pg.Pool({ host: socketDirectory, port: 5432, user: 'weft', database: 'postgres', max: 15 });
  const app = new Hono();
  app.get('/row', async (context) => {
    const { rows } = await pool.query({
      name: 'one',
      text: 'select * from collections where readable_id = $1',
      values: ['measured'],
    });
    return context.json(rows[0]);
  });
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  try {
    return await load(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/row`, {});
  } finally {
    server.close();
    await pool.end();
  }
}

async function load(url: string, headers: Record<string, string>): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const call = () =>
    new Promise<void>((resolve, reject) => {
      request(url, { agent, headers }, (response) => {
        response.resume();
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`${url} answered ${response.statusCode}`)),
        );
      })
        .on('error', reject)
        .end();
    });
  const rate = await throughput(clients, seconds, call);
  agent.destroy();
  return rate;
}
