import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../scripts/api-client.ts';
import { ServerStartError } from '../../scripts/server-process.ts';
import { startS3Server } from '../../src/adapters/blob-store/__fixtures__/start-s3-server.ts';
import { countPassages, listDocuments, newestJob, ServerFixture, waitForJob } from '../server-fixture.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

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

/** The run's own cluster is on a socket, whose folder is named behind the question mark; an address wants a host all the same. */
const environment = () => ({
  DATABASE_URL: database.url.replace('@/', '@localhost/'),
  ENABLE_INTERNAL_SOURCES: 'true',
  LOG_LEVEL: 'info',
});
const start = (role: string, env: Readonly<Record<string, string>> = {}) =>
  fixture.start({ ...environment(), WEFT_ROLE: role, ...env });

async function connectStub(api: ApiClient, collection: string, name: string, source: object): Promise<string> {
  const { id } = await api.post<{ id: string }>('/source-connections', {
    name,
    readable_collection_id: collection,
    ...source,
  });
  return id;
}

async function query<T extends object>(text: string): Promise<readonly T[]> {
  return (await observer.query<T & pg.QueryResultRow>(text)).rows;
}

const completedOf = (server: { output(): string }) => server.output().split('sync completed').length - 1;

describe('one api and two workers on one database and one data directory', { timeout: 240_000 }, () => {
  it('do every job once, commit every entity once, and search finds what the workers wrote', async () => {
    const [api, ...workers] = await Promise.all([start('api'), start('worker'), start('worker')]);
    const collections = ['alpha', 'beta', 'gamma', 'delta'];
    for (const id of collections) await api.api.post('/collections', { name: id, readable_id: id });
    const stub = (seed: number) => ({
      short_name: 'stub',
      authentication: { credentials: { stub_key: 'key' } },
      config: { entity_count: 60, seed, large_file_weight: 0 },
    });
    const connections = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        connectStub(api.api, collections[i % 4] ?? '', `source ${i}`, stub(i)).then((id) => ({ id, i })),
      ),
    );
    for (const { id } of connections) {
      expect(await waitForJob(api.api, id)).toMatchObject({ entities_inserted: 60, entities_failed: 0 });
    }
    const jobs = await query<{ attempts: number }>("select attempts from sync_jobs where trigger <> 'push'");
    expect(jobs.map(({ attempts }) => attempts)).toEqual(Array.from({ length: 20 }, () => 1));
    expect(
      await query(
        "select count(*)::int as n from documents where source_connection_id in (select id from source_connections where short_name = 'stub')",
      ),
    ).toEqual([{ n: 1_200 }]);
    expect(
      await query(
        "select count(*)::int as n from index_drops drops join collections c on c.id = drops.collection_id where c.readable_id = any('{alpha,beta,gamma,delta}')",
      ),
    ).toEqual([{ n: 0 }]);
    for (const collection of collections) {
      const documents = await listDocuments(api.api, collection);
      expect(documents).toHaveLength(300);
      expect(new Set(documents.map(({ state }) => state))).toEqual(new Set(['indexed']));
    }
    // Both took part.
    for (const worker of workers) expect(completedOf(worker)).toBeGreaterThan(0);
    expect(completedOf(api)).toBe(0);

    // A reader that has the table open sees the next write of another process.
    for (let i = 0; i < 10; i += 1) {
      const word = `zebra${i}`;
      const documents = [{ id: 'fresh', name: 'Fresh', text: `The ${word} runs.` }];
      await api.api.post('/collections/alpha/documents?wait=true', { documents });
      expect(await countPassages(api.api, word, 'alpha')).toBe(1);
      if (i > 0) expect(await countPassages(api.api, `zebra${i - 1}`, 'alpha')).toBe(0);
    }

    // A worker answers about itself, and nothing else.
    const [worker] = workers;
    expect((await fetch(`${worker?.url}/health/ready`)).status).toBe(200);
    expect((await fetch(`${worker?.url}/metrics`)).status).toBe(200);
    expect((await fetch(`${worker?.url}/collections`)).status).toBe(404);
    for (const server of [api, ...workers]) expect(await server.stop()).toMatchObject({ exitCode: 0 });
  });

  it('take over what a killed worker had begun, from where it was', async () => {
    const [api, first, second] = await Promise.all([start('api'), start('worker'), start('worker')]);
    await api.api.post('/collections', { name: 'Slow', readable_id: 'slow' });
    const slow = (seed: number) => ({
      short_name: 'timed',
      authentication: { credentials: { timed_key: 'key' } },
      config: { entity_count: 400, duration_seconds: 20, seed },
    });
    const ids = await Promise.all(
      Array.from({ length: 6 }, (_, i) => connectStub(api.api, 'slow', `slow ${i}`, slow(i))),
    );
    const owners = () =>
      query<{ lease_owner: string; count: number }>(
        "select lease_owner, count(*)::int as count from sync_jobs where status = 'running' and entities_inserted > 0 group by 1",
      );
    for (const until = Date.now() + 60_000; (await owners()).length < 2 && Date.now() < until; ) await delay(100);
    expect(await owners()).toHaveLength(2);
    const killedAt = Date.now();
    await first.kill();
    let resumedAfterMs = 0;
    for (const until = Date.now() + 60_000; Date.now() < until; await delay(200)) {
      const lost = await query("select 1 from sync_jobs where status = 'running' and lease_expires_at < now()");
      const again = await query('select 1 from sync_jobs where attempts > 1');
      if (lost.length === 0 && again.length > 0) {
        resumedAfterMs = Date.now() - killedAt;
        break;
      }
    }
    expect(resumedAfterMs).toBeGreaterThan(0);
    expect(resumedAfterMs).toBeLessThan(60_000);
    for (const id of ids) expect((await waitForJob(api.api, id)).entities_inserted).toBe(401);
    expect((await query('select 1 from sync_jobs where attempts > 1')).length).toBeGreaterThan(0);
    expect(await listDocuments(api.api, 'slow')).toHaveLength(6 * 401);
    expect(completedOf(second)).toBeGreaterThanOrEqual(6);
  });

  it('watch a folder from one of them, and from the other when that one is killed', async () => {
    await fixture.write({ 'paper.txt': 'The otter sleeps.\n' });
    const [api, ...workers] = await Promise.all([start('api'), start('worker'), start('worker')]);
    const { id } = await fixture.connect(api.api, { watch: true });
    await waitForJob(api.api, id);
    const change = async (word: string) => {
      for (const until = Date.now() + 60_000; Date.now() < until; await delay(1_000)) {
        await fixture.write({ 'paper.txt': `The ${word} sleeps at ${Date.now()}.\n` });
        await delay(1_000);
        if ((await countPassages(api.api, word)) === 1) return;
      }
      throw new Error(`the change to ${word} was not seen`);
    };
    await change('beaver');
    const runs = await query<{ n: number }>("select count(*)::int as n from sync_jobs where trigger = 'watch'");
    expect(runs[0]?.n).toBeGreaterThan(0);
    await workers[0]?.kill();
    await change('badger');
    expect((await newestJob(api.api, id)).trigger).toBe('watch');
  });
});

