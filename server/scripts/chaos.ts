import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ApiClient } from './api-client.ts';
import { startServerProcess } from './server-process.ts';

/*
 * npm run chaos -- [--rounds 10] [--files 600] [--seed 1] [--json]
 *
 * Each round changes a folder, begins a sync, and kills the server (SIGKILL, PostgreSQL with it) at random moments until the
 * sync has ended by itself. Then index, database and folder must agree: every file found once by a word of its present text,
 * nothing found by words it had before, and no job left active.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    files: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const fileCount = Number(values.files);
const random = createRandom(Number(values.seed));
const maxKillsPerRound = 3;
const collection = 'chaos';

interface FileState {
  /** In the present text and nowhere else. */
  word: string;
  readonly formerWords: string[];
}

const summary = { rounds, kills: 0, entities: 0, lost: 0, duplicated: 0, stale: 0, stuck: 0 };
const folder = await mkdtemp(join(tmpdir(), 'weft-chaos-folder-'));
const dataDirectory = await mkdtemp(join(tmpdir(), 'weft-chaos-data-'));
const files = new Map<string, FileState>();
const gone: string[] = [];
let nextWord = 0;

let server = await start();
try {
  report(`seed ${values.seed}, ${fileCount} files, ${rounds} rounds`);
  await server.api.post('/collections', { name: 'Chaos', readable_id: collection });
  for (let i = 0; i < fileCount; i += 1) await writeFileOf(`d${i % 20}/f${i}.txt`);
  const connection = await server.api.post<{ id: string }>('/source-connections', {
    short_name: 'files',
    readable_collection_id: collection,
    config: { path: folder },
    sync_immediately: false,
  });
  for (let round = 1; round <= rounds; round += 1) {
    if (round > 1) await changeFolder();
    await server.api.post(`/source-connections/${connection.id}/run`);
    const kills = Math.floor(random() * (maxKillsPerRound + 1));
    for (let kill = 0; kill < kills; kill += 1) {
      await delay(50 + random() * 2_500);
      await server.kill();
      summary.kills += 1;
      server = await start();
    }
    await waitForEnd(connection.id);
    await compare(connection.id);
    report(`round ${round}: ${kills} kills, ${JSON.stringify(summary)}`);
  }
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
  await rm(dataDirectory, { recursive: true, force: true });
}
const isClean = summary.lost + summary.duplicated + summary.stale + summary.stuck === 0;
process.stdout.write(values.json ? `${JSON.stringify(summary)}\n` : `${isClean ? 'Nothing lost.' : 'DAMAGE.'}\n`);
process.exitCode = isClean ? 0 : 1;

async function start() {
  const process = await startServerProcess({ dataDirectory, env: { EMBEDDING_PROVIDER: 'none' } });
  return { ...process, api: new ApiClient(process.url) };
}

async function writeFileOf(path: string): Promise<void> {
  const before = files.get(path);
  const word = `zq${(nextWord * 7919 + 13).toString(36)}x`;
  nextWord += 1;
  files.set(path, { word, formerWords: before === undefined ? [] : [...before.formerWords, before.word] });
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), `The record at ${path} is filed under ${word} and nowhere else.\n`);
}

/** A fifth changes, a twentieth goes, a twentieth comes. */
async function changeFolder(): Promise<void> {
  for (const path of [...files.keys()]) {
    const chance = random();
    if (chance < 0.05) {
      const state = files.get(path);
      gone.push(...(state === undefined ? [] : [state.word, ...state.formerWords]));
      files.delete(path);
      await rm(join(folder, path));
    } else if (chance < 0.25) await writeFileOf(path);
  }
  for (let i = 0; i < fileCount / 20; i += 1) await writeFileOf(`new${nextWord % 10}/n${nextWord}.txt`);
}

async function waitForEnd(connectionId: string): Promise<void> {
  const until = Date.now() + 120_000;
  for (;;) {
    const [job] = await server.api.get<{ status: string; error: string | null }[]>(
      `/source-connections/${connectionId}/jobs?limit=1`,
    );
    if (job?.status === 'completed') return;
    if (job?.status === 'failed' || job?.status === 'cancelled')
      throw new Error(`the sync ended as ${job.status}: ${job.error}`);
    if (Date.now() > until) {
      summary.stuck += 1;
      throw new Error(`the sync did not end: ${JSON.stringify(job)}`);
    }
    await delay(100);
  }
}

async function compare(connectionId: string): Promise<void> {
  summary.entities = files.size;
  const { entities } = await server.api.get<{ entities: { total_entities: number } | null }>(
    `/source-connections/${connectionId}`,
  );
  const inDatabase = entities?.total_entities ?? 0;
  summary.lost += Math.max(0, files.size - inDatabase);
  summary.duplicated += Math.max(0, inDatabase - files.size);
  for (const { word, formerWords } of files.values()) {
    const found = await countOf(word);
    if (found === 0) summary.lost += 1;
    if (found > 1) summary.duplicated += 1;
    for (const former of formerWords) if ((await countOf(former)) > 0) summary.stale += 1;
  }
  for (const word of gone) if ((await countOf(word)) > 0) summary.stale += 1;
  const jobs = await server.api.get<{ status: string }[]>(`/source-connections/${connectionId}/jobs`);
  summary.stuck += jobs.filter(({ status }) => ['created', 'pending', 'running', 'cancelling'].includes(status)).length;
}

async function countOf(word: string): Promise<number> {
  const { results } = await server.api.post<{ results: { textual_representation: string }[] }>(
    `/collections/${collection}/search/instant`,
    { query: word, retrieval_strategy: 'keyword', group_by: 'chunk', limit: 5 },
  );
  return results.filter((result) => result.textual_representation.includes(word)).length;
}

function report(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Numbers in [0, 1) from a seed (mulberry32), so that a round can be run again. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
