import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let fixture: SourceFixture;
let id: string;
beforeAll(async () => {
  fixture = await createSourceFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  id = await connect('stub', { entity_count: 4 });
});

const newCollection = async (): Promise<string> =>
  (await fixture.call('POST', '/collections', { name: 'Some papers' })).body.readable_id;
const connect = async (short_name: string, config: object): Promise<string> => {
  const readable_collection_id = await newCollection();
  const body = { short_name, readable_collection_id, config, sync_immediately: false };
  return (await fixture.call('POST', '/source-connections', body)).body.id;
};
const run = (connection = id, query = '') => fixture.call('POST', `/source-connections/${connection}/run${query}`);
const jobs = (query = '') => fixture.call('GET', `/source-connections/${id}/jobs${query}`);
const cancel = (job: string, connection = id) =>
  fixture.call('POST', `/source-connections/${connection}/jobs/${job}/cancel`);

/** Runs with a worker of its own, which is stopped again. */
async function withWorker<T>(work: () => Promise<T>): Promise<T> {
  const worker = fixture.startWorker();
  try {
    return await work();
  } finally {
    await worker.stop();
  }
}

const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('running a sync', () => {
  test('answers with a pending job of every field, which then runs', async () => {
    const { status, body } = await run();
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(uuid),
      source_connection_id: id,
      status: 'pending',
      started_at: null,
      completed_at: null,
      duration_seconds: null,
      entities_inserted: 0,
      entities_updated: 0,
      entities_deleted: 0,
      entities_failed: 0,
      entities_kept: 0,
      entities_encountered: {},
      error: null,
      error_category: null,
      error_details: null,
      trigger: 'manual',
      is_full: null,
      phase: null,
      current_scope: null,
      waiting_for: null,
      rate: null,
      remaining: null,
      bytes_read: 0,
      api_calls: 0,
      retries: 0,
      attempts: 0,
      created_at: expect.stringMatching(instant),
      failed_at: null,
      elapsed_seconds: null,
    });
    const ended = await withWorker(() => fixture.waitForJob(id, 'completed'));
    expect(ended).toEqual({
      ...body,
      status: 'completed',
      started_at: expect.stringMatching(instant),
      completed_at: expect.stringMatching(instant),
      duration_seconds: expect.any(Number),
      elapsed_seconds: expect.any(Number),
      entities_inserted: 4,
      entities_encountered: expect.any(Object),
      is_full: true,
      bytes_read: expect.any(Number),
      api_calls: expect.any(Number),
      attempts: 1,
    });
    expect(sumOf(ended.entities_encountered)).toBe(4);
    expect(ended.bytes_read).toBeGreaterThan(0);
    expect(ended.api_calls).toBeGreaterThan(0);
  });

  test('twice is 400 while the first is not over, naming its state', async () => {
    await run();
    const second = await run();
    expect([second.status, second.body.detail]).toEqual([
      400,
      expect.stringContaining('a sync job is already pending'),
    ]);
    const race = await Promise.all(Array.from({ length: 5 }, () => run()));
    expect(race.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    expect((await jobs()).body).toHaveLength(1);
    await withWorker(() => fixture.waitForJob(id, 'completed'));
    expect((await run()).status).toBe(200);
  });

  test('of five requests at once one wins', async () => {
    const race = await Promise.all(Array.from({ length: 5 }, () => run()));
    expect(race.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400, 400]);
  });

  test('again counts what is unchanged as kept; a full one is allowed everywhere', async () => {
    await withWorker(async () => {
      await run();
      await fixture.waitForJob(id, 'completed');
      for (const query of ['', '?force_full_sync=true']) {
        await run(id, query);
        expect(await fixture.waitForJob(id, 'completed')).toMatchObject({
          entities_inserted: 0,
          entities_updated: 0,
          entities_kept: 4,
        });
      }
    });
  });

  test('refuses a force_full_sync that is neither true nor false', async () => {
    expect((await run(id, '?force_full_sync=maybe')).body.errors).toEqual([
      { 'query.force_full_sync': expect.any(String) },
    ]);
  });
});

describe('the list of jobs', () => {
  test('is newest first and limited', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) {
      const { body } = await run();
      ids.unshift(body.id);
      await cancel(body.id);
    }
    expect((await jobs()).body.map((job: { id: string }) => job.id)).toEqual(ids);
    expect((await jobs('?limit=2')).body.map((job: { id: string }) => job.id)).toEqual(ids.slice(0, 2));
    for (const limit of ['0', '1001', 'x']) expect((await jobs(`?limit=${limit}`)).status).toBe(422);
  });
});

describe('cancelling', () => {
  test('a pending job is immediate, and once', async () => {
    const job = (await run()).body;
    const { status, body } = await cancel(job.id);
    expect(status).toBe(200);
    expect(body).toEqual({ ...job, status: 'cancelled', completed_at: expect.stringMatching(instant) });
    const again = await cancel(job.id);
    expect([again.status, again.body.detail]).toEqual([400, expect.stringMatching(/Cannot cancel.*cancelled/)]);
    expect((await fixture.call('GET', `/source-connections/${id}`)).body.status).toBe('active');
  });

  test('a running job goes through cancelling, keeps what was written, and can be run again', async () => {
    id = await connect('timed', { duration_seconds: 60, entity_count: 6_000 });
    await withWorker(async () => {
      const { body: job } = await run();
      await expect.poll(async () => (await jobs()).body[0].entities_inserted, { timeout: 20_000 }).toBeGreaterThan(0);
      const whileRunning = await run();
      expect([whileRunning.status, whileRunning.body.detail]).toEqual([
        400,
        expect.stringContaining('already running'),
      ]);
      const { status, body } = await cancel(job.id);
      expect([status, body.status]).toEqual([200, 'cancelling']);
      const ended = await fixture.waitForJob(id, 'cancelled');
      expect(ended.completed_at).toMatch(instant);
      expect(ended.entities_inserted).toBeGreaterThan(0);
      const { body: connection } = await fixture.call('GET', `/source-connections/${id}`);
      expect(connection.entities.total_entities).toBe(ended.entities_inserted);
      expect((await run()).status).toBe(200);
      await cancel((await jobs()).body[0].id);
      await fixture.waitForJob(id, 'cancelled');
    });
  });

  test('a job that has ended is 400', async () => {
    const { body: job } = await run();
    await withWorker(() => fixture.waitForJob(id, 'completed'));
    const { status, body } = await cancel(job.id);
    expect([status, body.detail]).toEqual([400, expect.stringMatching(/Cannot cancel.*completed/)]);
  });

  test('is 404 for an unknown job and for another connection’s, 422 for what is no id', async () => {
    const other = await connect('stub', {});
    const { body: job } = await run(other);
    expect((await cancel(job.id)).status).toBe(404);
    expect((await cancel(crypto.randomUUID())).status).toBe(404);
    expect((await cancel('not-an-id')).body.errors).toEqual([{ 'path.job_id': expect.stringContaining('valid UUID') }]);
    expect((await cancel(job.id, other)).status).toBe(200);
  });
});
