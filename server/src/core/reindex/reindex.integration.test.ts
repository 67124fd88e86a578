import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { createReindexStore } from '../../adapters/postgres/reindex-store.ts';
import { PostgresSearchStore } from '../../adapters/postgres/search-store.ts';
import { runConnection, type SourceConnection } from '../connections/index.ts';
import { pushDocuments } from '../documents/index.ts';
import { type Encoder, type SearchAnswer, type SearchIndex, SearchQuery, searchCollection } from '../search/index.ts';
import { AppError, silentLogger } from '../shared/index.ts';
import { RunProgress } from '../sync/index.ts';
import { runSync } from '../sync/run-sync.ts';
import { cancelReindex, getReindex, startReindex } from './reindexes.ts';
import { runNextReindex, sweepReindexes } from './run-next-reindex.ts';
import type { ReindexDependencies } from './run-reindex.ts';

let fixture: SyncFixture;
let connection: SourceConnection;
let deps: ReindexDependencies;
/** How often the source was asked for pages. */
let asked: number;
const signal = new AbortController().signal;

beforeEach(async () => {
  fixture = await createSyncFixture();
  connection = await fixture.connect();
  const { index, encoder, extractor, blobs, spool, limits } = fixture.dependencies;
  deps = {
    ...{ index, extractor, blobs, spool, limits, logger: silentLogger },
    ...(encoder === undefined ? {} : { encoder }),
    reindexes: createReindexStore(fixture.database),
    emptyDimensions: 384,
  };
  asked = 0;
});
afterEach(() => fixture.close());

const access = () => ({ collections: fixture.connectionDependencies.collections, reindexes: deps.reindexes });
const start = () => startReindex(access(), fixture.caller, fixture.collection.readableId);
const latest = () => getReindex(access(), fixture.caller, fixture.collection.readableId);
const runNext = (changes: Partial<ReindexDependencies> = {}, stop = signal) =>
  runNextReindex({ ...deps, ...changes }, { owner: 'test', signal: stop, renewEveryMs: 20 });

/** The documents in the source. */
function give(texts: Record<string, string>): void {
  fixture.source.pages = async function* () {
    asked += 1;
    yield textPage(texts, 1);
  };
}

async function sync(texts: Record<string, string>): Promise<void> {
  give(texts);
  const worker = fixture.startWorker();
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed' });
  await worker.stop();
}

/** As a client searches: in what is current at the moment. */
async function search(text: string, encoder: Encoder | undefined = fixture.encoder): Promise<SearchAnswer> {
  const store = new PostgresSearchStore(fixture.database);
  const collection = await store.findCollection(fixture.caller.scope, fixture.collection.readableId);
  if (collection === undefined) throw new Error('the collection is gone');
  return searchCollection(
    { index: deps.index, store, ...(encoder === undefined ? {} : { encoder }) },
    fixture.caller.scope,
    {
      ...{ collection, query: SearchQuery.parse(text), strategy: 'hybrid' as const },
      ...{ limit: 50, offset: 0, groupBy: 'chunk' as const },
    },
    signal,
  );
}
const textsOf = ({ results }: SearchAnswer) => results.map((hit) => hit.chunk.text).toSorted();

async function currentRef() {
  const store = new PostgresSearchStore(fixture.database);
  const collection = await store.findCollection(fixture.caller.scope, fixture.collection.readableId);
  return { scope: fixture.caller.scope, collectionId: fixture.collection.id, generation: collection?.generation ?? 0 };
}

/** Another model, of another width. */
function otherEncoder(): Encoder & { embedded: number } {
  const vector = (text: string) => Float32Array.from({ length: 8 }, (_, i) => (i === text.length % 8 ? 1 : 0));
  const encoder = {
    name: 'other',
    dimensions: 8,
    maxTokens: 256,
    embedded: 0,
    embedQuery: async (text: string) => vector(text),
    embedDocuments: async (texts: readonly string[]) => {
      encoder.embedded += texts.length;
      return texts.map(vector);
    },
    close: async () => undefined,
  };
  return encoder;
}

