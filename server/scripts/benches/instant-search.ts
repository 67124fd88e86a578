import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ApiClient } from '../api-client.ts';
import { startServerProcess } from '../server-process.ts';
import { timeBareSearch } from './bare-search.ts';
import { type Bench, createTextSource, quantile, throughput } from './bench.ts';

const searches = 300;
const batchSize = 1_000;
const seededServer = fileURLToPath(new URL('./seeded-server.ts', import.meta.url));

/**
 * Searches over HTTP with the real model for the query: instant by one client, by sixteen, and while documents are pushed; classic by
 * rules. Beside the engine and the model by themselves.
 */
export const instantSearch: Bench = {
  name: 'instant-search',
  async run({ documents = 20_000 }) {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'weft-bench-'));
    const server = await startServerProcess({ dataDirectory, program: [seededServer] });
    try {
      const api = new ApiClient(server.url);
      const text = createTextSource(3);
      const query = createTextSource(4);
      await api.post('/collections', { name: 'Searched', readable_id: 'searched' });
      const push = (from: number, count: number) =>
        api.post('/collections/searched/documents?wait=true', {
          documents: Array.from({ length: count }, (_, i) => ({
            id: `d${from + i}`,
            name: `Document ${from + i}`,
            text: text(60),
          })),
        });
      for (let from = 0; from < documents; from += batchSize) {
        await push(from, Math.min(batchSize, documents - from));
        process.stderr.write(`\r${from + batchSize} documents loaded`);
      }
      process.stderr.write('\n');
      // Index builds run in the background behind the writes; what is measured is the state after them.
      await delay(60_000 + documents / 2);
      const search = async () => {
        await api.post('/collections/searched/search/instant', { query: query(4), limit: 10 });
      };
      const alone = await time(search, searches);
      const rate = await throughput(16, 8, search);
      let isWriting = true;
      const writing = (async () => {
        for (let from = documents; isWriting; from += 100) await push(from, 100);
      })();
      const beside = await time(search, searches);
      isWriting = false;
      await writing;
      const classic = await time(async () => {
        await api.post('/collections/searched/search/classic', { query: query(4), limit: 10 });
      }, searches);
      await server.stop();
      const bare = await timeBareSearch(dataDirectory, searches, () => query(4));
      const bareAt = (share: number) => ({
        name: 'engine and model alone',
        value: quantile(bare.engine, share) + quantile(bare.encoder, share),
      });
      return [
        {
          name: 'instant search, p50',
          value: quantile(alone, 0.5),
          unit: 'ms',
          budget: { kind: 'most', value: 25 },
          reference: bareAt(0.5),
        },
        {
          name: 'instant search, p99',
          value: quantile(alone, 0.99),
          unit: 'ms',
          budget: { kind: 'most', value: 80 },
          reference: bareAt(0.99),
        },
        { name: 'classic search by rules, p50', value: quantile(classic, 0.5), unit: 'ms' },
        {
          name: 'classic search by rules, p99',
          value: quantile(classic, 0.99),
          unit: 'ms',
          budget: { kind: 'most', value: 1_000 },
        },
        {
          name: 'instant search at 16 clients',
          value: rate,
          unit: 'per second',
          budget: { kind: 'least', value: 100 },
        },
        {
          name: 'instant search while writing, p50',
          value: quantile(beside, 0.5),
          unit: 'ms',
          budget: { kind: 'most', value: 50 },
        },
        {
          name: 'instant search while writing, p99',
          value: quantile(beside, 0.99),
          unit: 'ms',
          budget: { kind: 'most', value: 150 },
        },
      ];
    } finally {
      await server.stop();
      await rm(dataDirectory, { recursive: true, force: true });
    }
  },
};

async function time(call: () => Promise<void>, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const began = performance.now();
    await call();
    times.push(performance.now() - began);
  }
  return times;
}
