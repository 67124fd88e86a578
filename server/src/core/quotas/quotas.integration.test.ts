import { sql } from 'kysely';
import { afterEach, describe, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { mergeUsage } from '../../adapters/postgres/quota-store.ts';
import { runConnection } from '../connections/index.ts';
import { deleteDocument, pushDocuments } from '../documents/index.ts';
import { requireRoom, unlimited } from './quotas.ts';

let fixture: SyncFixture;
afterEach(() => fixture?.close());

const push = (id: string, text: string, wait = true) =>
  pushDocuments(
    fixture.pushDependencies,
    fixture.caller,
    fixture.collection.readableId,
    [{ id, name: `Note ${id}`, text }],
    { wait, signal: new AbortController().signal },
  );
const usage = async () => {
  const { rows } = await sql<{ documents: number; bytes: number; rows: number }>`
    select coalesce(sum(documents), 0)::int as documents, coalesce(sum(storage_bytes), 0)::int as bytes, count(*)::int as rows
    from usage_changes`.execute(fixture.database.scoped(fixture.caller.scope));
  return rows[0];
};
const counted = async () => {
  const { rows } = await sql<{ documents: number; bytes: number }>`
    select count(*)::int as documents, coalesce(sum(size_bytes), 0)::int as bytes from documents`.execute(
    fixture.database.scoped(fixture.caller.scope),
  );
  return rows[0];
};

describe('usage', () => {
  test('follows what is inserted, replaced and deleted, also by many at once, and stays when it is merged', async () => {
    fixture = await createSyncFixture();
    fixture.startWorker();
    const connection = await fixture.connect();
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one', d2: 'two two' }, 1);
      yield textPage({ d3: 'three' }, 2);
    };
    await Promise.all([fixture.run(connection), ...['a', 'b', 'c'].map((id) => push(id, `text of ${id}`))]);
    expect(await usage()).toMatchObject({ ...(await counted()), documents: 6 });

    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one that is longer now' }, 1);
    };
    await fixture.run(connection);
    await deleteDocument(fixture.pushDependencies, fixture.caller, fixture.collection.readableId, 'a');
    await push('b', 'b');
    const after = await counted();
    expect(after?.documents).toBe(3);
    expect(await usage()).toMatchObject({ ...after });
    await mergeUsage(fixture.database.scoped(fixture.caller.scope), fixture.caller.scope);
    expect(await usage()).toEqual({ ...after, rows: 1 });
  });

  test('is not written by a run over unchanged documents', async () => {
    fixture = await createSyncFixture();
    fixture.startWorker();
    const connection = await fixture.connect();
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one', d2: 'two' }, 1);
    };
    await fixture.run(connection);
    const before = await usage();
    await fixture.run(connection);
    expect(await usage()).toEqual(before);
    expect(before?.rows).toBe(1);
  });
});

describe('a quota of documents', () => {
  test('ends a run at the last page that fits, and says which limit, how much and what to do', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, documents: 3 } });
    fixture.startWorker();
    const connection = await fixture.connect();
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one alder', d2: 'two alder' }, 1);
      yield textPage({ d3: 'three alder', d4: 'four alder' }, 2);
    };
    const job = await fixture.run(connection);
    expect(job).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/limit of 3 documents is reached: it has 2\. .+QUOTA_DOCUMENTS/),
      counts: { inserted: 2 },
    });
    expect(await counted()).toMatchObject({ documents: 2 });
    expect((await fixture.search('alder')).toSorted()).toEqual(['one alder', 'two alder']);
  });

  test('lets runs go on that bring no more documents', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, documents: 2 } });
    fixture.startWorker();
    const connection = await fixture.connect();
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one', d2: 'two' }, 1);
    };
    expect((await fixture.run(connection)).status).toBe('completed');
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one changed', d2: 'two' }, 1);
    };
    expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { updated: 1 } });
  });

  test('refuses a new connection, a run and a push before anything is written', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, documents: 1 } });
    fixture.startWorker();
    const connection = await fixture.connect();
    await push('only', 'the only one');
    const message = /limit of 1 documents is reached: it has 1\./;
    await expect(push('more', 'too much')).rejects.toThrow(message);
    await expect(fixture.connect()).rejects.toThrow(message);
    await expect(
      runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: false }),
    ).rejects.toThrow(message);
    expect(await counted()).toMatchObject({ documents: 1 });
    expect(await fixture.connectionDependencies.connections.listJobs(fixture.caller.scope, connection.id, 5)).toEqual(
      [],
    );
    // Replacing what is there needs no room.
    expect(await push('only', 'the only one, changed')).toMatchObject({ accepted: 1 });
  });

  test('counts what was pushed and waits', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, documents: 1 } });
    await push('waiting', 'first', false);
    await expect(push('second', 'second', false)).rejects.toThrow(/it has 1\./);
  });

  test('of the organisation itself takes the place of the defaults, null meaning unlimited', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, documents: 1, storageBytes: 1 } });
    fixture.startWorker();
    await fixture.database
      .scoped(fixture.caller.scope)
      .insertInto('quotas')
      .values({
        organization_id: fixture.caller.scope.organizationId,
        documents: 2,
        storage_bytes: null,
        parallel_syncs: null,
      })
      .execute();
    await push('1', 'one');
    await push('2', 'two');
    await expect(push('3', 'three')).rejects.toThrow(/limit of 2 documents/);
  });

  test('is not exceeded by two runs at once', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, documents: 10 } });
    fixture.startWorker({ concurrency: 2 });
    const connections = [await fixture.connect(), await fixture.connect()];
    fixture.source.pages = async function* () {
      for (let page = 0; page < 9; page++) yield textPage({ [`d${page}`]: `text ${page}` }, page);
    };
    const jobs = await Promise.all(connections.map((connection) => fixture.run(connection)));
    expect(jobs.map((job) => job.status)).toContain('failed');
    expect(await counted()).toMatchObject({ documents: 10 });
  });
});

