import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture();
});
afterAll(() => fixture.close());

const connect = async (config: object, more: object = {}): Promise<string> => {
  const { body: collection } = await fixture.call('POST', '/collections', { name: 'Some papers' });
  const body = { short_name: 'stub', readable_collection_id: collection.readable_id, config, ...more };
  return (await fixture.call('POST', '/source-connections', body)).body.id;
};
const run = async (id: string): Promise<string> =>
  (await fixture.call('POST', `/source-connections/${id}/run`)).body.id;
const cancel = (id: string, job: string) => fixture.call('POST', `/source-connections/${id}/jobs/${job}/cancel`);

/** Of the connection, in the order in which they happened. */
async function eventsOf(id: string): Promise<readonly Record<string, unknown>[]> {
  const { rows } = await sql<{ payload: Record<string, unknown> }>`
    select payload from event_messages where payload->>'source_connection_id' = ${id}
    order by at, case event_type when 'source_connection.created' then 0 when 'source_connection.deleted' then 2 else 1 end`.execute(
    fixture.database.system(),
  );
  return rows.map(({ payload }) => payload);
}
const typesOf = async (id: string) => (await eventsOf(id)).map(({ event_type }) => event_type);

test('a job that is cancelled while it waits tells of it at once', async () => {
  const id = await connect({ entity_count: 2 }, { sync_immediately: false });
  await cancel(id, await run(id));
  expect(await typesOf(id)).toEqual(['source_connection.created', 'sync.pending', 'sync.cancelled']);
});

test('a running job that is cancelled tells that it is being, and that it was', async () => {
  const id = await connect({ entity_count: 500, delay_ms: 20 }, { sync_immediately: false });
  const worker = fixture.startWorker();
  try {
    const job = await run(id);
    await fixture.waitForJob(id, 'running');
    await cancel(id, job);
    await fixture.waitForJob(id, 'cancelled');
  } finally {
    await worker.stop();
  }
  expect(await typesOf(id)).toEqual([
    ...['source_connection.created', 'sync.pending', 'sync.running', 'sync.cancelling', 'sync.cancelled'],
  ]);
});

test('a job that fails says why', async () => {
  const id = await connect({ entity_count: 10, fail_after: 3 }, { sync_immediately: false });
  const worker = fixture.startWorker();
  try {
    await run(id);
    await fixture.waitForJob(id, 'failed');
  } finally {
    await worker.stop();
  }
  const last = (await eventsOf(id)).at(-1);
  expect(last).toMatchObject({ event_type: 'sync.failed', status: 'failed', error: expect.stringMatching(/\w/) });
});

test('deleting a connection ends its job, and both are told', async () => {
  const id = await connect({ entity_count: 2 });
  await fixture.call('DELETE', `/source-connections/${id}`);
  expect(await typesOf(id)).toEqual([
    ...['source_connection.created', 'sync.pending', 'sync.cancelled', 'source_connection.deleted'],
  ]);
});
