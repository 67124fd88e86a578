import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { SourceError } from '../../connector-kit/index.ts';
import {
  confirmDeletions,
  pauseConnection,
  resumeConnection,
  type SourceConnection,
  updateConnection,
} from '../../core/connections/index.ts';
import { correctedStart, nextStartAt } from '../../core/sync/index.ts';

/** Schedules as a server's workers and people change them, on a real database. Each connection's is daily, at midnight. */
let fixture: SyncFixture;
let connection: SourceConnection;
beforeAll(async () => {
  fixture = await createSyncFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  connection = await fixture.connect();
});
// Its pending run must not be given to the worker of the next test.
afterEach(() => connections().markDeleted(fixture.caller.scope, connection.id));

const hourMs = 3_600_000;
const connections = () => fixture.connectionDependencies.connections;
const jobs = () => connections().listJobs(fixture.caller.scope, connection.id, 10);
const find = () => connections().find(fixture.caller.scope, connection.id);
const plan = (at: Date) =>
  sql`update syncs set next_run_at = ${at} where source_connection_id = ${connection.id}`.execute(
    fixture.database.system(),
  );
const plannedAt = async () => {
  const { rows } = await sql<{ next_run_at: Date }>`
    select next_run_at from syncs where source_connection_id = ${connection.id}`.execute(fixture.database.system());
  return rows[0]?.next_run_at.getTime() ?? 0;
};
const startDue = (now: Date) =>
  connections().startDueJobs(now, 10, (schedule, syncId) => nextStartAt(schedule, now, syncId));
const correct = (now: Date, batch = 100) =>
  connections().correctSchedules(now, batch, (schedule, planned, syncId) =>
    correctedStart(schedule, planned, { now, syncId }),
  );
const ago = (ms: number) => new Date(Date.now() - ms);

describe('a due schedule', () => {
  test('that was missed for a week begins one run, and the next at its time', async () => {
    await plan(ago(7 * 24 * hourMs));
    await startDue(new Date());
    await startDue(new Date());
    expect(await jobs()).toMatchObject([{ trigger: 'schedule', status: 'pending' }]);
    expect(await plannedAt()).toBeGreaterThan(Date.now());
    expect(await plannedAt()).toBeLessThan(Date.now() + 25 * hourMs);
  });

  test('begins nothing while the sync is paused, and nothing that was missed when it is resumed', async () => {
    await pauseConnection(fixture.connectionDependencies, fixture.caller, connection.id);
    await plan(ago(hourMs));
    await startDue(new Date());
    expect(await jobs()).toEqual([]);
    await resumeConnection(fixture.connectionDependencies, fixture.caller, connection.id);
    await startDue(new Date());
    expect(await jobs()).toEqual([]);
  });
});

describe('a clock that is set back', () => {
  test('by years makes no schedule wait for years', async () => {
    await plan(new Date(Date.now() + 1_000 * 24 * hourMs));
    await correct(new Date());
    expect(await plannedAt()).toBeLessThan(Date.now() + 25 * hourMs);
  });

  test('moves every schedule, however few are read at once', async () => {
    const others = [await fixture.connect(), await fixture.connect()];
    const late = new Date(Date.now() + 1_000 * 24 * hourMs);
    await sql`update syncs set next_run_at = ${late} where cron is not null`.execute(fixture.database.system());
    await correct(new Date(), 2);
    const { rows } = await sql<{
      count: number;
    }>`select count(*)::int as count from syncs where next_run_at >= ${late}`.execute(fixture.database.system());
    expect(rows).toEqual([{ count: 0 }]);
    for (const { id } of others) await connections().markDeleted(fixture.caller.scope, id);
  });

  test('to before the last run does not repeat it', async () => {
    const planned = await plannedAt();
    await correct(new Date(planned - 24 * hourMs - 2 * hourMs));
    expect(await plannedAt()).toBe(planned);
  });

  test('moves nothing that was planned rightly', async () => {
    const planned = await plannedAt();
    await correct(new Date());
    expect(await plannedAt()).toBe(planned);
  });
});

test('refused credentials do not turn a pause that a person made into one that new credentials end', async () => {
  const worker = fixture.startWorker();
  const { promise: paused, resolve: goOn } = Promise.withResolvers<void>();
  fixture.source.pages = async function* () {
    yield textPage({}, 1);
    await paused;
    throw new SourceError('credentials', 'The key was revoked.', { errorCategory: 'api_key_invalid' });
  };
  const ended = fixture.run(connection);
  await expect.poll(async () => (await jobs())[0]?.status, { timeout: 20_000 }).toBe('running');
  await pauseConnection(fixture.connectionDependencies, fixture.caller, connection.id);
  goOn();
  expect(await ended).toMatchObject({ status: 'failed', errorCategory: 'api_key_invalid' });
  await worker.stop();
  await updateConnection(fixture.connectionDependencies, fixture.caller, connection.id, { credentials: {} });
  expect((await find())?.sync).toMatchObject({ status: 'paused', pausedBy: 'person' });
});

test('deletions confirmed while a run is under way are done by the next one, which reads everything for it', async () => {
  fixture.source.mode = 'incremental';
  const worker = fixture.startWorker();
  const notes = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, `linden ${i}`]));
  fixture.source.pages = async function* () {
    yield textPage(notes(150), 1);
  };
  await fixture.run(connection);
  fixture.source.pages = async function* () {
    yield textPage(notes(1), 2);
  };
  expect(await fixture.run(connection, { forceFull: true })).toMatchObject({ counts: { deleted: 0 } });

  const { promise: confirmed, resolve: goOn } = Promise.withResolvers<void>();
  fixture.source.pages = async function* () {
    await confirmed;
    yield textPage(notes(1), 3);
  };
  const underWay = fixture.run(connection);
  await expect.poll(async () => (await jobs())[0]?.status, { timeout: 20_000 }).toBe('running');
  await confirmDeletions(fixture.connectionDependencies, fixture.caller, connection.id);
  goOn();
  expect(await underWay).toMatchObject({ counts: { deleted: 0 } });
  expect(await fixture.run(connection)).toMatchObject({ counts: { deleted: 149, kept: 1 } });
  expect((await find())?.sync?.heldDeletions).toBeNull();
  await worker.stop();
});

test('a sweep that breaks off keeps the decision that let it through', async () => {
  fixture.source.mode = 'full';
  const worker = fixture.startWorker();
  const give = (count: number) => {
    const texts = Object.fromEntries(Array.from({ length: count }, (_, i) => [`d${i}`, `aspen ${i}`]));
    fixture.source.pages = async function* () {
      yield textPage(texts, 1);
    };
  };
  give(150);
  await fixture.run(connection);
  give(1);
  await fixture.run(connection);
  await connections().decideDeletions(fixture.caller.scope, connection.id, 'confirm');

  const { store } = fixture.dependencies;
  const { listUnseen } = store;
  const breakOff = () => Promise.reject(new Error('the sweep broke off'));
  Object.assign(store, { listUnseen: breakOff });
  const broken = await fixture.run(connection).finally(() => Object.assign(store, { listUnseen }));
  expect(broken).toMatchObject({ status: 'failed', counts: { deleted: 0 } });
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { deleted: 149 } });
  await worker.stop();
});
