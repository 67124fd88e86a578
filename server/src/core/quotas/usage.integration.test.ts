import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { createQuotaStore } from '../../adapters/postgres/quota-store.ts';
import { listMonths, mergeMonths } from '../../adapters/postgres/usage-months.ts';
import { runConnection } from '../connections/index.ts';
import { silentLogger } from '../shared/index.ts';
import { type QuotaStore, type Quotas, unlimited } from './quotas.ts';
import { monthOf, requireUsage } from './usage.ts';
import { readDashboard } from './usage-dashboard.ts';
import { UsageMeter } from './usage-meter.ts';

let fixture: SyncFixture;
let store: QuotaStore;
beforeEach(async () => {
  fixture = await createSyncFixture();
  store = createQuotaStore(fixture.database, unlimited);
});
afterEach(() => fixture.close());

const scope = () => fixture.caller.scope;
const now = () => new Date();
const limit = (quotas: Partial<Quotas>) => store.replaceQuotas(scope(), { ...unlimited, ...quotas });
const month = () => store.readMonth(scope(), monthOf(now()));
const createMeter = () => new UsageMeter({ store, logger: silentLogger });

describe('what is counted', () => {
  test('are documents that syncs write, new and changed ones, and neither unchanged nor deleted ones', async () => {
    fixture.startWorker();
    const connection = await fixture.connect();
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one', d2: 'two' }, 1);
    };
    await fixture.run(connection);
    await fixture.run(connection);
    expect(await month()).toMatchObject({ entities: 2, sourceConnections: 1, teamMembers: 1 });
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one, changed' }, 1);
    };
    await fixture.run(connection);
    expect(await month()).toMatchObject({ entities: 3 });
  });

  test('includes what a run has written that is not over', async () => {
    fixture.startWorker();
    const connection = await fixture.connect();
    const { promise: seen, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: held, resolve: isHeld } = Promise.withResolvers<void>();
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one', d2: 'two' }, 1);
      yield textPage({ d3: 'three' }, 2);
      isHeld();
      await seen;
      yield textPage({ d4: 'four' }, 3);
    };
    const run = fixture.run(connection);
    await held;
    await expect.poll(async () => (await month()).entities).toBeGreaterThanOrEqual(2);
    goOn();
    await run;
    expect((await month()).entities).toBe(4);
  });

  test('of searches is kept in memory, seen by checks at once, and written when it is flushed', async () => {
    const meter = createMeter();
    for (let i = 0; i < 3; i++) await meter.takeQuery(scope());
    meter.count(scope(), { queries: 0, tokens: 70 });
    expect(await month()).toMatchObject({ queries: 0, tokens: 0 });
    await limit({ queries: 4, tokens: 75 });
    meter.forgetQuotas(scope());
    expect(await meter.check(scope(), 'queries', 1)).toEqual({ isAllowed: true });
    expect(await meter.check(scope(), 'queries', 2)).toMatchObject({ isAllowed: false, current: 3, limit: 4 });
    expect(await meter.check(scope(), 'tokens', 6)).toMatchObject({ isAllowed: false, current: 70 });
    await meter.close();
    expect(await month()).toMatchObject({ queries: 3, tokens: 70 });
  });

  test('is written later where the database was away', async () => {
    let isAway = true;
    const flaky: QuotaStore = {
      ...store,
      addToMonth: (...args) => (isAway ? Promise.reject(new Error('away')) : store.addToMonth(...args)),
    };
    const meter = new UsageMeter({ store: flaky, logger: silentLogger });
    meter.count(scope(), { queries: 2, tokens: 5 });
    await meter.flush();
    isAway = false;
    meter.count(scope(), { queries: 1, tokens: 0 });
    await meter.close();
    expect(await month()).toMatchObject({ queries: 3, tokens: 5 });
  });

  test('stays the same when its rows are merged', async () => {
    const earlier = new Date(Date.UTC(2026, 0, 1));
    for (let i = 0; i < 120; i++) await store.addToMonth(scope(), earlier, { queries: 1, tokens: 2 });
    await store.addToMonth(scope(), monthOf(now()), { queries: 7, tokens: 0 });
    await mergeMonths(fixture.database);
    expect(await listMonths(fixture.database.scoped(scope()), scope())).toEqual([
      { month: monthOf(now()), entities: 0, queries: 7, tokens: 0 },
      { month: earlier, entities: 0, queries: 120, tokens: 240 },
    ]);
    const rows = await fixture.database.scoped(scope()).selectFrom('usage_counts').select('id').execute();
    expect(rows).toHaveLength(2);
  });
});

