import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { type EventMessage, openStream } from '../testing/read-events.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let id: string;
beforeAll(async () => {
  fixture = await createSourceFixture({ streams: { heartbeatMs: 150, closeAfterMs: 100, maxPerOrganization: 4 } });
  await fixture.createCollection('papers');
  fixture.startWorker();
});
afterAll(() => fixture.close());

const connect = async (short_name: string, config: object): Promise<string> =>
  (await fixture.connect('papers', { short_name, config })).body.id;
/** Ends only when it is ended: what is done to it comes in time, however busy the machine is. */
const connectLong = () => connect('timed', { entity_count: 300, duration_seconds: 60 });
const run = async (): Promise<string> => (await fixture.call('POST', `/source-connections/${id}/run`)).body.id;
const cancel = (job: string) => fixture.call('POST', `/source-connections/${id}/jobs/${job}/cancel`);
const follow = (job: string, what = 'subscribe', headers = {}) =>
  openStream(`${fixture.url}/sync/job/${job}/${what}`, { key: fixture.key, headers });
const withoutHeartbeats = (messages: readonly EventMessage[]) =>
  messages.filter(({ type }: { type?: string }) => type !== 'heartbeat');
const sumOf = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('following a job', () => {
  beforeEach(async () => {
    id = await connect('timed', { entity_count: 300, duration_seconds: 1.5 });
  });

  test('tells what there is at once, then each change in order until the end, and closes', async () => {
    const job = await run();
    const stream = await follow(job);
    expect(stream.status).toBe(200);
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
    expect(stream.headers.get('access-control-allow-origin')).toBe('*');
    expect(stream.headers.has('content-length')).toBe(false);
    await stream.closed;

    expect(stream.text).toMatch(/^(data: \{[^\n]*\}\n\n)+$/);
    const [connected, ...progress] = withoutHeartbeats(stream.messages);
    expect(connected).toEqual({ type: 'connected', job_id: job });
    expect(progress[0]).toEqual({
      inserted: expect.any(Number),
      updated: 0,
      deleted: 0,
      kept: 0,
      skipped: 0,
      failed: 0,
      entities_encountered: expect.any(Object),
      status: null,
      phase: progress[0].phase,
      waiting_for: null,
      current_scope: progress[0].current_scope,
      rate: progress[0].rate,
      remaining: null,
      last_update_timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/),
    });
    const inserted = progress.map((message) => message.inserted);
    expect(inserted).toEqual(inserted.toSorted((a, b) => a - b));
    expect(new Set(inserted).size).toBeGreaterThan(3);
    for (const message of progress) expect(sumOf(message.entities_encountered)).toBe(message.inserted);
    expect(progress.map(({ status }) => status)).toEqual([...progress.slice(1).map(() => null), 'completed']);
    expect(progress.at(-1)).toMatchObject({
      inserted: 301,
      entities_encountered: { TimedContainerEntity: 1, TimedEntity: 300 },
      phase: null,
      rate: null,
    });
    const reading = progress.find(({ phase, rate }) => phase === 'reading' && rate !== null);
    expect(reading).toMatchObject({ current_scope: 'items', rate: expect.any(Number) });
  });

  test('after its end gives one snapshot and closes', async () => {
    const job = await run();
    await fixture.waitForJob(id, 'completed');
    const stream = await follow(job);
    await stream.closed;
    const [connected, snapshot, ...more] = withoutHeartbeats(stream.messages);
    expect(connected).toEqual({ type: 'connected', job_id: job });
    expect(snapshot).toMatchObject({ inserted: 301, status: 'completed' });
    expect(more).toEqual([]);
  });

  test('sees a cancellation', async () => {
    id = await connectLong();
    const job = await run();
    const stream = await follow(job);
    await fixture.waitForJob(id, 'running');
    await cancel(job);
    await stream.closed;
    expect(withoutHeartbeats(stream.messages).at(-1)).toMatchObject({ status: 'cancelled', phase: null });
  });

  test('sees why it failed', async () => {
    id = await connect('exception_stub', { entity_count: 10, exception_type: 'runtime_error', trigger_after: 5 });
    const job = await run();
    const stream = await follow(job);
    await stream.closed;
    expect(withoutHeartbeats(stream.messages).at(-1)).toMatchObject({ status: 'failed', error: expect.any(String) });
  });

  test('tells by a heartbeat that it lives while nothing changes', async () => {
    // A job that no worker takes up does not change.
    const other = await createSourceFixture({ streams: { heartbeatMs: 50 } });
    try {
      await other.createCollection('quiet');
      const { body: connection } = await other.connect('quiet');
      const { body: job } = await other.call('POST', `/source-connections/${connection.id}/run`);
      const stream = await openStream(`${other.url}/sync/job/${job.id}/subscribe`, { key: other.key });
      await expect.poll(() => stream.messages.length).toBeGreaterThan(4);
      expect(stream.messages.slice(1, 4)).toEqual([
        expect.objectContaining({ status: null, inserted: 0 }),
        { type: 'heartbeat' },
        { type: 'heartbeat' },
      ]);
      // A server that stops ends what is open, and opens no more.
      other.streams.close();
      await stream.closed;
      expect((await other.call('GET', `/sync/job/${job.id}/subscribe`)).status).toBe(503);
    } finally {
      await other.close();
    }
  });

  test('leaves nothing behind when the client goes away, and one query serves all who follow', async () => {
    const job = await run();
    const streams = await Promise.all([follow(job), follow(job), follow(job, 'subscribe-state')]);
    expect([fixture.streams.size, fixture.watchedJobs]).toEqual([3, 1]);
    await expect.poll(() => streams.every(({ messages }) => messages.length > 2)).toBe(true);
    for (const stream of streams) stream.leave();
    await expect.poll(() => [fixture.streams.size, fixture.watchedJobs]).toEqual([0, 0]);
    expect(await fixture.waitForJob(id, 'completed')).toMatchObject({ entities_inserted: 301 });
  });

  test('more often than the organisation may is 429; another organisation is not held up by it', async () => {
    const job = await run();
    const streams = await Promise.all(Array.from({ length: 4 }, () => follow(job)));
    const refused = await fixture.call('GET', `/sync/job/${job}/subscribe`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '10']);
    expect((await fixture.ask('GET', `/sync/job/${job}/subscribe`, { key: fixture.foreign.key })).status).toBe(404);
    for (const stream of streams) stream.leave();
    await expect.poll(() => fixture.streams.size).toBe(0);
    (await follow(job)).leave();
  });

  test('a page of an allowed origin is named, so that it may send credentials', async () => {
    const stream = await follow(await run(), 'subscribe', { origin: 'http://localhost:5173' });
    stream.leave();
    expect(stream.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(stream.headers.get('access-control-allow-credentials')).toBe('true');
  });

  test('a job whose connection is deleted is told to be cancelled', async () => {
    id = await connectLong();
    const stream = await follow(await run());
    await fixture.waitForJob(id, 'running');
    await fixture.call('DELETE', `/source-connections/${id}`);
    await stream.closed;
    expect(withoutHeartbeats(stream.messages).at(-1)).toMatchObject({ status: 'cancelled' });
  });
});

