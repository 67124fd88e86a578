import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import type { CollectionStore } from '../../core/collections/index.ts';
import {
  CollectionId,
  newId,
  Scope,
  SourceConnectionId,
  SyncId,
  SyncJobId,
  silentLogger,
} from '../../core/shared/index.ts';
import { createCollectionStore } from './collection-store.ts';
import { type Database, openDatabase } from './database.ts';
import { createIdentityStore } from './identity-store.ts';
import type { SyncJobsTable } from './tables.ts';

type JobStatus = SyncJobsTable['status'];

let testDatabase: TestDatabase;
let database: Database;
let store: CollectionStore;
let scope: Scope;
beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.connection, { logger: silentLogger, maxConnections: 8 });
  store = createCollectionStore(database);
  const owner = { email: 'owner@example.com', organizationName: 'Ours' };
  scope = new Scope((await createIdentityStore(database).ensureFirstOwner(owner)).organization.id);
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

async function addCollection(readableId: string): Promise<CollectionId> {
  const id = newId(CollectionId);
  const at = new Date();
  const by = { createdByEmail: null, modifiedByEmail: null };
  const encoder = { encoderName: 'model', dimensions: 3 };
  const dates = { createdAt: at, modifiedAt: at };
  await store.insert(scope, { id, name: 'A name', readableId, syncConfig: null, ...encoder, ...dates, ...by });
  return id;
}

/** A source connection whose jobs had these states, oldest first. */
async function addConnection(collectionId: CollectionId, statuses: readonly JobStatus[], isAuthenticated = true) {
  const id = newId(SourceConnectionId);
  const syncId = newId(SyncId);
  const organization_id = scope.organizationId;
  const queries = database.scoped(scope);
  await queries
    .insertInto('source_connections')
    .values({
      id,
      organization_id,
      collection_id: collectionId,
      name: `Connection ${statuses.join()}`,
      short_name: 'stub',
      auth_method: 'direct',
      is_authenticated: isAuthenticated,
    })
    .execute();
  await queries
    .insertInto('syncs')
    .values({ id: syncId, organization_id, source_connection_id: id, cron: '0 0 * * *', next_run_at: new Date() })
    .execute();
  for (const [index, status] of statuses.entries()) {
    const created_at = new Date(Date.UTC(2026, 0, 1, index));
    await queries
      .insertInto('sync_jobs')
      .values({ id: newId(SyncJobId), organization_id, sync_id: syncId, status, trigger: 'manual', created_at })
      .execute();
  }
  return { id, syncId };
}

describe('the status of a collection', () => {
  const cases: readonly (readonly [name: string, jobs: readonly (readonly JobStatus[])[], status: string])[] = [
    ['without connections', [], 'NEEDS_SOURCE'],
    ['whose connection never ran', [[]], 'NEEDS_SOURCE'],
    ['whose connection waits', [['pending']], 'NEEDS_SOURCE'],
    ['whose connection was cancelled', [['completed', 'cancelled']], 'NEEDS_SOURCE'],
    ['whose connection runs for the first time', [['running']], 'ACTIVE'],
    ['whose latest job failed', [['completed', 'failed']], 'ERROR'],
    ['whose latest job is good again', [['failed', 'completed']], 'ACTIVE'],
    ['of which one fails and one works', [['failed'], ['completed']], 'PARTIAL_ERROR'],
    ['of which one fails and one waits', [['failed'], ['pending']], 'PARTIAL_ERROR'],
    ['of which all fail', [['failed'], ['failed']], 'ERROR'],
    ['of which one works and one waits', [['cancelling'], ['created']], 'ACTIVE'],
  ];
  test.each(cases)('%s', async (name, jobs, status) => {
    const readableId = name.replaceAll(' ', '-');
    const id = await addCollection(readableId);
    for (const statuses of jobs) await addConnection(id, statuses);
    expect((await store.find(scope, readableId))?.status).toBe(status);
  });

  test('leaves out connections that are not authenticated', async () => {
    const id = await addCollection('not-authenticated');
    await addConnection(id, ['failed'], false);
    expect((await store.find(scope, 'not-authenticated'))?.status).toBe('NEEDS_SOURCE');
    await addConnection(id, ['completed']);
    expect((await store.find(scope, 'not-authenticated'))?.status).toBe('ACTIVE');
  });
});

describe('a list', () => {
  test('names the connections of each collection, oldest first', async () => {
    const id = await addCollection('summarised');
    await addConnection(id, ['completed']);
    await addConnection(id, ['failed']);
    const [listed] = await store.list(scope, { search: 'summarised', readableIds: null }, { skip: 0, limit: 10 });
    expect(listed).toMatchObject({
      status: 'PARTIAL_ERROR',
      connections: [
        { shortName: 'stub', name: 'Connection completed' },
        { shortName: 'stub', name: 'Connection failed' },
      ],
    });
  });
});

describe('deleting', () => {
  test('cancels active jobs, stops schedules and hides the connections, but leaves ended jobs alone', async () => {
    const id = await addCollection('to-delete');
    const running = await addConnection(id, ['completed', 'running']);
    await addConnection(id, ['failed', 'pending']);
    const kept = await addConnection(await addCollection('to-keep'), ['running']);
    expect(await store.delete(scope, 'to-delete')).toMatchObject({ id, status: 'ACTIVE' });

    const queries = database.scoped(scope);
    const jobs = await queries
      .selectFrom('sync_jobs as job')
      .innerJoin('syncs as sync', 'sync.id', 'job.sync_id')
      .innerJoin('source_connections as connection', 'connection.id', 'sync.source_connection_id')
      .where('connection.collection_id', '=', id)
      .select(['job.status', 'sync.status as sync_status', 'sync.next_run_at', 'connection.deleted_at'])
      .orderBy('job.status')
      .execute();
    expect(jobs.map((job) => job.status)).toEqual(['cancelled', 'cancelled', 'completed', 'failed']);
    for (const job of jobs) {
      expect(job).toMatchObject({ sync_status: 'inactive', next_run_at: null, deleted_at: expect.any(Date) });
    }
    const untouched = await queries
      .selectFrom('sync_jobs')
      .select('status')
      .where('sync_id', '=', kept.syncId)
      .execute();
    expect(untouched).toEqual([{ status: 'running' }]);
    expect(running.syncId).not.toBe(kept.syncId);
  });

  test('happens once when asked several times at once', async () => {
    await addCollection('contended');
    const results = await Promise.all(Array.from({ length: 5 }, () => store.delete(scope, 'contended')));
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
  });
});

test('several servers that start at once on a new database make one organisation', async () => {
  const fresh = await createTestDatabase();
  const servers = await Promise.all(
    [1, 2, 3].map(() => openDatabase(fresh.connection, { logger: silentLogger, maxConnections: 2 })),
  );
  try {
    const owner = { email: 'owner@example.com', organizationName: 'Ours' };
    const made = await Promise.all(servers.map((server) => createIdentityStore(server).ensureFirstOwner(owner)));
    expect(new Set(made.map(({ organization }) => organization.id)).size).toBe(1);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
    await fresh.drop();
  }
});
