import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { SourceError } from '../../connector-kit/index.ts';
import { cancelJob, runConnection, type SourceConnection } from '../connections/index.ts';
import { SyncJobId } from '../shared/index.ts';
import type { SyncJob } from './sync-job.ts';

let fixture: SyncFixture;
let connection: SourceConnection;
beforeAll(async () => {
  fixture = await createSyncFixture();
  fixture.startWorker();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  connection = await fixture.connect();
  fixture.source.mode = 'full';
});

const atItsLimit = (retryAfterMs: number) =>
  new SourceError('rate_limited', 'slow down', { status: 429, retryAfterMs });
const outOfOrder = () => new SourceError('source', 'answered 503', { status: 503 });

/** Two pages; before the second, one error for each time it is asked, in order. */
function failBeforeSecondPage(errors: Error[]): { readonly began: unknown[] } {
  const began: unknown[] = [];
  fixture.source.pages = async function* (checkpoint) {
    began.push(checkpoint ?? null);
    if (checkpoint === undefined) yield textPage({ w1: 'willow one' }, 1);
    const error = errors.shift();
    if (error !== undefined) throw error;
    yield textPage({ w2: 'willow two' }, 2);
  };
  return { began };
}

async function currentJob(): Promise<SyncJob | undefined> {
  const [job] = await fixture.connectionDependencies.connections.listJobs(fixture.caller.scope, connection.id, 1);
  return job;
}

async function waitUntil(isSo: (job: SyncJob | undefined) => boolean): Promise<SyncJob | undefined> {
  for (;;) {
    const job = await currentJob();
    if (isSo(job)) return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const start = () => runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: false });

test('a source at its limit is asked again behind the last page, and the job says that it waits', async () => {
  const { began } = failBeforeSecondPage([atItsLimit(100), outOfOrder()]);
  await start();
  expect((await waitUntil((job) => job?.waitingFor != null))?.waitingFor).toMatch(
    /at its limit; asking again in \d+ s/,
  );
  const job = await fixture.waitForEnd(connection);
  expect(job).toMatchObject({ status: 'completed', waitingFor: null, counts: { inserted: 2, deleted: 0 } });
  expect(began).toEqual([null, 1, 1]);
});

test('an answer that asking again would not change fails the run at once', async () => {
  failBeforeSecondPage([new SourceError('source', 'answered 404', { status: 404 })]);
  expect(await fixture.run(connection)).toMatchObject({ status: 'failed', error: 'answered 404' });
});

test('a source that stays out of order fails the run in the end, and what was committed stays', async () => {
  const { began } = failBeforeSecondPage(Array.from({ length: 20 }, outOfOrder));
  expect(await fixture.run(connection)).toMatchObject({
    status: 'failed',
    error: 'answered 503',
    counts: { inserted: 1 },
  });
  expect(began).toHaveLength(5);
}, 30_000);

test('a limit met while a file is fetched is waited for, and fails no document', async () => {
  let calls = 0;
  fixture.source.pages = async function* () {
    const { entities, checkpoint } = textPage({ f: 'x' }, 1);
    const open = async () => {
      calls += 1;
      if (calls === 1) throw atItsLimit(50);
      return Readable.from([Buffer.from('sycamore file')]);
    };
    yield {
      checkpoint,
      entities: entities.map(({ text: _, ...entity }) => ({ ...entity, file: { name: 'a.txt', open } })),
    };
  };
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { inserted: 1, failed: 0 } });
  expect(calls).toBe(2);
});

test('a long pause holds no worker: other syncs run meanwhile, and the job goes on from its last page', async () => {
  const parked = connection;
  const { began } = failBeforeSecondPage([atItsLimit(3_600_000)]);
  await start();
  const waiting = await waitUntil((job) => job?.waitingFor != null);
  expect(waiting).toMatchObject({ status: 'running', counts: { inserted: 1 } });
  connection = await fixture.connect();
  // The only lane is free for it.
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed' });
  connection = parked;
  expect(await currentJob()).toMatchObject({ id: waiting?.id, status: 'running' });
  await fixture.database
    .system()
    .updateTable('sync_jobs')
    .set({ resume_at: new Date(Date.now() - 1_000) })
    .where('id', '=', waiting?.id ?? '')
    .execute();
  expect(await fixture.waitForEnd(parked)).toMatchObject({
    id: waiting?.id,
    status: 'completed',
    counts: { inserted: 2 },
  });
  expect(began).toEqual([null, null, 1]);
});

test('a job that waits for its source is cancelled within seconds, parked or not', async () => {
  for (const pauseMs of [20_000, 3_600_000]) {
    failBeforeSecondPage([atItsLimit(pauseMs)]);
    await start();
    const job = await waitUntil((found) => found?.waitingFor != null);
    const asked = Date.now();
    await cancelJob(fixture.connectionDependencies, fixture.caller, connection.id, SyncJobId.parse(job?.id));
    expect(await fixture.waitForEnd(connection)).toMatchObject({ status: 'cancelled' });
    expect(Date.now() - asked).toBeLessThan(5_000);
  }
});

test('what a failed run had indexed and not committed is removed by the next run', async () => {
  const { store } = fixture.dependencies;
  const commitPage = store.commitPage;
  fixture.source.pages = async function* () {
    yield textPage({ phantom: 'phantom larch' }, 1);
  };
  Object.assign(store, {
    commitPage: async () => {
      throw new SourceError('source', 'the database said no');
    },
  });
  const failed = await fixture.run(connection);
  Object.assign(store, { commitPage });
  expect(failed.status).toBe('failed');
  const ref = { scope: fixture.caller.scope, collectionId: fixture.collection.id, generation: 1 };
  const left = () => fixture.dependencies.index.listDocumentIds(ref, { syncJobId: failed.id });
  expect(await left()).toHaveLength(1);
  fixture.source.pages = async function* () {
    yield textPage({ other: 'other larch' }, 1);
  };
  await fixture.run(connection);
  expect(await left()).toEqual([]);
  expect(await fixture.search('larch')).toEqual(['other larch']);
});

test('what a failed run was about to change is shown as the source has it after the next run', async () => {
  const give = (text: string) => {
    fixture.source.pages = async function* () {
      yield textPage({ c: text }, 1);
    };
  };
  give('committed cedar');
  await fixture.run(connection);
  const { store } = fixture.dependencies;
  const { commitPage } = store;
  Object.assign(store, { commitPage: () => Promise.reject(new SourceError('source', 'the database said no')) });
  give('uncommitted cedar');
  await fixture.run(connection);
  Object.assign(store, { commitPage });
  // The source took its change back: to the database nothing has changed since.
  give('committed cedar');
  await fixture.run(connection);
  expect(await fixture.search('cedar')).toEqual(['committed cedar']);
});

test('a database that goes away under a run fails nothing: the run goes on from its last page', async () => {
  const { store } = fixture.dependencies;
  const { commitPage } = store;
  const { began } = failBeforeSecondPage([]);
  let commits = 0;
  Object.assign(store, {
    commitPage: (...page: Parameters<typeof commitPage>) => {
      commits += 1;
      const gone = Object.assign(new Error('terminating connection'), { code: '57P01' });
      return commits === 2 ? Promise.reject(gone) : commitPage(...page);
    },
  });
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { inserted: 2 } });
  Object.assign(store, { commitPage });
  expect(began).toEqual([null, 1]);
});
