import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@lancedb/lancedb';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ApiClient } from '../../scripts/api-client.ts';
import { choose, createRandom, type Random } from '../../scripts/chaos/random.ts';
import { startEmbeddedPostgres } from '../../src/adapters/embedded-postgres/embedded-postgres.ts';
import { silentLogger } from '../../src/core/shared/index.ts';
import { runWeft } from '../../src/entrypoints/cli/__fixtures__/run-weft.ts';
import { listDocuments, type RunningServer, ServerFixture, waitForJob } from '../server-fixture.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

/**
 * A rebuild of an index by real processes: while a sync changes the collection and searches go on, and while whoever rebuilds is
 * killed at moments that a seed decides.
 */
const documentCount = 400;
const all = Array.from({ length: documentCount }, (_, number) => number);
const changed = all.filter((number) => number % 5 === 0);
let database: TestDatabase;
let observer: pg.Client;
// Before the fixture's hooks, so that its servers are gone when the database goes.
beforeEach(async () => {
  database = await createTestDatabase();
  observer = new pg.Client(database.connection);
  await observer.connect();
});
afterEach(async () => {
  await observer.end();
  await database.drop();
});
const fixture = ServerFixture.use();

const endedLongAgo = "update reindexes set ended_at = ended_at - interval '1 hour'";

/** Once the sync of the changes is over. */
const versionOf = (number: number) => (changed.includes(number) ? 2 : 1);
/** In every version of one document, and in no other. */
const nameOf = (number: number) => `steady${number.toString(36)}x`;
const wordOf = (number: number, version: number) => `w${version}q${number.toString(36)}x`;
const textOf = (number: number, version: number) =>
  `Record ${nameOf(number)} is filed under ${wordOf(number, version)}.`;
const pathOf = (number: number) => `d${number % 20}/f${number}.txt`;
const write = (numbers: readonly number[], version: number) =>
  fixture.write(Object.fromEntries(numbers.map((number) => [pathOf(number), `${textOf(number, version)}\n`])));

interface ReindexView {
  readonly status: string;
  readonly generation: number;
  readonly documents_done: number;
  readonly documents_failed: number;
  readonly swapped_at: string | null;
}
const getReindex = (api: ApiClient) => api.get<ReindexView>('/collections/papers/reindex');
const isOver = ({ status }: ReindexView) => !['pending', 'running'].includes(status);

/** @throws Error when nothing changes for a minute */
async function waitForReindex(api: ApiClient, isWanted: (view: ReindexView) => boolean = isOver): Promise<ReindexView> {
  let last = '';
  for (let until = 0; ; await delay(5)) {
    const view = await getReindex(api);
    if (isWanted(view) || isOver(view)) return view;
    if (JSON.stringify(view) !== last) [last, until] = [JSON.stringify(view), Date.now() + 60_000];
    else if (Date.now() > until) throw new Error(`the rebuild does not go on: ${last}`);
  }
}

interface Searching {
  readonly isStopped: () => boolean;
  /** Between a page's index write and its commit, a search may meet both versions of a document. */
  readonly isSynced: () => boolean;
}

/** Searches one document after another; each must be there once, as it was or as it is. */
async function searchUntil(api: ApiClient, random: Random, { isStopped, isSynced }: Searching) {
  const wrong: unknown[] = [];
  let searches = 0;
  for (; !isStopped(); searches += 1) {
    const number = choose(random, all);
    const wasSynced = isSynced();
    const body = { query: nameOf(number), retrieval_strategy: 'keyword', group_by: 'chunk', limit: 10 };
    const { results } = await api.post<{ results: { textual_representation: string }[] }>(
      '/collections/papers/search/instant',
      body,
    );
    const found = results.map((one) => one.textual_representation);
    const versions = [1, 2].filter((version) => found.some((text) => text.includes(textOf(number, version))));
    const isRight = found.length === versions.length && (wasSynced ? versions.length === 1 : versions.length > 0);
    if (!isRight || (wasSynced && versions[0] !== versionOf(number))) wrong.push({ number, wasSynced, found });
  }
  return { searches, wrong };
}

