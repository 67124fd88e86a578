import { text } from 'node:stream/consumers';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import type { Page } from '../../connector-kit/index.ts';
import { cancelJob, runConnection, type SourceConnection } from '../connections/index.ts';
import type { IndexChunk } from '../search/index.ts';
import type { DocumentId } from '../shared/index.ts';
import type { SyncJob } from './sync-job.ts';
import type { SyncWorker } from './sync-worker.ts';

/**
 * One test for each promise that a sync makes; docs/sync.md tells them to users in this order. The cases around each are
 * in the files beside this one.
 */
let fixture: SyncFixture;
let connection: SourceConnection;
let worker: SyncWorker;
beforeAll(async () => {
  fixture = await createSyncFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  worker = fixture.startWorker();
  connection = await fixture.connect();
  fixture.encoder.embedded.length = 0;
  fixture.encoder.breaksOn = undefined;
  fixture.source.mode = 'full';
  return () => worker.stop();
});

/** The pages of one run; each resumes after the last. */
function give(...pages: readonly Readonly<Record<string, string>>[]): void {
  givePages(...pages.map((texts, index) => textPage(texts, index + 1)));
}

function givePages(...pages: readonly Page[]): void {
  fixture.source.pages = async function* (checkpoint) {
    const from = typeof checkpoint === 'number' ? checkpoint : 0;
    yield* pages.slice(from);
  };
}

