import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import { type Database, openDatabase } from '../../adapters/postgres/database.ts';
import { createIdentityStore } from '../../adapters/postgres/identity-store.ts';
import { createQuotaStore } from '../../adapters/postgres/quota-store.ts';
import { createRateWindows, dropIdleWindows } from '../../adapters/postgres/rate-windows.ts';
import { newId, OrganizationId, Scope, silentLogger } from '../shared/index.ts';
import { unlimited } from './quotas.ts';
import { type RateWindows, RequestLimiter } from './request-limiter.ts';

let testDatabase: TestDatabase;
let databases: Database[];
let scope: Scope;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  databases = [];
  const owner = await createIdentityStore(await open()).ensureFirstOwner({ email: 'a@b.c', organizationName: 'A' });
  scope = new Scope(owner.organization.id);
});
afterEach(async () => {
  await Promise.all(databases.map((database) => database.close()));
  await testDatabase.drop();
});

async function open(): Promise<Database> {
  const database = await openDatabase(testDatabase.connection, { logger: silentLogger, maxConnections: 8 });
  databases.push(database);
  return database;
}
const first = (): Database => databases[0] as Database;
const createLimiter = (database: Database, requestsPerMinute: number | null) =>
  new RequestLimiter({
    store: createQuotaStore(database, { ...unlimited, requestsPerMinute }),
    windows: createRateWindows(database),
    logger: silentLogger,
  });
const take = async (windows: RateWindows, times: number, places: number, widthMs = 60_000, of = scope) =>
  (await Promise.all(Array.from({ length: times }, () => windows.take(of, 'x', { places, widthMs })))).filter(
    ({ isTaken }) => isTaken,
  ).length;

test('a window lets through exactly as many as it has places, asked by two processes at once', async () => {
  const windows = [createRateWindows(first()), createRateWindows(await open())];
  const taken = await Promise.all(windows.map((each) => take(each, 100, 50)));
  expect(taken.reduce((sum, count) => sum + count)).toBe(50);
});

test('says how many places are left, and how long until one is free', async () => {
  const windows = createRateWindows(first());
  const window = { places: 2, widthMs: 60_000 };
  expect(await windows.take(scope, 'x', window)).toEqual({ isTaken: true, remaining: 1 });
  expect(await windows.take(scope, 'x', window)).toEqual({ isTaken: true, remaining: 0 });
  const refused = await windows.take(scope, 'x', window);
  expect(refused).toMatchObject({ isTaken: false, waitMs: expect.any(Number) });
  expect('waitMs' in refused && refused.waitMs).toBeLessThanOrEqual(60_000);
  expect(await windows.take(scope, 'y', window), 'another key').toMatchObject({ isTaken: true });
});

test('places are free again one by one as what took them gets older than the window', async () => {
  const windows = createRateWindows(first());
  expect(await take(windows, 3, 3)).toBe(3);
  const age = (entry: number, seconds: number) =>
    first()
      .system()
      .updateTable('rate_window_entries')
      .set({ at: new Date(Date.now() - seconds * 1000) })
      .where('entry', '=', entry)
      .execute();
  await age(1, 61);
  await age(2, 30);
  expect(await take(windows, 3, 3)).toBe(1);
  const refused = await windows.take(scope, 'x', { places: 3, widthMs: 60_000 });
  expect('waitMs' in refused && refused.waitMs / 1000).toBeCloseTo(30, -1);
  expect(await take(windows, 5, 5), 'a raised limit').toBe(2);
  expect(await windows.take(scope, 'x', { places: 1, widthMs: 60_000 }), 'a lowered limit').toMatchObject({
    isTaken: false,
  });
});

test('a clock that was set back does not keep a window full', async () => {
  const windows = createRateWindows(first());
  expect(await take(windows, 2, 2)).toBe(2);
  const future = new Date(Date.now() + 3_600_000);
  await first().system().updateTable('rate_windows').set({ last_at: future }).execute();
  await first().system().updateTable('rate_window_entries').set({ at: future }).execute();
  expect(await take(windows, 2, 2)).toBe(2);
});

test('organisations do not take from each other, and idle windows are forgotten', async () => {
  const other = newId(OrganizationId);
  await first().system().insertInto('organizations').values({ id: other, name: 'Other', description: null }).execute();
  const windows = createRateWindows(first());
  expect(await take(windows, 2, 2)).toBe(2);
  expect(await take(windows, 2, 2, 60_000, new Scope(other))).toBe(2);
  await first()
    .system()
    .updateTable('rate_windows')
    .set({ last_at: new Date(0) })
    .where('organization_id', '=', other)
    .execute();
  await dropIdleWindows(first());
  const left = await first().system().selectFrom('rate_window_entries').select('organization_id').execute();
  expect(left.map((row) => row.organization_id)).toEqual([scope.organizationId, scope.organizationId]);
});

test('without a limit nothing is counted; with one, what is over it is refused with the wait', async () => {
  expect(await createLimiter(first(), null).admit(scope)).toEqual({ kind: 'uncounted' });
  const limiter = createLimiter(first(), 2);
  expect(await limiter.admit(scope)).toEqual({ kind: 'counted', limit: 2, remaining: 1 });
  expect(await limiter.admit(scope)).toEqual({ kind: 'counted', limit: 2, remaining: 0 });
  for (let i = 0; i < 3; i++) expect(await limiter.admit(scope)).toMatchObject({ kind: 'refused', limit: 2 });
});

test("an organisation's own limit takes the place of the server's, at once where it was set here", async () => {
  const store = createQuotaStore(first(), { ...unlimited, requestsPerMinute: 1 });
  const limiter = createLimiter(first(), 1);
  expect(await limiter.admit(scope)).toMatchObject({ kind: 'counted', remaining: 0 });
  expect(await limiter.admit(scope)).toMatchObject({ kind: 'refused' });
  await store.replaceQuotas(scope, { ...unlimited, requestsPerMinute: 3 });
  limiter.forgetQuotas(scope);
  expect(await limiter.admit(scope)).toMatchObject({ kind: 'counted', limit: 3, remaining: 1 });
  await store.replaceQuotas(scope, unlimited);
  limiter.forgetQuotas(scope);
  expect(await limiter.admit(scope)).toEqual({ kind: 'uncounted' });
});

test('a request that cannot be counted is let through', async () => {
  const failing: RateWindows = { take: () => Promise.reject(new Error('the database is away')) };
  const limiter = new RequestLimiter({
    store: createQuotaStore(first(), { ...unlimited, requestsPerMinute: 1 }),
    windows: failing,
    logger: silentLogger,
  });
  expect(await limiter.admit(scope)).toEqual({ kind: 'unknown' });
});