/** Generations of the collection that are on the disk. */
async function listGenerations(
  collectionId: string,
): Promise<readonly { readonly name: string; generation: number }[]> {
  const files = await readdir(join(fixture.dataDirectory, 'index'));
  return files.flatMap((file) => {
    const [, name, collection, generation] = /^(\w{32}_(\w{32})_(\d+))\.lance$/.exec(file) ?? [];
    if (name === undefined || collection !== collectionId.replaceAll('-', '')) return [];
    return [{ name, generation: Number(generation) }];
  });
}

async function waitForOneGeneration(collectionId: string, generation: number): Promise<void> {
  await expect
    .poll(async () => (await listGenerations(collectionId)).map((one) => one.generation), {
      timeout: 40_000,
      interval: 200,
    })
    .toEqual([generation]);
}

/** What is on the disk once nobody writes any more: each document once, in its last version. */
async function expectWhole(collectionId: string): Promise<void> {
  const files = await readdir(join(fixture.dataDirectory, 'index'));
  expect(files.filter((file) => !/^\w+\.lance$/.test(file))).toEqual([]);
  const [only, ...others] = await listGenerations(collectionId);
  if (only === undefined || others.length > 0) throw new Error('there is not exactly one generation');
  const table = await (await connect(join(fixture.dataDirectory, 'index'))).openTable(only.name);
  const rows = (await table.query().select(['payload']).toArray()) as readonly { readonly payload: string }[];
  expect(rows).toHaveLength(documentCount);
  const missing = all.filter(
    (number) => rows.filter(({ payload }) => payload.includes(textOf(number, versionOf(number)))).length !== 1,
  );
  expect(missing).toEqual([]);
}

async function expectDocuments(api: ApiClient): Promise<void> {
  const documents = await listDocuments(api);
  expect(documents.map((one) => one.entity_id).toSorted()).toEqual(all.map(pathOf).toSorted());
  expect(documents.filter((one) => one.state !== 'indexed')).toEqual([]);
}

async function prepare(api: ApiClient): Promise<{ readonly connection: string; readonly collection: string }> {
  await write(all, 1);
  const { id } = await fixture.connect(api);
  await waitForJob(api, id);
  return { connection: id, collection: (await api.get<{ id: string }>('/collections/papers')).id };
}

/** As if the minute had passed in which searches of old generations end; no server runs. */
async function letGraceOfOldGenerationsPass(): Promise<void> {
  const directory = join(fixture.dataDirectory, 'postgres');
  const postgres = await startEmbeddedPostgres({ directory, logger: silentLogger });
  try {
    const client = new pg.Client(postgres.connection);
    await client.connect();
    await client.query(endedLongAgo);
    await client.end();
  } finally {
    await postgres.stop();
  }
}

/** The worker that has taken up a rebuild; those that were killed are not among them. */
async function findHolder(workers: readonly RunningServer[], reindexId: string): Promise<RunningServer> {
  const isTaken = (line: string) => line.includes(reindexId) && line.includes('rebuilding an index');
  for (const until = Date.now() + 30_000; Date.now() < until; await delay(5)) {
    const holder = workers.find((worker) => worker.output().split('\n').some(isTaken));
    if (holder !== undefined) return holder;
  }
  throw new Error('no worker says that it rebuilds the index');
}