it('records and pushes are kept in S3 where BLOB_URL names it', { timeout: 120_000 }, async () => {
  const s3 = await startS3Server();
  try {
    const env = {
      BLOB_URL: `s3://${s3.bucket}/weft?region=eu-central-1&endpoint=${encodeURIComponent(s3.endpoint)}`,
      ...s3.credentials,
    };
    await fixture.write({ 'paper.txt': 'The otter sleeps.\n' });
    const [api] = await Promise.all([start('api', env), start('worker', env)]);
    const { id } = await fixture.connect(api.api);
    await waitForJob(api.api, id);
    const documents = [{ id: 'one', name: 'One', text: 'The walrus sings.' }];
    await api.api.post('/collections/papers/documents?wait=true', { documents });
    expect(await countPassages(api.api, 'walrus')).toBe(1);
    const { readdir } = await import('node:fs/promises');
    const stored = await readdir(join(s3.directory, s3.bucket), { recursive: true });
    expect(stored.some((file) => /^weft\/raw\/.*_object$/.test(file))).toBe(true);
    expect(await readdir(join(fixture.dataDirectory, 'blobs'))).toEqual([]);
  } finally {
    await s3.close();
  }
});

describe('a process is refused', { timeout: 120_000 }, () => {
  const refusalOf = async (starting: Promise<unknown>): Promise<string> => {
    const error: unknown = await starting.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ServerStartError)) throw error;
    expect(error.exitCode).toBe(1);
    expect(error.output).not.toMatch(/^\s+at /m);
    expect(error.output).not.toContain(environment().DATABASE_URL);
    return error.output;
  };

  it('with another data directory than the others', async () => {
    await start('all');
    const other = fixture.start(environment(), { dataDirectory: join(fixture.directory, 'other-data') });
    expect(await refusalOf(other)).toContain('uses this database (DATABASE_URL) with another data directory');
  });

  it('that has a role and no database to share', async () => {
    expect(await refusalOf(fixture.start({ WEFT_ROLE: 'worker' }))).toContain(
      'WEFT_ROLE is "worker" while DATABASE_URL is not set',
    );
  });

  it('that would use the embedded database of a shared directory', async () => {
    await start('all');
    expect(await refusalOf(fixture.start())).toMatch(/is in use by process/);
  });
});
