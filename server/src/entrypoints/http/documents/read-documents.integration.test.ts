import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden } from '../testing/expect-refusals.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
let connectionId: string;
let pushedTo: string;
beforeAll(async () => {
  fixture = await createSourceFixture();
  fixture.startWorker();
  await fixture.createCollection('papers');
  connectionId = (await fixture.connect('papers', { sync_immediately: true, config: { entity_count: 5 } })).body.id;
  await fixture.waitForJob(connectionId, 'completed');
  const documents = ['otter', 'Badger', '100%_\\sure'].map((name) => ({
    id: `id of ${name}`,
    name,
    text: `${name} text`,
  }));
  pushedTo = (await fixture.call('POST', '/collections/papers/documents?wait=true', { documents })).body
    .source_connection_id;
});
afterAll(() => fixture.close());

const list = (query = '') => fixture.call('GET', `/collections/papers/documents?${query}`);
const get = (id: string) => fixture.call('GET', `/collections/papers/documents/${encodeURIComponent(id)}`);
const remove = (id: string) => fixture.call('DELETE', `/collections/papers/documents/${encodeURIComponent(id)}`);
const namesOf = async (query: string): Promise<string[]> =>
  (await list(query)).body.map((document: { name: string }) => document.name).toSorted();

describe('the list of documents', () => {
  test('holds those of every source, each as it is read alone', async () => {
    const { status, body } = await list();
    expect([status, body.length]).toEqual([200, 8]);
    for (const document of body) expect((await get(document.id)).body).toEqual(document);
    expect(new Set(body.map((document: { source_name: string }) => document.source_name))).toEqual(
      new Set(['stub', 'documents']),
    );
  });

  test('can be limited to a source connection, a state and a part of the name', async () => {
    expect((await list(`source_connection_id=${connectionId}`)).body).toHaveLength(5);
    expect(await namesOf(`source_connection_id=${pushedTo}`)).toEqual(['100%_\\sure', 'Badger', 'otter']);
    expect(await namesOf('search=BADG')).toEqual(['Badger']);
    expect(await namesOf(`search=${encodeURIComponent('%_\\')}`)).toEqual(['100%_\\sure']);
    expect((await list('search=')).body).toHaveLength(8);
    expect((await list('state=indexed')).body).toHaveLength(8);
    for (const state of ['failed', 'pending']) expect((await list(`state=${state}`)).body).toEqual([]);
    expect((await list(`source_connection_id=${crypto.randomUUID()}`)).body).toEqual([]);
  });

  test('comes in pages that hold each document once', async () => {
    const pages = await Promise.all([0, 3, 6, 9].map((skip) => list(`limit=3&skip=${skip}`)));
    expect(pages.map(({ body }) => body.length)).toEqual([3, 3, 2, 0]);
    expect(new Set(pages.flatMap(({ body }) => body.map((document: { id: string }) => document.id))).size).toBe(8);
  });

  test('shows why a document failed', async () => {
    await fixture.createCollection('failing');
    const form = new FormData();
    form.set('file', new File(['no pdf at all'], 'broken.pdf', { type: 'application/pdf' }));
    const answer = await fetch(`${fixture.url}/collections/failing/documents?wait=true`, {
      method: 'POST',
      body: form,
      headers: { 'x-api-key': fixture.key },
    });
    const pushed = (await answer.json()) as { failed: { id: string; error: string }[] };
    expect(pushed).toMatchObject({ accepted: 0, failed: [{ id: 'broken.pdf', error: expect.stringMatching(/pdf/) }] });
    const { body } = await fixture.call('GET', '/collections/failing/documents?state=failed');
    expect(body).toMatchObject([
      { entity_id: 'broken.pdf', state: 'failed', error: pushed.failed[0]?.error, chunk_count: 0, indexed_at: null },
    ]);
  });

  test.each([
    ['state=done', 'query.state'],
    ['limit=0', 'query.limit'],
    ['limit=1001', 'query.limit'],
    ['skip=-1', 'query.skip'],
    ['source_connection_id=x', 'query.source_connection_id'],
    ['search=%00', 'query.search'],
  ])('refuses the query %s', async (query, place) => {
    const { status, body } = await list(query);
    expect([status, body.errors]).toEqual([422, [{ [place]: expect.any(String) }]]);
  });
});

describe('a document', () => {
  test('is found by our id in any spelling of case, and by the id it was pushed with', async () => {
    const { body } = await get('id of otter');
    for (const id of [body.id, body.id.toUpperCase()]) expect((await get(id)).body).toEqual(body);
  });

  test.each(['nothing', crypto.randomUUID(), '🚀', 'stub-container-42', '%'])('%s is 404', async (id) => {
    const answer = await get(id);
    expect([answer.status, answer.body.detail]).toEqual([404, `Document '${id}' not found`]);
    expect((await remove(id)).status).toBe(404);
  });

  test('of a collection that is not there or not theirs is 404', async () => {
    expect((await fixture.call('GET', '/collections/nothing-here/documents/x')).body).toEqual({
      detail: 'Collection not found',
    });
    const { id } = (await get('id of otter')).body;
    for (const path of ['', `/${id}`]) await expectHidden(fixture, 'GET', `/collections/papers/documents${path}`);
    await expectHidden(fixture, 'DELETE', `/collections/papers/documents/${id}`);
    await fixture.createCollection('other-one');
    expect((await fixture.call('GET', `/collections/other-one/documents/${id}`)).status).toBe(404);
    expect((await get(id)).status).toBe(200);
  });
});

describe('deleting a document', () => {
  test('that was pushed answers with it, once, and search does not find it any more', async () => {
    const before = (await get('id of Badger')).body;
    const { status, body } = await remove('id of Badger');
    expect([status, body]).toEqual([200, before]);
    expect((await remove('id of Badger')).status).toBe(404);
    const query = { query: 'Badger', retrieval_strategy: 'keyword' };
    expect((await fixture.call('POST', '/collections/papers/search/instant', query)).body.results).toEqual([]);
    const again = { documents: [{ id: 'id of Badger', name: 'Badger', text: 'Badger text' }] };
    expect((await fixture.call('POST', '/collections/papers/documents?wait=true', again)).body.accepted).toBe(1);
    expect((await fixture.call('POST', '/collections/papers/search/instant', query)).body.results).toHaveLength(1);
  });

  test('of another source is refused, since the source would bring it back', async () => {
    const [document] = (await list(`source_connection_id=${connectionId}`)).body;
    const { status, body } = await remove(document.id);
    expect([status, body.detail]).toEqual([400, expect.stringContaining("source 'stub', which would bring it back")]);
    expect((await get(document.id)).status).toBe(200);
  });
});
