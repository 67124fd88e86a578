import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { runConnection, type SourceConnection } from '../connections/index.ts';
import type { Encoder } from '../search/index.ts';
import { AppError } from '../shared/index.ts';
import { RunProgress } from './run-progress.ts';
import { runSync, toOutcome } from './run-sync.ts';
import { RunParkedError } from './source-waits.ts';

let fixture: SyncFixture;
let connection: SourceConnection;
const signal = new AbortController().signal;

beforeEach(async () => {
  fixture = await createSyncFixture();
  connection = await fixture.connect();
  fixture.source.pages = async function* () {
    yield textPage({ a: 'hazel one', b: 'hazel two' }, 1);
  };
});
afterEach(() => fixture.close());

/** How one run with another encoder than the fixture's ends. */
async function runWith(encoder: Encoder) {
  await runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: true });
  const job = await fixture.dependencies.store.claimJob({ owner: 'one', leaseMs: 30_000, lane: 'any' });
  if (job === undefined) throw new Error('there is nothing to claim');
  const progress = new RunProgress(job.before);
  const error = await runSync({ ...fixture.dependencies, encoder }, job, signal, progress).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  return { job, error, counts: progress.counts };
}

const failing = (error: Error): Encoder => ({ ...fixture.encoder, embedDocuments: () => Promise.reject(error) });

test('a run whose embedding model is down for a while is parked until then, with what is wrong', async () => {
  const before = Date.now();
  const down = new AppError('unavailable', 'The embedding model is over its limit.', { retryAfterMs: 90_000 });
  const { error, counts } = await runWith(failing(down));
  expect(error).toBeInstanceOf(RunParkedError);
  expect(error).toMatchObject({ message: 'The embedding model is over its limit.' });
  expect((error as RunParkedError).resumeAt.getTime()).toBeGreaterThanOrEqual(before + 90_000);
  expect(counts).toMatchObject({ inserted: 0, failed: 0 });
});

test('a run whose embedding model needs a person fails with what to do', async () => {
  const { error } = await runWith(failing(new AppError('unavailable', 'Check EMBEDDING_API_KEY.')));
  expect(toOutcome(error)).toEqual({ status: 'failed', error: 'Check EMBEDDING_API_KEY.' });
});

test('a run waits for a model that has not said its dimensions: what it would write may be the index’s own', async () => {
  const { error } = await runWith({ ...fixture.encoder, name: 'counting@?', dimensions: 0 });
  expect(error).toBeInstanceOf(RunParkedError);
  expect(fixture.encoder.embedded).toEqual([]);
});

test('a run beside vectors of another model writes none', async () => {
  const other = { ...fixture.encoder, name: 'other', dimensions: 8 };
  const { job, error, counts } = await runWith(other);
  expect([error, counts.inserted]).toEqual([undefined, 2]);
  expect(fixture.encoder.embedded).toEqual([]);
  const documents = await fixture.database.system().selectFrom('documents').select('id').execute();
  const rows = await fixture.dependencies.index.readDocuments(
    job.index,
    documents.map(({ id }) => id as never),
  );
  expect(rows.map(({ vector }) => vector)).toEqual([null, null]);
});
