import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectHidden } from '../testing/expect-refusals.ts';
import type { Answer } from '../testing/http-fixture.ts';
import { locked } from '../testing/locked-source.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let made: Answer['body'];
beforeAll(async () => {
  fixture = await createSourceFixture({ connectors: [locked] });
});
afterAll(() => fixture.close());
beforeEach(async () => {
  const { body } = await fixture.call('POST', '/collections', { name: 'Some papers' });
  made = (await fixture.connect(body.readable_id, { schedule: { cron: '0 6 * * *' } })).body;
});

const post = (path: string, body?: unknown) => fixture.call('POST', `/source-connections/${path}`, body);
const control = (action: string) => post(`${made.id}/${action}`);
const syncRow = async () => {
  const { rows } = await sql<{ status: string; next_run_at: Date | null; held_deletions: unknown }>`
    select status, next_run_at, held_deletions from syncs where id = ${made.sync_id}`.execute(
    fixture.database.system(),
  );
  return rows[0];
};
const setSync = (columns: object) =>
  fixture.database.system().updateTable('syncs').set(columns).where('id', '=', made.sync_id).execute();

describe('pausing', () => {
  test('stops the schedule and runs on request, until it is resumed', async () => {
    const { status, body } = await control('pause');
    expect(status).toBe(200);
    expect(body.schedule).toMatchObject({ cron: '0 6 * * *', paused_by: 'person' });
    expect(await control('run')).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/Resume it/) } });
    // Long overdue; it starts from now on, not from then.
    await setSync({ next_run_at: new Date('2020-01-01') });
    const resumed = await control('resume');
    expect(resumed.body.schedule.paused_by).toBeNull();
    expect((await syncRow())?.next_run_at?.getTime()).toBeGreaterThan(Date.now());
    expect((await control('run')).status).toBe(200);
  });

  test('twice is once, as is resuming', async () => {
    await control('pause');
    expect((await control('pause')).status).toBe(200);
    await control('resume');
    expect((await control('resume')).body.schedule.paused_by).toBeNull();
  });

  test('by refused credentials ends with new ones, not by resuming, and not a pause that a person made', async () => {
    await setSync({ status: 'paused', paused_by: 'credentials' });
    expect(await control('resume')).toMatchObject({ status: 409, body: { detail: expect.stringMatching(/new ones/) } });
    const credentials = { authentication: { credentials: { stub_key: 'a new one' } } };
    const renewed = await fixture.call('PATCH', `/source-connections/${made.id}`, credentials);
    expect(renewed.body.schedule.paused_by).toBeNull();
    await control('pause');
    await fixture.call('PATCH', `/source-connections/${made.id}`, credentials);
    expect((await syncRow())?.status).toBe('paused');
  });
});

describe('held deletions', () => {
  const hold = () => setSync({ held_deletions: JSON.stringify({ count: 150, total: 160, run_number: 2 }) });

  test('are shown, and confirming them begins a full run', async () => {
    await hold();
    const shown = await fixture.call('GET', `/source-connections/${made.id}`);
    expect(shown.body.held_deletions).toEqual({ count: 150, total: 160 });
    const { status, body } = await control('deletions/confirm');
    expect({ status, held: body.held_deletions }).toEqual({ status: 200, held: null });
    const { rows } = await sql<{ force_full: boolean; status: string }>`
      select force_full, status from sync_jobs where sync_id = ${made.sync_id}`.execute(fixture.database.system());
    expect(rows).toEqual([{ force_full: true, status: 'pending' }]);
    expect((await control('deletions/confirm')).status).toBe(409);
  });

  test('can be confirmed while a run is under way, or the sync is paused', async () => {
    await control('run');
    await hold();
    expect((await control('deletions/confirm')).status).toBe(200);
    await control('pause');
    await hold();
    expect((await control('deletions/confirm')).status).toBe(200);
  });

  test('are forgotten when they are rejected', async () => {
    await hold();
    expect((await control('deletions/reject')).body.held_deletions).toBeNull();
    expect((await syncRow())?.held_deletions).toBeNull();
    expect((await control('deletions/reject')).status).toBe(409);
  });
});

describe('a schedule', () => {
  const change = (schedule: object) => fixture.call('PATCH', `/source-connections/${made.id}`, { schedule });

  test('is read in its time zone, and the next runs are told', async () => {
    const { body } = await change({ cron: '0 6 * * *', time_zone: 'Asia/Kolkata' });
    expect(body.schedule).toMatchObject({ time_zone: 'Asia/Kolkata', continuous: false });
    expect(body.schedule.next_runs).toHaveLength(5);
    expect(body.schedule.next_runs[0]).toBe(body.schedule.next_run);
    for (const run of body.schedule.next_runs) expect(run).toMatch(/T00:30:00/);
  });

  test('in a zone that is none is refused by its name, and nothing changes', async () => {
    const { status, body } = await change({ cron: '0 6 * * *', time_zone: 'Mars/Olympus' });
    expect({ status, text: JSON.stringify(body) }).toMatchObject({ status: 422, text: expect.stringMatching(/Mars/) });
    expect((await fixture.call('GET', `/source-connections/${made.id}`)).body.schedule.time_zone).toBe('UTC');
  });

  test('that is continuous has no effect where the source cannot say what changed', async () => {
    expect((await change({ continuous: true })).body.schedule).toMatchObject({ cron: null, continuous: false });
  });

  test('can be looked at before', async () => {
    const { status, body } = await post('schedule-preview', { cron: '0 9 * * MON', time_zone: 'UTC', count: 3 });
    expect(status).toBe(200);
    expect(body.next_runs).toHaveLength(3);
    for (const run of body.next_runs) expect(new Date(run).getUTCDay()).toBe(1);
  });

  test.each([
    [{ cron: 'daily' }, /not a cron expression/],
    [{ cron: '0 6 * * *', time_zone: 'Nowhere' }, /'Nowhere' is not a time zone/],
    [{ cron: '0 6 * * *', count: 500 }, /count/],
    [{}, /cron/],
  ])('%j cannot be looked at, and the answer says why', async (body, words) => {
    const answer = await post('schedule-preview', body);
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toMatch(words);
  });
});

test.each(['pause', 'resume', 'deletions/confirm', 'deletions/reject'])('%s is hidden from others', async (action) => {
  await expectHidden(fixture, 'POST', `/source-connections/${made.id}/${action}`);
  expect((await syncRow())?.status).toBe('active');
});