it('is not noticed by searches, and goes on with another worker when its own is killed', {
  timeout: 240_000,
}, async () => {
  const random = createRandom(7);
  const env = { DATABASE_URL: database.url.replace('@/', '@localhost/'), LOG_LEVEL: 'info' };
  const startWorker = () => fixture.start({ ...env, WEFT_ROLE: 'worker' });
  const [{ api, url }, ...workers] = await Promise.all([
    fixture.start({ ...env, WEFT_ROLE: 'api' }),
    startWorker(),
    startWorker(),
  ]);
  const { connection, collection } = await prepare(api);
  let [isStopped, isSynced] = [false, false];
  const searching = searchUntil(api, random, { isStopped: () => isStopped, isSynced: () => isSynced });
  // Met below; a test that fails before stops the server under it.
  searching.catch(() => undefined);

  await write(changed, 2);
  await api.post(`/source-connections/${connection}/run`);
  const rebuilt = await runWeft(['reindex', 'papers', '--wait', '--json'], { WEFT_URL: url });
  expect([rebuilt.code, rebuilt.err]).toEqual([0, '']);
  expect(JSON.parse(rebuilt.out)).toMatchObject({ status: 'completed', generation: 2, documents_failed: 0 });
  await waitForJob(api, connection);
  isSynced = true;

  const { id } = await api.post<{ id: string }>('/collections/papers/reindex');
  const replacements: Promise<RunningServer>[] = [];
  for (let kill = 0; kill < 2; kill += 1) {
    const holder = await findHolder(workers, id);
    const threshold = Math.floor(((kill + random()) * documentCount) / 4);
    const isThere = (view: ReindexView) => view.documents_done >= threshold;
    expect(await waitForReindex(api, isThere)).toMatchObject({ status: 'running', swapped_at: null });
    await holder.kill();
    workers.splice(workers.indexOf(holder), 1);
    // As if the half minute of its lease had passed.
    await observer.query("update reindexes set lease_expires_at = now() where status = 'running'");
    replacements.push(startWorker());
  }
  workers.push(...(await Promise.all(replacements)));
  expect(await waitForReindex(api)).toMatchObject({ status: 'completed', generation: 3, documents_failed: 0 });
  const { rows } = await observer.query('select attempts from reindexes order by created_at');
  expect(rows).toEqual([{ attempts: 1 }, { attempts: 3 }]);
  isStopped = true;
  const { searches, wrong } = await searching;
  expect(wrong).toEqual([]);
  expect(searches).toBeGreaterThan(50);

  // As if the minute had passed in which searches of the old generation end.
  await observer.query(endedLongAgo);
  await waitForOneGeneration(collection, 3);
  await expectDocuments(api);
  await Promise.all(workers.map((worker) => worker.stop()));
  await expectWhole(collection);
});

it('is whole after kills of everything at any moment, its swap and its tidying up among them', {
  timeout: 240_000,
}, async () => {
  const random = createRandom(11);
  let server = await fixture.start();
  const { connection, collection } = await prepare(server.api);
  await write(changed, 2);
  await server.api.post(`/source-connections/${connection}/run`);
  const moments: readonly ((view: ReindexView) => boolean)[] = [
    ...Array.from({ length: 3 }, () => {
      const threshold = random() * documentCount;
      return (view: ReindexView) => view.documents_done >= threshold;
    }),
    (view) => view.documents_done >= documentCount,
    (view) => view.swapped_at !== null,
  ];
  await server.api.post('/collections/papers/reindex');
  for (const isThere of moments) {
    const view = await waitForReindex(server.api, isThere);
    await delay(random() * 30);
    await server.kill();
    server = await fixture.start();
    // Ended before the kill: the next moment is one of the next rebuild.
    if (isOver(await getReindex(server.api))) await server.api.post('/collections/papers/reindex');
    expect(view.documents_failed).toBe(0);
  }
  await waitForJob(server.api, connection);
  const ended = await waitForReindex(server.api);
  expect(ended).toMatchObject({ status: 'completed', documents_failed: 0 });
  await expectDocuments(server.api);
  let searches = 0;
  const searching = { isStopped: () => searches++ === 100, isSynced: () => true };
  expect(await searchUntil(server.api, random, searching)).toEqual({ searches: 100, wrong: [] });

  await server.stop();
  await letGraceOfOldGenerationsPass();
  server = await fixture.start();
  await waitForOneGeneration(collection, ended.generation);
  await server.stop();
  await expectWhole(collection);
});