describe('following what a job has stored', () => {
  test('tells the documents by type while it runs, and at the end', async () => {
    id = await connect('timed', { entity_count: 200, duration_seconds: 1.5 });
    const job = await run();
    const { sync_id } = (await fixture.call('GET', `/source-connections/${id}/sync-id`)).body;
    const stream = await follow(job, 'subscribe-state');
    await stream.closed;
    const [connected, ...states] = withoutHeartbeats(stream.messages);
    const timestamp = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/);
    expect(connected).toEqual({ type: 'connected', job_id: job });
    expect(states.length).toBeGreaterThan(2);
    for (const state of states.slice(0, -1)) {
      expect(state).toEqual({
        type: 'entity_state',
        job_id: job,
        sync_id,
        entity_counts: expect.any(Object),
        total_entities: sumOf(state.entity_counts),
        timestamp,
        job_status: 'running',
      });
    }
    const totals = states.map(({ total_entities }) => total_entities);
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    expect(states.at(-1)).toEqual({
      type: 'sync_complete',
      job_id: job,
      sync_id,
      is_complete: true,
      is_failed: false,
      final_counts: { TimedContainerEntity: 1, TimedEntity: 200 },
      total_entities: 201,
      total_operations: 201,
      timestamp,
      final_status: 'completed',
      error: null,
    });
  });
});

describe('who may follow', () => {
  test('another organisation, a key of other collections and who asks for what is not there get 404', async () => {
    id = await connect('stub', { entity_count: 1 });
    const job = await run();
    for (const what of ['subscribe', 'subscribe-state']) {
      await expectHidden(fixture, 'GET', `/sync/job/${job}/${what}`);
      expect((await fixture.call('GET', `/sync/job/${crypto.randomUUID()}/${what}`)).status).toBe(404);
      expect((await fixture.call('GET', `/sync/job/no-id/${what}`)).status).toBe(422);
      const own = await fixture.createKey({ collections: ['papers'], scopes: ['read'] });
      const stream = await openStream(`${fixture.url}/sync/job/${job}/${what}`, { key: own });
      expect(stream.status).toBe(200);
      stream.leave();
    }
    for (const what of ['', '/log']) {
      await expectHidden(fixture, 'GET', `/source-connections/${id}/jobs/${job}${what}`);
    }
  });

  test('nobody without a key that may read', async () => {
    const own = fixture.endpoints.filter(({ path }) => /sync\/job|jobs\/\{job_id\}(\/log)?$/.test(path));
    expect(own).toHaveLength(4);
    for (const endpoint of own) await expectRefusals(fixture, endpoint);
  });
});
