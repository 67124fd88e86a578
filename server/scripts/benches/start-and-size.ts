import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startServerProcess } from '../server-process.ts';
import type { Bench } from './bench.ts';
import { residentMegabytes } from './resident-memory.ts';

/** Processes that parse and encode end after a minute without work. */
const settleMs = 70_000;

/** The second start, and what the server weighs when nobody asks it anything: server, children and PostgreSQL. */
export const startAndSize: Bench = {
  name: 'start-and-size',
  async run() {
    const dataDirectory = await mkdtemp(join(tmpdir(), 'weft-bench-'));
    try {
      await (await startServerProcess({ dataDirectory })).stop();
      const began = performance.now();
      const server = await startServerProcess({ dataDirectory });
      const startMs = performance.now() - began;
      await fetch(`${server.url}/collections/getting-started/search/instant`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: 'how do I connect a folder' }),
      });
      await delay(settleMs);
      const megabytes = residentMegabytes(server.processId)?.all;
      await server.stop();
      return [
        { name: 'later start', value: startMs, unit: 'ms', budget: { kind: 'most', value: 3_000 } },
        ...(megabytes === undefined
          ? []
          : [
              {
                name: 'idle memory (Pss)',
                value: megabytes,
                unit: 'MB',
                budget: { kind: 'most' as const, value: 350 },
              },
            ]),
      ];
    } finally {
      await rm(dataDirectory, { recursive: true, force: true });
    }
  },
};
