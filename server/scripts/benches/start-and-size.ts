import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startServerProcess } from '../server-process.ts';
import type { Bench } from './bench.ts';

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
      const megabytes = residentMegabytes(server.processId);
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

/** Proportional set size of a process and its descendants; undefined where /proc is not there. */
function residentMegabytes(root: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readProc(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const all = [root];
  for (const pid of all) all.push(...(children.get(pid) ?? []));
  const kilobytes = all.map((pid) => Number(/Pss:\s+(\d+)/.exec(readProc(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0));
  return kilobytes.reduce((sum, value) => sum + value, 0) / 1024;
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process ended while we looked.
    return '';
  }
}
