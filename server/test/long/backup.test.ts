import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiClient } from '../../scripts/api-client.ts';
import { runWeft } from '../../src/entrypoints/cli/__fixtures__/run-weft.ts';
import { countPassages, listDocuments, newestJob, ServerFixture, waitForJob } from '../server-fixture.ts';
import { createTestDatabase, type TestDatabase } from '../test-database.ts';

const fixture = ServerFixture.use();
const run = promisify(execFile);

/** In the text of one file and of no other. */
const wordOf = (number: number): string => `q${number.toString(36)}x`;
const filesOf = (count: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, number) => [
      `f${number}.txt`,
      `Record ${number}, filed under ${wordOf(number)}.\n`,
    ]),
  );
const push = (api: ApiClient, id: string, text: string) =>
  api.post('/collections/papers/documents?wait=true', { documents: [{ id, name: id, text }] });
const archive = () => join(fixture.directory, 'weft.tar');
const backUp = (...options: string[]) =>
  runWeft(['backup', archive(), '--json', ...options], { WEFT_DATA_DIR: fixture.dataDirectory });
const restore = (dataDirectory: string, env: Readonly<Record<string, string>> = {}, ...options: string[]) =>
  runWeft(['restore', archive(), '--json', ...options], { WEFT_DATA_DIR: dataDirectory, LOG_LEVEL: 'warn', ...env });

/** Waits until a search finds it: the index is built anew after a restore. */
async function expectFound(api: ApiClient, word: string): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await delay(200)) {
    if ((await countPassages(api, word)) === 1) return;
  }
  expect(await countPassages(api, word), word).toBe(1);
}

describe('a backup', () => {
  it('that is made while a sync writes is whole: restored elsewhere, the sync goes on and everything is found', {
    timeout: 300_000,
  }, async () => {
    const count = 1_500;
    await fixture.write(filesOf(count));
    const server = await fixture.start();
    const { id } = await fixture.connect(server.api);
    await push(server.api, 'pushed', 'The pushed otter.');
    await waitForJob(server.api, id, (job) => job.status === 'running' && job.entities_inserted > 200);

    const saved = await backUp();
    expect(saved).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(saved.out)).toMatchObject({ file: archive(), missing_records: 0, keys: true });
    expect((await stat(archive())).mode & 0o777).toBe(0o600);
    expect((await readdir(fixture.directory)).filter((name) => name.endsWith('.part'))).toEqual([]);
    await waitForJob(server.api, id);
    await server.stop();

    const elsewhere = join(fixture.directory, 'elsewhere');
    const restored = await restore(elsewhere);
    expect(restored).toMatchObject({ code: 0 });
    expect(JSON.parse(restored.out)).toMatchObject({ kind: 'full', keys: 'included', replaced_directory: null });
    expect(await readFile(join(elsewhere, 'encryption-keys'))).toEqual(
      await readFile(join(fixture.dataDirectory, 'encryption-keys')),
    );

    const next = await fixture.start({}, { dataDirectory: elsewhere });
    const job = await newestJob(next.api, id);
    expect(job.entities_inserted).toBeGreaterThan(200);
    expect(await waitForJob(next.api, id)).toMatchObject({ entities_inserted: count, entities_failed: 0 });
    expect((await listDocuments(next.api)).filter(({ state }) => state !== 'indexed')).toEqual([]);
    expect(await listDocuments(next.api)).toHaveLength(count + 1);
    await expectFound(next.api, 'otter');
    for (const number of [0, 1, 100, count / 2, count - 1]) await expectFound(next.api, wordOf(number));
  });

  it('can be opened with tar and holds what its manifest says', { timeout: 120_000 }, async () => {
    await fixture.write(filesOf(3));
    const server = await fixture.start();
    const { id } = await fixture.connect(server.api);
    await waitForJob(server.api, id);
    expect(await backUp('--without-keys')).toMatchObject({ code: 0 });
    const folder = join(fixture.directory, 'opened');
    await mkdir(folder);
    await run('tar', ['-xf', archive(), '-C', folder]);
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(['blobs', 'database', 'end.json', 'manifest.json']);
    expect(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).toMatchObject({
      kind: 'full',
      keys: 'left_out',
    });
    expect(await readdir(join(folder, 'database'))).toContain('documents.jsonl.zst');
  });

  it('replaces no file, unless it is told to', { timeout: 120_000 }, async () => {
    await fixture.start();
    await writeFile(archive(), 'mine');
    expect(await backUp()).toMatchObject({ code: 1, err: expect.stringContaining('is there already') });
    expect(await readFile(archive(), 'utf8')).toBe('mine');
    expect(await backUp('--force')).toMatchObject({ code: 0 });
  });
});

