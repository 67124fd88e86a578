import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../../test/test-database.ts';
import type { IndexRef, SearchIndex } from '../../../core/search/search-index.ts';
import { DocumentId, newId, silentLogger } from '../../../core/shared/index.ts';
import { SharedLocks } from '../../postgres/shared-locks.ts';
import { axis, chunk, dimensions, idsOf, newRef } from '../search-index.fixtures.ts';
import { openLanceDbIndex } from './lancedb-index.ts';

let database: TestDatabase;
let directory: string;
let locks: SharedLocks;
const opened: SearchIndex[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(path.join(tmpdir(), 'weft-index-'));
  locks = new SharedLocks(database.connection, silentLogger);
});
afterAll(async () => {
  for (const index of opened) await index.close();
  await locks.close();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function open(): Promise<SearchIndex> {
  const index = await openLanceDbIndex({
    directory,
    logger: silentLogger,
    lock: (name, work) => locks.run(name, work),
  });
  opened.push(index);
  return index;
}

/** A process that rewrites documents; `onRound` hears of each version that is in place. */
async function rewrite(
  ref: IndexRef,
  rounds: number,
  documents: readonly string[],
  onRound: (version: number) => void,
): Promise<number | null> {
  const fixture = fileURLToPath(new URL('__fixtures__/replace-documents.ts', import.meta.url));
  const { organizationId } = ref.scope;
  const argv = [directory, database.url, organizationId, ref.collectionId, String(rounds), ...documents];
  const child = fork(fixture, argv, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (child.stdout === null) throw new Error('the child has no output');
  const exit = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) onRound(Number(line));
  await exit;
  return child.exitCode;
}

it('two processes write to one table: a third sees each of their writes, all of them, none twice', {
  timeout: 120_000,
}, async () => {
  const ref = newRef();
  const index = await open();
  await index.create(ref, { dimensions });
  const rounds = 60;
  const groups = [0, 1].map(() => Array.from({ length: 25 }, () => newId(DocumentId)));
  const inPlace = [0, 0];
  let isDone = false;
  const writers = Promise.all(
    groups.map((documents, i) =>
      rewrite(ref, rounds, documents, (version) => {
        inPlace[i] = version;
      }),
    ),
  ).finally(() => {
    isDone = true;
  });
  let looks = 0;
  while (!isDone) {
    const before = [...inPlace];
    const hits = (await index.retrieve(ref, { text: 'common', limit: 1_000 })).keyword ?? [];
    const newest = new Map<string, number>();
    for (const { documentId, version } of hits) {
      newest.set(documentId, Math.max(version, newest.get(documentId) ?? 0));
    }
    expect(new Set(idsOf(hits)).size).toBe(hits.length);
    for (const [i, documents] of groups.entries()) {
      if ((before[i] ?? 0) === 0) continue;
      // What was acknowledged before the search began is seen, and a document is never missing.
      for (const id of documents) expect(newest.get(id) ?? 0).toBeGreaterThanOrEqual(before[i] ?? 0);
    }
    looks += 1;
  }
  expect(await writers).toEqual([0, 0]);
  expect(looks).toBeGreaterThan(10);
  expect(await index.count(ref)).toBe(50);
  const rows = await index.readDocuments(ref, groups.flat());
  expect(rows.map(({ version }) => version)).toEqual(Array.from({ length: 50 }, () => rounds));
});

it('a table that another process removed and made anew is found as it is now', async () => {
  const [one, two] = [await open(), await open()];
  const ref = newRef();
  await one.create(ref, { dimensions });
  await one.upsert(ref, [chunk({ text: 'first', vector: axis(0) })]);
  expect(await two.count(ref)).toBe(1);
  await one.dropCollection(ref);
  expect(await two.count(ref)).toBe(0);
  expect(await two.retrieve(ref, { text: 'first', limit: 5 })).toEqual({ keyword: [] });
  await one.create(ref, { dimensions });
  await one.upsert(ref, [chunk({ text: 'second' }), chunk({ text: 'second again' })]);
  expect(await two.count(ref)).toBe(2);
  await Promise.all([one.dropCollection(ref), two.dropCollection(ref)]);
  expect(await one.count(ref)).toBe(0);
});

it('a table is made once when processes make it at the same time', async () => {
  const indexes = await Promise.all([1, 2, 3].map(() => open()));
  for (let round = 0; round < 5; round += 1) {
    const ref = newRef();
    await Promise.all(indexes.map((index) => index.create(ref, { dimensions })));
    await Promise.all(indexes.map((index, i) => index.upsert(ref, [chunk({ text: `row ${i}` })])));
    for (const index of indexes) expect(await index.count(ref)).toBe(3);
  }
});
