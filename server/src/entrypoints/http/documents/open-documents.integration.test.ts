import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectHidden } from '../testing/expect-refusals.ts';
import type { Answer } from '../testing/http-fixture.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let folder: string;
let collection: string;
let connection: string;
beforeAll(async () => {
  fixture = await createSourceFixture();
  fixture.startWorker();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-open-'));
  await writeFile(join(folder, 'notes.md'), '# Notes\n\nThe quokka sleeps at noon.\n');
  await writeFile(join(folder, 'broken.pdf'), 'this is no pdf');
  collection = (await fixture.call('POST', '/collections', { name: 'Some papers' })).body.readable_id;
  const body = { short_name: 'files', config: { path: folder }, sync_immediately: true };
  connection = (await fixture.connect(collection, body)).body.id;
  await fixture.waitForJob(connection, 'completed');
  return () => rm(folder, { recursive: true, force: true });
});

const document = async (name: string): Promise<Answer['body']> => {
  const { body } = await fixture.call('GET', `/collections/${collection}/documents?search=${name}`);
  return body[0];
};
const path = (id: string, rest = '') => `/collections/${collection}/documents/${id}${rest}`;
const search = async (query: string): Promise<readonly string[]> => {
  const answer = await fixture.call('POST', `/collections/${collection}/search/instant`, { query });
  return answer.body.results.map((result: { readonly name: string }) => result.name);
};
const runAgain = async () => {
  await fixture.call('POST', `/source-connections/${connection}/run`);
  return fixture.waitForJob(connection, 'completed');
};

describe('an opened document', () => {
  test('shows its passages as they are in the index, by pages', async () => {
    const { id } = await document('notes');
    const { status, body } = await fixture.call('GET', path(id, '/chunks'));
    expect(status).toBe(200);
    expect(body).toEqual([
      { chunk_index: 0, headings: [], text: expect.stringContaining('The quokka sleeps at noon.') },
    ]);
    expect((await fixture.call('GET', path(id, '/chunks?skip=1'))).body).toEqual([]);
    expect((await fixture.call('GET', path(id, '/chunks?limit=0'))).status).toBe(422);
  });

  test('is downloaded as its source gave it, and never as something that a browser would run', async () => {
    const { id } = await document('notes');
    const answer = await fixture.call('GET', path(id, '/raw'));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
    expect(answer.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''notes.md");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('that failed has no passages and no record, and says why', async () => {
    const failed = await document('broken');
    expect(failed).toMatchObject({ state: 'failed', tries: 1, error: expect.any(String) });
    expect((await fixture.call('GET', path(failed.id, '/chunks'))).body).toEqual([]);
    expect((await fixture.call('GET', path(failed.id, '/raw'))).status).toBe(404);
  });

  test('is hidden from others', async () => {
    const { id } = await document('notes');
    for (const rest of ['/chunks', '/raw']) await expectHidden(fixture, 'GET', path(id, rest));
    for (const rest of ['/exclude', '/include']) await expectHidden(fixture, 'POST', path(id, rest));
    expect((await fixture.call('GET', path('00000000-0000-4000-8000-000000000000', '/chunks'))).status).toBe(404);
  });
});

describe('an excluded document', () => {
  test('is not found at once nor after the next run, and is again once it is included', async () => {
    const { id } = await document('notes');
    expect(await search('quokka')).toEqual(['notes.md']);
    expect(await fixture.call('POST', path(id, '/exclude'))).toMatchObject({
      status: 200,
      body: { state: 'excluded' },
    });
    expect(await search('quokka')).toEqual([]);
    await writeFile(join(folder, 'notes.md'), '# Notes\n\nThe quokka wakes at dusk.\n');
    expect((await runAgain()).entities_deleted).toBe(0);
    expect(await search('quokka')).toEqual([]);
    const listed = await fixture.call('GET', `/collections/${collection}/documents?state=excluded`);
    expect(listed.body.map((one: { readonly id: string }) => one.id)).toEqual([id]);
    expect((await fixture.call('POST', path(id, '/exclude'))).status).toBe(200);
    await fixture.call('POST', path(id, '/include'));
    await runAgain();
    expect(await search('quokka')).toEqual(['notes.md']);
    expect(await document('notes')).toMatchObject({ state: 'indexed', chunk_count: 1 });
  });

  test('cannot be one that was pushed, and the answer says what to do', async () => {
    const documents = [{ id: 'mine', name: 'Mine', text: 'A pushed wombat.' }];
    await fixture.call('POST', `/collections/${collection}/documents?wait=true`, { documents });
    const { status, body } = await fixture.call('POST', path('mine', '/exclude'));
    expect({ status, body }).toMatchObject({
      status: 400,
      body: { detail: expect.stringMatching(/delete it instead/) },
    });
  });
});

describe('the failures of a connection', () => {
  test('are listed with their reasons, and tried again on request', async () => {
    const { status, body } = await fixture.call('GET', `/source-connections/${connection}/failures`);
    expect(status).toBe(200);
    expect(body).toMatchObject([{ name: 'broken.pdf', state: 'failed', tries: 1, source_connection_id: connection }]);
    await writeFile(join(folder, 'broken.pdf'), 'still none');
    const retried = await fixture.call('POST', `/source-connections/${connection}/failures/retry`);
    expect(retried.status).toBe(200);
    await fixture.waitForJob(connection, 'completed');
    const again = await fixture.call('GET', `/source-connections/${connection}/failures`);
    expect(again.body).toMatchObject([{ tries: 2 }]);
  });

  test('are hidden from others', async () => {
    await expectHidden(fixture, 'GET', `/source-connections/${connection}/failures`);
    await expectHidden(fixture, 'POST', `/source-connections/${connection}/failures/retry`);
  });

  test('that were pushed have to be pushed again', async () => {
    const documents = [{ id: 'mine', name: 'Mine', text: 'A pushed wombat.' }];
    const pushed = await fixture.call('POST', `/collections/${collection}/documents?wait=true`, { documents });
    const { source_connection_id: id } = pushed.body;
    expect((await fixture.call('POST', `/source-connections/${id}/failures/retry`)).status).toBe(400);
  });
});
