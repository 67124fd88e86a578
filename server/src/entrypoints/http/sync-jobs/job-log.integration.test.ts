import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createSyncStore } from '../../../adapters/postgres/sync-store.ts';
import { type AnyConnector, defineConnector, fieldsOf, type Page, SourceError } from '../../../connector-kit/index.ts';
import { Scope, SyncJobId } from '../../../core/shared/index.ts';
import { JobLog, maxLogLines } from '../../../core/sync/index.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

const secret = 'a-secret-of-the-source';
const credentials = z.strictObject({ api_key: z.string().meta({ title: 'Key', description: 'Key', isSecret: true }) });
const config = z.strictObject({});

/** What the next run of the moody source does. */
let read: (checkpoint: unknown, signal: AbortSignal) => AsyncGenerator<Page>;
const moody: AnyConnector = defineConnector({
  shortName: 'moody',
  displayName: 'Moody',
  description: 'Does what a test says',
  className: 'MoodySource',
  labels: ['Testing'],
  authMethods: ['direct'],
  isInternal: true,
  supportsContinuous: false,
  config,
  configFields: fieldsOf(config),
  credentials,
  credentialFields: fieldsOf(credentials),
  entityTypes: [{ name: 'NoteEntity', description: 'A note' }],
  streams: { notes: { mode: 'full', read: ({ checkpoint, signal }) => read(checkpoint, signal) } },
  async validate() {},
});

let fixture: SourceFixture;
let id: string;
beforeAll(async () => {
  fixture = await createSourceFixture({ connectors: [moody] });
  await fixture.createCollection('papers');
  fixture.startWorker();
  id = (
    await fixture.connect('papers', {
      short_name: 'moody',
      config: {},
      authentication: { credentials: { api_key: secret } },
    })
  ).body.id;
});
afterAll(() => fixture.close());

const note = (name: string) => ({
  id: name,
  type: 'NoteEntity',
  name,
  breadcrumbs: [],
  fields: {},
  text: `the text of ${name}`,
});

async function runTo(status: string, given: typeof read) {
  read = given;
  const { body } = await fixture.call('POST', `/source-connections/${id}/run`);
  return fixture.waitForJob(id, status).then((job) => ({ ...job, id: body.id }));
}
const logOf = (job: string, query = '', headers = {}) =>
  fixture.ask('GET', `/source-connections/${id}/jobs/${job}/log${query}`, { key: fixture.key, headers });
const jobOf = async (job: string) => (await fixture.call('GET', `/source-connections/${id}/jobs/${job}`)).body;
const messagesOf = async (job: string): Promise<readonly string[]> =>
  (await logOf(job)).body.map((line: { message: string }) => line.message);

test('the log tells the start, waits, failed items and the end, without secrets and without texts', async () => {
  let asked = 0;
  const job = await runTo('completed', async function* (checkpoint) {
    asked += 1;
    if (asked === 1) {
      yield { entities: [note('a'), note('b')], checkpoint: 1 };
      throw new SourceError('rate_limited', 'slow down', { retryAfterMs: 10 });
    }
    expect(checkpoint).toBe(1);
    const reason = `the key ${secret} may not read this\nnor https://anna:geheim@example.com/x`;
    yield { entities: [], failures: [{ id: 'c', type: 'NoteEntity', name: 'c', reason }], checkpoint: 2 };
  });
  expect(job).toMatchObject({ retries: 1, api_calls: 2, entities_inserted: 2, entities_failed: 1, waiting_for: null });
  const { status, body } = await logOf(job.id);
  expect(status).toBe(200);
  expect(body.map(({ level, message, entity }: Record<string, unknown>) => [level, message, entity])).toEqual([
    ['info', 'Started by hand.', null],
    ['info', 'Reading everything.', null],
    ['warn', expect.stringMatching(/^Waiting: The source is at its limit; asking again in \d+ s\.$/), null],
    ['warn', 'Failed: c: the key [redacted] may not read this nor https://anna:[redacted]@example.com/x', 'c'],
    ['info', 'Completed: 2 inserted, 0 updated, 0 deleted, 0 unchanged, 1 failed.', null],
  ]);
  expect(JSON.stringify(body)).not.toContain('the text of');
  const failures = await fixture.call('GET', `/source-connections/${id}/failures`);
  expect(failures.body).toMatchObject([
    { entity_id: 'c', error: expect.stringContaining('the key [redacted] may not') },
  ]);
  for (const { time } of body) expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
});

test('the log can be downloaded as text, one line each', async () => {
  const job = await runTo('completed', async function* () {
    yield { entities: [note('a'), note('b')], checkpoint: 1 };
  });
  const line = /^\S+Z (INFO |WARN |ERROR) .+$/;
  for (const { body, headers, status } of [
    await logOf(job.id, '?format=text'),
    await logOf(job.id, '', { accept: 'text/plain' }),
  ]) {
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(headers.get('content-disposition')).toBe(`attachment; filename="sync-job-${job.id}.log"`);
    const lines = body.trimEnd().split('\n');
    for (const text of lines) expect(text).toMatch(line);
    expect(lines.at(-1)).toContain('Completed: 0 inserted, 0 updated, 1 deleted, 2 unchanged');
  }
  expect((await logOf(job.id, '?format=json', { accept: 'text/plain' })).headers.get('content-type')).toBe(
    'application/json',
  );
  expect((await logOf(job.id, '?format=xml')).status).toBe(422);
});