describe('a restore', () => {
  it('is refused while the server runs, into a folder in use, and of a file that is cut off; nothing changes', {
    timeout: 120_000,
  }, async () => {
    const server = await fixture.start();
    expect(await backUp()).toMatchObject({ code: 0 });
    expect(await restore(fixture.dataDirectory)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is in use by'),
    });
    await server.stop();

    const before = await readdir(fixture.dataDirectory);
    expect(await restore(fixture.dataDirectory)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not empty'),
    });
    const whole = (await stat(archive())).size;
    for (const bytes of [whole - 1, whole - 2048, Math.floor(whole / 2), 100, 0]) {
      await truncate(archive(), bytes);
      const refused = await restore(fixture.dataDirectory, {}, '--force');
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('cut off or damaged') });
    }
    expect(await readdir(fixture.dataDirectory)).toEqual(before);
    expect(await runWeft(['restore', '/nowhere/weft.tar'], { WEFT_DATA_DIR: fixture.dataDirectory })).toMatchObject({
      code: 5,
    });
  });

  it('moves aside what was there, when it is told to, and deletes none of it', { timeout: 120_000 }, async () => {
    await fixture.write(filesOf(2));
    const server = await fixture.start();
    const { id } = await fixture.connect(server.api);
    await waitForJob(server.api, id);
    expect(await backUp()).toMatchObject({ code: 0 });
    await push(server.api, 'later', 'The later heron.');
    await server.stop();
    const restored = await restore(fixture.dataDirectory, {}, '--force');
    expect(restored).toMatchObject({ code: 0 });
    const { replaced_directory: aside } = JSON.parse(restored.out);
    expect(await readdir(aside)).toEqual(expect.arrayContaining(['postgres', 'index', 'blobs', 'encryption-keys']));
    const next = await fixture.start();
    expect(await listDocuments(next.api)).toHaveLength(2);
    // From the records: the source is not asked.
    await expectFound(next.api, wordOf(1));
  });
});

describe('with a database of the operator', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  it('a backup moves from the embedded database to it, but not onto one that is in use', {
    timeout: 120_000,
  }, async () => {
    await fixture.write(filesOf(3));
    const server = await fixture.start();
    const { id } = await fixture.connect(server.api);
    await waitForJob(server.api, id);
    expect(await backUp()).toMatchObject({ code: 0 });
    await server.stop();

    const elsewhere = join(fixture.directory, 'elsewhere');
    // The run's own cluster is on a socket, whose folder is named behind the question mark; an address wants a host all the same.
    const env = { DATABASE_URL: database.url.replace('@/', '@localhost/') };
    expect(await restore(elsewhere, env)).toMatchObject({ code: 0 });
    expect((await readdir(elsewhere)).toSorted()).toEqual(['blobs', 'encryption-keys', 'lock', 'lock-holder']);
    const next = await fixture.start(env, { dataDirectory: elsewhere });
    expect(await listDocuments(next.api)).toHaveLength(3);

    const other = join(fixture.directory, 'other');
    expect(await restore(other, env)).toMatchObject({ code: 1, err: expect.stringContaining('Another Weft server') });
    expect(await next.stop()).toMatchObject({ exitCode: 0 });
    const refused = await restore(other, env);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('is not empty') });
    expect((await readdir(other)).toSorted()).toEqual(['lock', 'lock-holder']);
  });
});