const many = (count: number, word: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n}`, `${word} ${n}`]));
const start = () => runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: false });

test('invariant 1: a chunk is named by its place and its passage, so that writing twice changes nothing', async () => {
  give({ same: 'juniper one' });
  await fixture.run(connection);
  const [first] = await chunksOf(connection);
  // As after a restored database: the row is unknown again, and everything is written once more.
  await forget(connection);
  await fixture.run(connection);
  expect((await chunksOf(connection)).map((chunk) => chunk.chunkId)).toEqual([first?.chunkId]);
  give({ same: 'juniper two' });
  await fixture.run(connection);
  const [changed, ...superseded] = await chunksOf(connection);
  expect(superseded).toEqual([]);
  expect(changed?.chunkId).not.toBe(first?.chunkId);
  const other = await fixture.connect();
  await fixture.run(other);
  expect((await chunksOf(other))[0]?.chunkId).not.toBe(changed?.chunkId);
  fixture.source.pages = async function* () {};
  await fixture.run(other);
  expect(await fixture.search('juniper')).toEqual(['juniper two']);
});

test('invariant 2: while a document changes, a reader sees the old one or the new one, never none', async () => {
  give({ a: 'magnolia version 0' });
  await fixture.run(connection);
  const seen = new Set<string>();
  let isReading = true;
  const reading = (async () => {
    while (isReading) {
      const found = await fixture.search('magnolia');
      // Both for a moment: the new text is shown before its commit, and the old one until after it.
      expect(found.length).toBeGreaterThan(0);
      seen.add(found[0] ?? '');
    }
  })();
  for (let version = 1; version <= 10; version += 1) {
    give({ a: `magnolia version ${version}` });
    await fixture.run(connection);
  }
  isReading = false;
  await reading;
  expect(seen.size).toBeGreaterThan(1);
  expect(await fixture.search('magnolia')).toEqual(['magnolia version 10']);
});

test('invariant 3: after a crash a run goes on from its last committed page', async () => {
  const asked: unknown[] = [];
  let isDown = true;
  fixture.source.pages = async function* (checkpoint, signal) {
    asked.push(checkpoint ?? null);
    for (let page = typeof checkpoint === 'number' ? checkpoint : 0; page < 5; page += 1) {
      if (page === 4 && isDown) await new Promise((_, reject) => signal.addEventListener('abort', reject));
      yield textPage({ [`p${page}`]: `baobab ${page}` }, page + 1);
    }
  };
  const { id } = await start();
  await jobWhen((job) => job.counts.inserted === 4);
  // Stopped between two pages; the next worker is another process for all that the database can tell.
  await worker.stop();
  isDown = false;
  worker = fixture.startWorker();
  expect(await fixture.waitForEnd(connection)).toMatchObject({
    id,
    status: 'completed',
    counts: { inserted: 5, kept: 0 },
  });
  expect(asked).toEqual([null, 4]);
});

test('invariant 4: what fails is recorded, tried again and fails no run, unless it is not the items that are wrong', async () => {
  fixture.encoder.breaksOn = 'poison';
  give({ good: 'elder good', bad: 'elder poison' });
  for (const tries of [1, 2]) {
    expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { failed: 1 } });
    expect(await rowOf('bad')).toMatchObject({ state: 'failed', tries, error: expect.stringContaining('it broke') });
  }
  fixture.encoder.breaksOn = undefined;
  await fixture.run(connection);
  expect(await rowOf('bad')).toMatchObject({ state: 'indexed', tries: 0, error: null });
  fixture.encoder.breaksOn = 'all';
  give(many(30, 'all'));
  expect(await fixture.run(connection)).toMatchObject({
    status: 'failed',
    error: expect.stringMatching(/30 failures/),
  });
});

test('invariant 5: only a full run without error deletes what it did not see, and never most of it unasked', async () => {
  give(many(120, 'hemlock'));
  await fixture.run(connection);
  const documents = () => documentIdsOf(connection).then((ids) => ids.length);
  fixture.source.pages = async function* () {
    yield textPage({ d0: 'hemlock 0' }, 1);
    throw new Error('cut off');
  };
  expect(await fixture.run(connection)).toMatchObject({ status: 'failed', counts: { deleted: 0 } });
  give(many(19, 'hemlock'));
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { deleted: 0 } });
  expect(await documents()).toBe(120);
  give(many(60, 'hemlock'));
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { deleted: 60 } });
  expect(await documents()).toBe(60);
  fixture.source.mode = 'incremental';
  give(many(60, 'hemlock'));
  await fixture.run(connection);
  fixture.source.pages = async function* () {};
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { deleted: 0 } });
  expect(await documents()).toBe(60);
});

test('invariant 6: one active job per connection, a lost one is taken up, a cancelled one stops the request', async () => {
  let wasAborted = false;
  let reads = 0;
  fixture.source.pages = async function* (_checkpoint, signal) {
    yield textPage({ a: 'acacia' }, 1);
    reads += 1;
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        wasAborted = true;
        reject(signal.reason);
      });
    });
  };
  const { id } = await start();
  const insert = sql`insert into sync_jobs (id, organization_id, sync_id, status, trigger)
    select gen_random_uuid(), organization_id, sync_id, 'pending', 'manual' from sync_jobs where id = ${id}`;
  await expect(insert.execute(fixture.database.system())).rejects.toThrow(/sync_jobs_one_active/);
  await jobWhen((job) => job.counts.inserted === 1);
  await sql`update sync_jobs set lease_owner = 'a worker that died', lease_expires_at = now() where id = ${id}`.execute(
    fixture.database.system(),
  );
  await expect.poll(() => wasAborted).toBe(true);
  wasAborted = false;
  await expect.poll(() => reads).toBe(2);
  const asked = Date.now();
  await cancelJob(fixture.connectionDependencies, fixture.caller, connection.id, id);
  expect(await fixture.waitForEnd(connection)).toMatchObject({ id, status: 'cancelled' });
  expect(wasAborted).toBe(true);
  expect(Date.now() - asked).toBeLessThan(5_000);
});

test('invariant 7: a source is read no further than one page ahead of what is committed', async () => {
  let given = 0;
  let furthest = 0;
  fixture.source.pages = async function* () {
    for (let page = 1; page <= 12; page += 1) {
      given = page;
      yield textPage({ [`m${page}`]: `mimosa ${page}` }, page);
    }
  };
  const { store } = fixture.dependencies;
  const { commitPage } = store;
  let committed = 0;
  Object.assign(store, {
    commitPage: async (...args: Parameters<typeof commitPage>) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      furthest = Math.max(furthest, given - committed);
      await commitPage(...args);
      committed += 1;
    },
  });
  try {
    await fixture.run(connection);
  } finally {
    Object.assign(store, { commitPage });
  }
  expect(committed).toBeGreaterThanOrEqual(12);
  expect(furthest).toBeLessThanOrEqual(2);
});

test('invariant 8: the record is kept as the source gave it, and goes when the document goes', async () => {
  give({ a: '# Cherry\n\nraw  text\n', b: 'cherry stays' });
  await fixture.run(connection);
  const key = (await rowOf('a'))?.raw_key ?? '';
  const raw = await text(await fixture.dependencies.blobs.get(key));
  expect(raw).toContain('# Cherry\n\nraw  text\n');
  give({ b: 'cherry stays' });
  await fixture.run(connection);
  await expect(fixture.dependencies.blobs.get(key).then(text)).rejects.toThrow();
});

test('invariant 9: a change of place or permissions parses and embeds nothing, and no change writes nothing', async () => {
  const page = (place: string, viewer: string): Page => {
    const { entities, checkpoint } = textPage({ a: 'laurel note' }, 1);
    const breadcrumbs = [{ entityId: place, name: place, entityType: 'FolderEntity' }];
    return {
      checkpoint,
      entities: entities.map((entity) => ({ ...entity, breadcrumbs, access: { viewers: [viewer], isPublic: false } })),
    };
  };
  givePages(page('attic', 'ann'));
  await fixture.run(connection);
  const [before] = await chunksOf(connection);
  fixture.encoder.embedded.length = 0;
  const parsed = countCalls(fixture.dependencies.extractor, 'extract');
  givePages(page('cellar', 'ann'));
  expect(await fixture.run(connection)).toMatchObject({ counts: { updated: 1 } });
  const [moved] = await chunksOf(connection);
  expect(moved).toMatchObject({ chunkId: before?.chunkId, viewers: ['ann'], breadcrumbs: [{ name: 'cellar' }] });
  givePages(page('cellar', 'ben'));
  expect(await fixture.run(connection)).toMatchObject({ counts: { updated: 1 } });
  expect((await chunksOf(connection))[0]).toMatchObject({ chunkId: before?.chunkId, viewers: ['ben'] });
  const written = countCalls(fixture.dependencies.index, 'upsert', (_ref, chunks) => chunks.length > 0);
  expect(await fixture.run(connection)).toMatchObject({ counts: { updated: 0, kept: 1 } });
  expect({ parsed: parsed.restore(), written: written.restore() }).toEqual({ parsed: 0, written: 0 });
  expect(fixture.encoder.embedded).toEqual([]);
});

test('invariant 10: what is superseded is written down with the commit, hidden at once and dropped after a crash', async () => {
  give({ a: 'cypress old' });
  await fixture.run(connection);
  const { index } = fixture.dependencies;
  const { drop } = index;
  Object.assign(index, { drop: () => Promise.reject(new Error('died before the drop')) });
  give({ a: 'cypress new' });
  expect(await fixture.run(connection)).toMatchObject({ status: 'failed' });
  Object.assign(index, { drop });
  expect(await fixture.search('cypress')).toEqual(['cypress new']);
  expect(await chunksOf(connection)).toHaveLength(2);
  await fixture.run(connection);
  expect(await chunksOf(connection)).toHaveLength(1);
});

test('invariant 11: a job that no wake-up announced, and that has waited for a year, is run', async () => {
  give({ a: 'tamarisk' });
  await worker.stop();
  const { id } = await start();
  await sql`update sync_jobs set created_at = now() - interval '1 year' where id = ${id}`.execute(
    fixture.database.system(),
  );
  // Nobody calls its wake(): it looks by itself.
  worker = fixture.startWorker();
  expect(await fixture.waitForEnd(connection)).toMatchObject({ id, status: 'completed', counts: { inserted: 1 } });
});

async function jobWhen(isSo: (job: SyncJob) => boolean): Promise<void> {
  await expect
    .poll(async () => {
      const [job] = await fixture.connectionDependencies.connections.listJobs(fixture.caller.scope, connection.id, 1);
      return job !== undefined && isSo(job);
    })
    .toBe(true);
}

function rowOf(entityId: string) {
  return fixture.database
    .system()
    .selectFrom('documents')
    .selectAll()
    .where('source_connection_id', '=', connection.id)
    .where('entity_id', '=', entityId)
    .executeTakeFirst();
}

async function documentIdsOf(of: SourceConnection): Promise<readonly DocumentId[]> {
  const { rows } = await sql<{ id: DocumentId }>`
    select id from documents where source_connection_id = ${of.id}`.execute(fixture.database.system());
  return rows.map((row) => row.id);
}

async function chunksOf(of: SourceConnection): Promise<readonly IndexChunk[]> {
  const ref = { scope: fixture.caller.scope, collectionId: fixture.collection.id, generation: 1 };
  return fixture.dependencies.index.readDocuments(ref, await documentIdsOf(of));
}

async function forget(of: SourceConnection): Promise<void> {
  await sql`update documents set entity_hash = null, content_hash = null, version = 0
    where source_connection_id = ${of.id}`.execute(fixture.database.system());
}

/** Counts the calls of a method until `restore`, which gives their number. */
function countCalls<T extends object, K extends keyof T>(
  target: T,
  name: K,
  isCounted: (...args: T[K] extends (...args: infer A) => unknown ? A : never) => boolean = () => true,
): { readonly restore: () => number } {
  const method = target[name] as (...args: unknown[]) => unknown;
  let count = 0;
  Object.assign(target, {
    [name]: (...args: Parameters<typeof isCounted>) => {
      if (isCounted(...args)) count += 1;
      return method.apply(target, args);
    },
  });
  return {
    restore: () => {
      Object.assign(target, { [name]: method });
      return count;
    },
  };
}