test('the end of a failed run is in the log, and what it came to stays with the job', async () => {
  const job = await runTo('failed', async function* () {
    yield { entities: [note('a')], checkpoint: 1 };
    throw new SourceError('source', `no answer to ${secret}`, { status: 400 });
  });
  expect(await messagesOf(job.id)).toContainEqual(
    expect.stringMatching(/^Failed: no answer to \[redacted\] \(until then: 0 inserted, .* 1 unchanged/),
  );
  const { body } = await fixture.call('GET', `/source-connections/${id}/jobs/${job.id}`);
  expect(body).toMatchObject({ status: 'failed', error: 'no answer to [redacted]', duration_seconds: null });
  expect(body.elapsed_seconds).toEqual(expect.any(Number));
  expect(body.failed_at).not.toBeNull();
});

test('a sweep is told, and one that would take most is told to wait', async () => {
  const many = Array.from({ length: 130 }, (_, index) => note(`n${index}`));
  await runTo('completed', async function* () {
    yield { entities: many, checkpoint: 1 };
  });
  const swept = await runTo('completed', async function* () {
    yield { entities: many.slice(0, 125), checkpoint: 1 };
  });
  expect(await messagesOf(swept.id)).toContain('Deleting 5 documents that were not found any more.');
  const held = await runTo('completed', async function* () {
    yield { entities: many.slice(0, 1), checkpoint: 1 };
  });
  expect(await messagesOf(held.id)).toContainEqual(
    expect.stringMatching(/^124 of 125 documents were not found any more; deleting them waits for a decision\.$/),
  );
});

test('a run that another worker takes up says so, and goes on counting', async () => {
  const first = [note('x1'), note('x2')];
  read = async function* (checkpoint, signal) {
    if (checkpoint === undefined) {
      yield { entities: first, checkpoint: 1 };
      await delay(60_000, undefined, { signal });
    }
    yield { entities: [note('x3')], checkpoint: 2 };
  };
  const { body: job } = await fixture.call('POST', `/source-connections/${id}/run`);
  await expect.poll(async () => (await jobOf(job.id)).entities_inserted, { timeout: 10_000 }).toBe(2);
  const running = await jobOf(job.id);
  expect(running).toMatchObject({ status: 'running', phase: 'reading', current_scope: 'notes', attempts: 1 });
  expect(running.remaining).toBeGreaterThan(0);
  await sql`update sync_jobs set lease_owner = 'another', lease_expires_at = now() - interval '1 second' where id = ${job.id}`.execute(
    fixture.database.system(),
  );
  fixture.startWorker();
  const ended = await fixture.waitForJob(id, 'completed');
  expect(ended).toMatchObject({ attempts: 2, entities_inserted: 3, api_calls: 2, phase: null, remaining: null });
  expect(ended.bytes_read).toBe(3 * 'the text of x1'.length);
  expect(ended.entities_encountered).toEqual({ NoteEntity: 3 });
  const messages = await messagesOf(job.id);
  expect(messages).toContain('Taken up again (attempt 2), from the last committed page where there is one.');
  expect(messages.at(-1)).toMatch(/^Completed: 3 inserted/);
});

test('a run that waits for long says so, and keeps what it counted', async () => {
  read = async function* () {
    yield { entities: [note('y1')], checkpoint: 1 };
    throw new SourceError('rate_limited', 'come back later', { retryAfterMs: 120_000 });
  };
  const { body: job } = await fixture.call('POST', `/source-connections/${id}/run`);
  await expect.poll(async () => (await jobOf(job.id)).waiting_for, { timeout: 10_000 }).toMatch(/at its limit/);
  expect(await jobOf(job.id)).toMatchObject({ status: 'running', phase: 'waiting', retries: 1, api_calls: 1 });
  expect((await messagesOf(job.id)).at(-1)).toMatch(/^Waiting until \d{4}-.*: The source is at its limit/);
  await fixture.call('POST', `/source-connections/${id}/jobs/${job.id}/cancel`);
  expect(await fixture.waitForJob(id, 'cancelled')).toMatchObject({
    phase: null,
    waiting_for: null,
    entities_inserted: 1,
  });
  expect((await messagesOf(job.id)).at(-1)).toMatch(/^Cancelled: 1 inserted/);
});

test('only the newest lines of a job are kept, and each is cut', async () => {
  const job = await runTo('completed', async function* () {
    yield { entities: [note('a')], checkpoint: 1 };
  });
  const store = createSyncStore(fixture.database);
  const ref = { id: SyncJobId.parse(job.id), scope: new Scope(fixture.owner.organization.id) };
  for (let batch = 0; batch < 3; batch += 1) {
    const log = new JobLog();
    for (let line = 0; line < 600; line += 1) log.info(`${batch}/${line} ${'x'.repeat(3_000)}\0`);
    await store.appendLog(ref, log.take());
  }
  const messages = await messagesOf(job.id);
  expect(messages).toHaveLength(maxLogLines);
  expect(messages.at(-1)).toMatch(/^2\/599 x+…$/);
  expect(Math.max(...messages.map((message) => message.length))).toBe(1_000);
  // Of a job that is gone nothing is kept, and nothing breaks.
  const log = new JobLog();
  log.info('too late');
  await store.appendLog({ ...ref, id: SyncJobId.parse(crypto.randomUUID()) }, log.take());
  const { rows } = await sql`select 1 from sync_job_logs where message = 'too late'`.execute(fixture.database.system());
  expect(rows).toEqual([]);
});