describe('a limit', () => {
  test('of searches holds exactly, asked by two meters at once', async () => {
    await limit({ queries: 20 });
    const meters = [createMeter(), createMeter()];
    const asked = meters.flatMap((meter) => Array.from({ length: 30 }, () => meter.takeQuery(scope())));
    const answers = await Promise.allSettled(asked);
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    await expect(meters[0]?.takeQuery(scope())).rejects.toThrow(/20 of 20 searches this month\. .+raised/);
    expect((await month()).queries).toBe(20);
  });

  test('of source connections holds exactly, made many at once', async () => {
    await limit({ sourceConnections: 2 });
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => fixture.connect()));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await expect(fixture.connect()).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(/2 of 2 source connections\. Delete one/),
    });
  });

  test('of documents written in a month ends a run at the last page that fits, and refuses the next', async () => {
    await limit({ entities: 3 });
    fixture.startWorker();
    const connection = await fixture.connect();
    fixture.source.pages = async function* () {
      yield textPage({ d1: 'one', d2: 'two' }, 1);
      yield textPage({ d3: 'three', d4: 'four' }, 2);
    };
    expect(await fixture.run(connection)).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/documents written by syncs this month/),
      counts: { inserted: 2 },
    });
    await limit({ entities: 2 });
    await expect(
      runConnection(fixture.connectionDependencies, fixture.caller, connection.id, { forceFull: false }),
    ).rejects.toThrow(/2 of 2 documents written by syncs this month/);
  });

  test('of members refuses one more, and leaves what is not limited alone', async () => {
    await limit({ teamMembers: 1 });
    await expect(requireUsage(store, scope(), ['team_members'])).rejects.toThrow(/1 of 1 members/);
    await expect(requireUsage(store, scope(), ['queries', 'tokens'])).resolves.toBeUndefined();
  });

  test('that is null stops nothing and reads no usage', async () => {
    const meter = createMeter();
    await expect(meter.require(scope(), 'tokens')).resolves.toBeUndefined();
    expect(await meter.check(scope(), 'entities', 1_000_000)).toEqual({ isAllowed: true });
  });
});

describe('the dashboard', () => {
  test('tells this month, the months before, totals, averages and trends', async () => {
    const at = new Date(Date.UTC(2026, 4, 11));
    await store.addToMonth(scope(), new Date(Date.UTC(2026, 4, 1)), { queries: 30, tokens: 9 });
    await store.addToMonth(scope(), new Date(Date.UTC(2026, 3, 1)), { queries: 20, tokens: 0 });
    await store.addToMonth(scope(), new Date(Date.UTC(2026, 1, 1)), { queries: 50, tokens: 0 });
    const dashboard = await readDashboard(store, scope(), null, at);
    expect(dashboard).toMatchObject({
      period: { isCurrent: true, daysRemaining: 21, usage: { queries: 30, tokens: 9 } },
      totals: { queries: 100 },
      daily: { queries: 3 },
    });
    expect(dashboard.previous.map(({ start }) => start.toISOString().slice(0, 7))).toEqual(['2026-04', '2026-02']);
    expect(dashboard.trends).toEqual([
      { metric: 'entities', direction: 'stable', percentageChange: 0 },
      { metric: 'queries', direction: 'up', percentageChange: 50 },
    ]);
    const april = await readDashboard(store, scope(), dashboard.previous[0]?.id ?? '', at);
    expect(april).toMatchObject({
      period: { isCurrent: false, daysRemaining: null, usage: { queries: 20 } },
      trends: [{ metric: 'entities' }, { metric: 'queries', direction: 'down', percentageChange: -60 }],
    });
    const unknown = readDashboard(store, scope(), '11111111-1111-4111-8111-111111111111', at);
    await expect(unknown).rejects.toMatchObject({ code: 'not_found' });
  });
});
