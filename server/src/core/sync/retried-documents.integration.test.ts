import { afterEach, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { listDocuments, setExcluded } from '../documents/index.ts';

let fixture: SyncFixture;
afterEach(() => fixture?.close());

const list = () =>
  listDocuments(fixture.pushDependencies, fixture.caller, fixture.collection.readableId, {
    ...{ state: null, sourceConnectionId: null, search: null, skip: 0, limit: 10 },
  });

/** Everything at first, and what is new from then on: nothing. */
async function connectIncremental() {
  fixture = await createSyncFixture();
  fixture.startWorker();
  fixture.source.mode = 'incremental';
  fixture.source.pages = async function* (checkpoint) {
    yield checkpoint === undefined ? textPage({ d1: 'one osprey' }, 1) : textPage({}, 2);
  };
  const connection = await fixture.connect();
  await fixture.run(connection);
  return connection;
}
const exclude = async (isExcluded: boolean) => {
  const [document] = await list();
  await setExcluded(
    fixture.pushDependencies,
    fixture.caller,
    fixture.collection.readableId,
    document?.id ?? '',
    isExcluded,
  );
};

test('an excluded document is not found while a run that has read it already commits it', async () => {
  const connection = await connectIncremental();
  const { promise, resolve } = Promise.withResolvers<void>();
  const { promise: reading, resolve: isReading } = Promise.withResolvers<void>();
  fixture.source.pages = async function* () {
    isReading();
    yield textPage({ d1: 'one osprey, changed' }, 3);
    await promise;
  };
  const run = fixture.run(connection);
  await reading;
  await exclude(true);
  resolve();
  expect((await run).status).toBe('completed');
  expect(await fixture.search('osprey')).toEqual([]);
  expect(await list()).toMatchObject([{ state: 'excluded' }]);
});

test('a document that lies behind the cursor is indexed by the next run after it is included again', async () => {
  const connection = await connectIncremental();
  await exclude(true);
  await fixture.run(connection);
  expect(await fixture.search('osprey')).toEqual([]);
  await exclude(false);
  expect(await list()).toMatchObject([{ state: 'pending' }]);
  await fixture.run(connection);
  expect(await fixture.search('osprey')).toEqual(['one osprey']);
  expect(await list()).toMatchObject([{ state: 'indexed', chunkCount: 1 }]);
});

test('a failed document that lies behind the cursor is tried again when a run is asked to read everything', async () => {
  fixture = await createSyncFixture();
  fixture.startWorker();
  fixture.source.mode = 'incremental';
  fixture.encoder.breaksOn = 'osprey';
  fixture.source.pages = async function* (checkpoint) {
    yield checkpoint === undefined ? textPage({ d1: 'one osprey' }, 1) : textPage({}, 2);
  };
  const connection = await fixture.connect();
  await fixture.run(connection);
  expect(await list()).toMatchObject([{ state: 'failed', errorBlame: 'weft', tries: 1 }]);
  fixture.encoder.breaksOn = undefined;
  await fixture.run(connection, { forceFull: true });
  expect(await list()).toMatchObject([{ state: 'indexed', errorBlame: null, tries: 0, firstFailedAt: null }]);
  expect(await fixture.search('osprey')).toEqual(['one osprey']);
});
