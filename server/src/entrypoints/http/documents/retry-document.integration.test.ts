import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unlimited } from '../../../core/quotas/index.ts';
import { expectHidden } from '../testing/expect-refusals.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let folder: string;
let connection: string;
beforeAll(async () => {
  fixture = await createSourceFixture({ quotas: { ...unlimited, documents: 4 } });
  fixture.startWorker();
  folder = await mkdtemp(join(tmpdir(), 'weft-retry-'));
  await writeFile(join(folder, 'notes.md'), '# Notes\n\nThe numbat naps.\n');
  await writeFile(join(folder, 'broken.pdf'), 'this is no pdf');
  await fixture.createCollection('papers');
  const body = { short_name: 'files', config: { path: folder }, sync_immediately: true };
  connection = (await fixture.connect('papers', body)).body.id;
  await fixture.waitForJob(connection, 'completed');
});
afterAll(async () => {
  await fixture.close();
  await rm(folder, { recursive: true, force: true });
});

const find = async (name: string) =>
  (await fixture.call('GET', `/collections/papers/documents?search=${name}`)).body[0];
const act = (id: string, action: string) =>
  fixture.call('POST', `/collections/papers/documents/${encodeURIComponent(id)}/${action}`);

describe('a failed document', () => {
  test('says whose fault it is, and since when', async () => {
    const { first_failed_at, last_failed_at, ...document } = await find('broken');
    expect(document).toMatchObject({ state: 'failed', error_blame: 'document', tries: 1 });
    expect(first_failed_at).toBe(last_failed_at);
    expect(Date.parse(first_failed_at)).toBeGreaterThan(Date.now() - 600_000);
    expect(await find('notes')).toMatchObject({ error_blame: null, first_failed_at: null, last_failed_at: null });
  });

  test('is tried again on request, and keeps the time of its first failure', async () => {
    const before = await find('broken');
    const { status, body } = await act(before.id, 'retry');
    expect([status, body.source_connection_id]).toEqual([200, connection]);
    await fixture.waitForJob(connection, 'completed');
    const after = await find('broken');
    expect(after).toMatchObject({ tries: 2, first_failed_at: before.first_failed_at });
    expect(Date.parse(after.last_failed_at)).toBeGreaterThan(Date.parse(before.last_failed_at));
  });

  test('that is excluded is no failure any more', async () => {
    const { id } = await find('broken');
    await act(id, 'exclude');
    expect((await fixture.call('GET', `/source-connections/${connection}/failures`)).body).toEqual([]);
    await act(id, 'include');
    expect((await fixture.call('GET', `/source-connections/${connection}/failures`)).body).toMatchObject([{ id }]);
  });
});

test('a document that has not failed is not tried again', async () => {
  const { id } = await find('notes');
  const { status, body } = await act(id, 'retry');
  expect([status, body.detail]).toEqual([400, 'This document has not failed: it is indexed.']);
  expect((await act('nothing', 'retry')).status).toBe(404);
  await expectHidden(fixture, 'POST', `/collections/papers/documents/${id}/retry`);
});

test('a document that is included again with the same content is indexed again, all of it', async () => {
  const { id } = await find('notes');
  await act(id, 'exclude');
  expect((await act(id, 'include')).body).toMatchObject({ state: 'pending', chunk_count: 0, indexed_at: null });
  await fixture.call('POST', `/source-connections/${connection}/run`);
  await fixture.waitForJob(connection, 'completed');
  expect(await find('notes')).toMatchObject({ state: 'indexed', chunk_count: 1 });
  const query = { query: 'numbat', retrieval_strategy: 'keyword' };
  expect((await fixture.call('POST', '/collections/papers/search/instant', query)).body.results).toHaveLength(1);
});

test('a push beyond the quota is 400, says so, and leaves no upload behind', async () => {
  const before = (await fixture.listBlobs()).length;
  const form = new FormData();
  for (const name of ['a.txt', 'b.txt', 'c.txt']) form.append('file', new File([name], name));
  const answer = await fetch(`${fixture.url}/collections/papers/documents`, {
    method: 'POST',
    body: form,
    headers: { 'x-api-key': fixture.key },
  });
  expect([answer.status, await answer.json()]).toEqual([
    400,
    { detail: expect.stringMatching(/^The organisation's limit of 4 documents is reached: it has 2\. /) },
  ]);
  expect((await fixture.listBlobs()).length).toBe(before);
  // Another organisation has room of its own.
  const documents = [{ id: 'theirs', name: 'Theirs', text: 'text' }];
  await fixture.ask('POST', '/collections', {
    key: fixture.foreign.key,
    body: { name: 'Their papers', readable_id: 'theirs' },
  });
  const theirs = await fixture.ask('POST', '/collections/theirs/documents?wait=true', {
    key: fixture.foreign.key,
    body: { documents },
  });
  expect([theirs.status, theirs.body.accepted]).toEqual([200, 1]);
});