describe('a quota of bytes', () => {
  test('is named where it is reached, and is the same for a document that grows', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, storageBytes: 20 } });
    fixture.startWorker();
    await push('1', 'x'.repeat(15));
    await expect(push('2', 'y'.repeat(6))).rejects.toThrow(/limit of 20 bytes of documents is reached: it has 15\./);
    const connection = await fixture.connect();
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'z'.repeat(6) }, 1);
    };
    expect(await fixture.run(connection)).toMatchObject({ status: 'failed', error: expect.stringMatching(/20 bytes/) });
    expect(await push('2', 'y'.repeat(5))).toMatchObject({ accepted: 1 });
    await expect(requireRoom(fixture.pushDependencies.quotas, fixture.caller.scope)).rejects.toThrow(/20 bytes/);
  });
});

describe('a quota of parallel syncs', () => {
  test('has jobs wait for their turn, and none fails of it', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, parallelSyncs: 1 } });
    for (let i = 0; i < 2; i++) fixture.startWorker({ concurrency: 2 });
    const connections = await Promise.all([1, 2, 3, 4].map(() => fixture.connect()));
    let running = 0;
    let most = 0;
    fixture.source.pages = async function* () {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 100));
      yield textPage({ d1: 'one' }, 1);
      running -= 1;
    };
    const jobs = await Promise.all(connections.map((connection) => fixture.run(connection)));
    expect(jobs.map((job) => job.status)).toEqual(['completed', 'completed', 'completed', 'completed']);
    expect(most).toBe(1);
  });

  test('holds up no pushed documents', async () => {
    fixture = await createSyncFixture({ quotas: { ...unlimited, parallelSyncs: 1 } });
    fixture.startWorker();
    const connection = await fixture.connect();
    const { promise, resolve } = Promise.withResolvers<void>();
    fixture.source.pages = async function* () {
      await promise;
      yield textPage({ d1: 'one' }, 1);
    };
    const run = fixture.run(connection);
    expect(await push('1', 'pushed meanwhile')).toMatchObject({ accepted: 1, isPending: false });
    resolve();
    expect((await run).status).toBe('completed');
  });
});

test('what is refused names no other organisation, whose usage is its own', async () => {
  fixture = await createSyncFixture({ quotas: { ...unlimited, documents: 1 } });
  await fixture.database
    .system()
    .insertInto('organizations')
    .values({ id: '00000000-0000-4000-8000-000000000001', name: 'Other', description: null })
    .execute();
  await fixture.database
    .system()
    .insertInto('usage_changes')
    .values({ organization_id: '00000000-0000-4000-8000-000000000001', documents: 100, storage_bytes: 100 })
    .execute();
  await expect(requireRoom(fixture.pushDependencies.quotas, fixture.caller.scope)).resolves.toBeUndefined();
  expect(await usage()).toMatchObject({ documents: 0 });
});