/** The same index, with something done before each write to a generation above the first. */
function withBeforeWrite(beforeWrite: (rows: number) => Promise<void>): SearchIndex {
  return new Proxy(deps.index, {
    get(target, name) {
      if (name === 'upsert') {
        return async (...args: Parameters<SearchIndex['upsert']>) => {
          await beforeWrite(args[1].length);
          await target.upsert(...args);
        };
      }
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    await work();
  };
}

function push(id: string, text: string) {
  const input = [{ id, name: id, text, metadata: {} }];
  return pushDocuments(fixture.pushDependencies, fixture.caller, fixture.collection.readableId, input, {
    wait: false,
    signal,
  });
}

async function documentRows() {
  return fixture.database.system().selectFrom('documents').selectAll().orderBy('entity_id').execute();
}

describe('a reindex', () => {
  test('builds the index anew from the raw records, asks no source, and the next sync finds everything unchanged', async () => {
    await sync({ a: 'hazel one', b: 'hazel two' });
    const askedBefore = asked;
    await start();
    expect(await runNext()).toBe(true);
    expect(asked).toBe(askedBefore);
    expect(await latest()).toMatchObject({
      status: 'completed',
      documentsTotal: 2,
      documentsDone: 2,
      documentsFailed: 0,
    });
    expect((await currentRef()).generation).toBe(2);
    expect(textsOf(await search('hazel'))).toEqual(['hazel one', 'hazel two']);
    const embedded = fixture.encoder.embedded.length;
    fixture.startWorker();
    expect(await fixture.run(connection)).toMatchObject({ counts: { kept: 2, updated: 0, inserted: 0 } });
    expect(fixture.encoder.embedded.length).toBe(embedded);
  });

  test('repairs a changed encoder: until then words answer alone, afterwards both arms, and nothing is embedded twice', async () => {
    await sync({ a: 'hazel one', b: 'hazel two' });
    const encoder = otherEncoder();
    expect(await search('hazel', encoder)).toMatchObject({ strategy: 'keyword' });
    await start();
    await runNext({ encoder });
    expect(await search('hazel', encoder)).toMatchObject({ strategy: 'hybrid' });
    expect(encoder.embedded).toBe(2);
    const rows = await deps.index.readDocuments(
      await currentRef(),
      (await documentRows()).map((row) => row.id as never),
    );
    expect(rows.map((row) => row.vector?.length)).toEqual([8, 8]);
    const changed = await createSyncRun({ encoder });
    expect(changed).toEqual({ kept: 2, inserted: 0, updated: 0, deleted: 0, failed: 0 });
    expect(encoder.embedded).toBe(2);
  });

  test('waits for an embedding model that is down, however often, and goes on when it is back', async () => {
    await sync({ a: 'hazel one', b: 'hazel two' });
    const encoder = otherEncoder();
    const down = {
      ...encoder,
      embedDocuments: () => Promise.reject(new AppError('unavailable', 'It is down.', { retryAfterMs: 1 })),
    };
    const unknown = { ...encoder, name: 'other@?', dimensions: 0 };
    await start();
    for (const tries of [1, 2, 3, 4, 5, 6]) {
      await fixture.database.system().updateTable('reindexes').set({ lease_expires_at: null }).execute();
      expect(await runNext({ encoder: tries % 2 === 0 ? down : unknown })).toBe(true);
    }
    expect(await latest()).toMatchObject({ status: 'running', error: null });
    expect(await search('hazel')).toMatchObject({ strategy: 'hybrid' });
    await fixture.database.system().updateTable('reindexes').set({ lease_expires_at: null }).execute();
    await runNext({ encoder });
    expect(await latest()).toMatchObject({ status: 'completed' });
    expect(await search('hazel', encoder)).toMatchObject({ strategy: 'hybrid' });
  });

  test('reads a file from its bytes as the file that it was', async () => {
    const html = '<html><body><h1>Trees</h1><p>hazel in a file</p></body></html>';
    let opened = 0;
    fixture.source.pages = async function* () {
      const open = async () => {
        opened += 1;
        return Readable.from([Buffer.from(html)]);
      };
      const entity = {
        id: 'f',
        type: 'NoteEntity',
        name: 'Trees',
        breadcrumbs: [],
        fields: { n: 1.5 },
        revision: 'r1',
      };
      yield { checkpoint: 1, entities: [{ ...entity, updatedAt: new Date(5), file: { name: 'trees.html', open } }] };
    };
    const encoder = otherEncoder();
    const worker = fixture.startWorker();
    expect(await fixture.run(connection)).toMatchObject({ status: 'completed' });
    await worker.stop();
    const before = textsOf(await search('hazel'));
    expect(before.join()).not.toContain('<');
    await start();
    await runNext({ encoder });
    expect(textsOf(await search('hazel', encoder))).toEqual(before);
    // The mark of the source is still good: not even the content is asked for again.
    expect(await createSyncRun({ encoder })).toMatchObject({ kept: 1, updated: 0 });
    expect(opened).toBe(1);
  });

  test('finds a document without text by its name again', async () => {
    await sync({ a: '' });
    await start();
    await runNext();
    expect(await latest()).toMatchObject({ status: 'completed', documentsFailed: 0 });
    expect((await search('Note')).results.length).toBe(1);
  });

  test('leaves the old generation to searches that began with it, and removes it after a while', async () => {
    await sync({ a: 'hazel one' });
    const old = await currentRef();
    await start();
    await runNext();
    await sweepReindexes(deps, { now: new Date(), signal });
    expect(await deps.index.count(old)).toBe(1);
    await sweepReindexes(deps, { now: new Date(Date.now() + 1_000), signal, graceMs: 0 });
    expect(await deps.index.count(old)).toBe(0);
    expect(textsOf(await search('hazel'))).toEqual(['hazel one']);
  });

  test('takes along what is pushed, changed and deleted while it runs, and searches read the old index meanwhile', async () => {
    await sync({ a: 'hazel one', b: 'hazel two', c: 'hazel three' });
    let during: readonly string[] = [];
    const index = withBeforeWrite(
      once(async () => {
        await push('p', 'hazel pushed');
        give({ a: 'hazel one', b: 'hazel changed' });
        const worker = fixture.startWorker();
        await fixture.run(connection, { forceFull: true });
        await worker.stop();
        during = textsOf(await search('hazel'));
      }),
    );
    await start();
    await runNext({ index });
    const expected = ['hazel changed', 'hazel one', 'hazel pushed'];
    expect(during.length).toBeGreaterThan(0);
    const pushed = fixture.startWorker();
    await expect.poll(async () => textsOf(await search('hazel')), { timeout: 20_000 }).toEqual(expected);
    await pushed.stop();
    expect(await deps.index.count(await currentRef())).toBe(3);
  });

  test('a sync that runs over the swap writes to the new index, from its last committed page', async () => {
    await sync({ a: 'hazel one' });
    await runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: true });
    const began: unknown[] = [];
    const atSecondPage = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    fixture.source.pages = async function* (checkpoint) {
      began.push(checkpoint ?? null);
      if (checkpoint === undefined || checkpoint === null) yield textPage({ a: 'hazel one' }, 1);
      yield textPage({ b: 'hazel two' }, 2);
      atSecondPage.resolve();
      await goOn.promise;
      yield textPage({ c: 'hazel three' }, 3);
    };
    fixture.startWorker();
    await atSecondPage.promise;
    await start();
    await runNext();
    await sweepReindexes(deps, { now: new Date(Date.now() + 1_000), signal, graceMs: 0 });
    goOn.resolve();
    const job = await fixture.waitForEnd(connection);
    expect(job).toMatchObject({ status: 'completed', attempts: 2 });
    expect(textsOf(await search('hazel'))).toEqual(['hazel one', 'hazel three', 'hazel two']);
    expect(began.length).toBe(2);
    expect(began[1]).not.toBeNull();
    expect(await deps.index.count(await currentRef())).toBe(3);
  });

  test('a page that was prepared for the old index cannot be committed after the swap', async () => {
    await sync({ a: 'hazel one' });
    give({ a: 'hazel one', b: 'hazel two' });
    await runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: true });
    const job = await fixture.dependencies.store.claimJob({ owner: 'one', leaseMs: 30_000, lane: 'any' });
    if (job === undefined) throw new Error('there is nothing to claim');
    await start();
    await runNext();
    await expect(runSync(fixture.dependencies, job, signal, new RunProgress())).rejects.toThrow('replaced');
    expect(textsOf(await search('hazel'))).toEqual(['hazel one']);
  });

  test('goes on after a stop with what it had written, and reads no document twice', async () => {
    const texts = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`d${i}`, `hazel number ${i}`]));
    await sync(texts);
    await start();
    const stop = new AbortController();
    const writes: number[] = [];
    const index = withBeforeWrite(async (rows) => {
      writes.push(rows);
      if (writes.length === 2) stop.abort(new Error('stopping'));
    });
    const before = fixture.encoder.embedded.length;
    await runNext({ index }, stop.signal);
    expect(await latest()).toMatchObject({ status: 'running', documentsDone: 64 });
    expect(await runNext({ index })).toBe(true);
    expect(await latest()).toMatchObject({ status: 'completed', documentsDone: 70 });
    expect(writes).toEqual([32, 32, 6]);
    // The old index has the vectors of the same passages.
    expect(fixture.encoder.embedded.length - before).toBe(0);
    expect((await search('hazel')).results.length).toBe(50);
    expect(await deps.index.count(await currentRef())).toBe(70);
  });

  test('starts over in another generation when the encoder changed in between, or the rows are gone', async () => {
    await sync({ a: 'hazel one', b: 'hazel two' });
    await start();
    const index = withBeforeWrite(async () => {
      throw new Error('the disk broke');
    });
    await runNext({ index });
    expect(await latest()).toMatchObject({ status: 'running', error: 'the disk broke', generation: 2 });
    await deps.reindexes.releaseAllLeases();
    await runNext({ encoder: otherEncoder() });
    expect(await latest()).toMatchObject({ status: 'completed', error: null, generation: 3 });
    expect(await deps.index.count(await currentRef())).toBe(2);
  });

  test('fails after five attempts that broke off, and the old index stays', async () => {
    await sync({ a: 'hazel one' });
    await start();
    const index = withBeforeWrite(async () => {
      throw new Error('the disk broke');
    });
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await runNext({ index });
      await deps.reindexes.releaseAllLeases();
    }
    expect(await latest()).toMatchObject({ status: 'failed', error: 'the disk broke' });
    expect(textsOf(await search('hazel'))).toEqual(['hazel one']);
  });

  test('keeps what was indexed of a document whose record is missing, and says so', async () => {
    await sync({ a: 'hazel one', b: 'hazel two' });
    const [row] = await documentRows();
    await fixture.dependencies.blobs.delete(row?.raw_key ?? '');
    await start();
    await runNext();
    expect(await latest()).toMatchObject({ status: 'completed', documentsFailed: 1 });
    expect(textsOf(await search('hazel'))).toEqual(['hazel one', 'hazel two']);
    const [failed, good] = await documentRows();
    expect(failed).toMatchObject({ state: 'failed', entity_hash: null });
    expect(failed?.error).toContain('Its record is missing.');
    expect(good).toMatchObject({ state: 'indexed', error: null });
    await sync({ a: 'hazel one', b: 'hazel two' });
    expect((await documentRows()).map(({ state }) => state)).toEqual(['indexed', 'indexed']);
  });

  test('ends when it is cancelled while it runs, and what it wrote is removed', async () => {
    await sync({ a: 'hazel one' });
    await start();
    const index = withBeforeWrite(async () => {
      await cancelReindex(access(), fixture.caller, fixture.collection.readableId);
    });
    await runNext({ index });
    expect(await latest()).toMatchObject({ status: 'cancelled', swappedAt: null });
    await sweepReindexes(deps, { now: new Date(Date.now() + 1_000), signal, graceMs: 0 });
    const { scope, collectionId } = await currentRef();
    expect(await deps.index.count({ scope, collectionId, generation: 2 })).toBe(0);
    expect(textsOf(await search('hazel'))).toEqual(['hazel one']);
    await start();
    await runNext();
    expect(await latest()).toMatchObject({ status: 'completed', generation: 3 });
  });

  test('ends when its collection is deleted', async () => {
    await sync({ a: 'hazel one' });
    await start();
    await sql`update collections set deleted_at = now()`.execute(fixture.database.system());
    expect(await runNext()).toBe(false);
    const { rows } = await sql<{ status: string }>`select status from reindexes`.execute(fixture.database.system());
    expect(rows).toEqual([{ status: 'cancelled' }]);
  });

  test('is refused while one is under way', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'conflict' });
    await cancelReindex(access(), fixture.caller, fixture.collection.readableId);
    await expect(cancelReindex(access(), fixture.caller, fixture.collection.readableId)).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

describe('a sync into an index of another encoder', () => {
  test('writes no vectors, so that two encoders never meet in one index', async () => {
    const encoder = otherEncoder();
    give({ a: 'hazel one' });
    await createSyncRun({ encoder });
    expect(encoder.embedded).toBe(0);
    const [row] = await deps.index.readDocuments(
      await currentRef(),
      (await documentRows()).map((one) => one.id as never),
    );
    expect(row?.vector).toBeNull();
    expect(textsOf(await search('hazel', encoder))).toEqual(['hazel one']);
  });
});

/** One run with other dependencies than the fixture's. */
async function createSyncRun(changes: { readonly encoder: Encoder }) {
  await runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: true });
  const job = await fixture.dependencies.store.claimJob({ owner: 'one', leaseMs: 30_000, lane: 'any' });
  if (job === undefined) throw new Error('there is nothing to claim');
  const progress = new RunProgress(job.before);
  await runSync({ ...fixture.dependencies, ...changes }, job, signal, progress);
  await fixture.dependencies.store.finishJob(job, { status: 'completed' });
  return progress.counts;
}
