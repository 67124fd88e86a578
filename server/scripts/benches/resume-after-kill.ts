import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../api-client.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';
import { type Bench, createTextSource } from './bench.ts';

const killedAt = 0.9;
const filesPerFolder = 200;
const longAgo = new Date(0);

interface Job {
  readonly id: string;
  readonly status: string;
  readonly error: string | null;
  readonly entities_inserted: number;
}

/**
 * The files that a sync opens after it and its server were killed at 90 %. The file system counts them: their times of access
 * are set back between the two, and those that are late again were opened.
 */
export const resumeAfterKill: Bench = {
  name: 'resume-after-kill',
  async run({ documents = 20_000 }) {
    const folder = await mkdtemp(join(tmpdir(), 'weft-bench-folder-'));
    const dataDirectory = await mkdtemp(join(tmpdir(), 'weft-bench-'));
    const env = { EMBEDDING_PROVIDER: 'none' };
    let server: ServerProcess | undefined;
    try {
      await writeFiles(folder, documents);
      server = await startServerProcess({ dataDirectory, env });
      const job = await startSync(new ApiClient(server.url), folder);
      const before = await waitFor(server, job, ({ entities_inserted }) => entities_inserted >= documents * killedAt);
      await server.kill();
      await setBack(folder);
      server = await startServerProcess({ dataDirectory, env });
      const after = await waitFor(server, job, ({ status }) => status === 'completed');
      if (after.id !== before.id || after.entities_inserted !== documents) {
        throw new Error(`job ${after.id} added ${after.entities_inserted} of ${documents}, after job ${before.id}`);
      }
      const opened = await countOpened(folder);
      const remaining = documents - before.entities_inserted;
      // This file system keeps no times of access: nothing is known.
      if (opened < remaining) return [];
      return [
        {
          name: `files opened after a kill at ${before.entities_inserted} of ${documents}`,
          value: opened,
          unit: 'files',
          // What was committed when it was killed is not opened again; what was read ahead, two pages at most, is.
          budget: { kind: 'most', value: remaining + 2 * 200 },
        },
      ];
    } finally {
      await server?.kill();
      await rm(folder, { recursive: true, force: true });
      await rm(dataDirectory, { recursive: true, force: true });
    }
  },
};

async function writeFiles(folder: string, count: number): Promise<void> {
  const text = createTextSource(5);
  for (let i = 0; i < count; i += 1) {
    const parent = join(folder, `d${Math.floor(i / filesPerFolder)}`);
    if (i % filesPerFolder === 0) await mkdir(parent);
    await writeFile(join(parent, `f${i}.txt`), text(20));
  }
}

/** @returns the connection's id */
async function startSync(api: ApiClient, path: string): Promise<string> {
  await api.post('/collections', { name: 'Resumed', readable_id: 'resumed' });
  const connection = { short_name: 'files', readable_collection_id: 'resumed', config: { path } };
  return (await api.post<{ id: string }>('/source-connections', connection)).id;
}

async function waitFor(server: ServerProcess, connection: string, isReached: (job: Job) => boolean): Promise<Job> {
  const api = new ApiClient(server.url);
  for (;;) {
    const [job] = await api.get<Job[]>(`/source-connections/${connection}/jobs?limit=1`);
    if (job !== undefined && isReached(job)) return job;
    if (job?.status === 'failed' || job?.status === 'cancelled')
      throw new Error(`the sync ${job.status}: ${job.error}`);
    await delay(50);
  }
}

async function setBack(folder: string): Promise<void> {
  for (const file of await listFiles(folder)) await utimes(file, longAgo, (await stat(file)).mtime);
}

async function countOpened(folder: string): Promise<number> {
  let count = 0;
  for (const file of await listFiles(folder)) if ((await stat(file)).atimeMs > longAgo.getTime()) count += 1;
  return count;
}

async function listFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
