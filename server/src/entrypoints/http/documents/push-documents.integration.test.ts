import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { expectHidden } from '../testing/expect-refusals.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const maxUploadBytes = 300_000;

let fixture: SourceFixture;
let collection: string;
beforeAll(async () => {
  fixture = await createSourceFixture({ maxUploadBytes });
  fixture.startWorker();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  collection = (await fixture.call('POST', '/collections', { name: 'Some papers' })).body.readable_id;
});

const push = (body: unknown, query = '?wait=true') =>
  fixture.call('POST', `/collections/${collection}/documents${query}`, body);
const note = (id: string, text = `Text of ${id}`) => ({ id, name: `Note ${id}`.slice(0, 512), text });
const get = (id: string) => fixture.call('GET', `/collections/${collection}/documents/${encodeURIComponent(id)}`);
const list = async () => (await fixture.call('GET', `/collections/${collection}/documents`)).body;
const search = async (query: string): Promise<string[]> => {
  const body = { query, retrieval_strategy: 'keyword' };
  const answer = await fixture.call('POST', `/collections/${collection}/search/instant`, body);
  return answer.body.results.map((result: { textual_representation: string }) => result.textual_representation);
};

describe('pushing documents', () => {
  test('with wait answers 200 once they are searchable, with every field', async () => {
    const { status, body } = await push({ documents: [note('one', 'kelp forest'), note('two', 'kelp bed')] });
    expect([status, body]).toEqual([
      200,
      { accepted: 2, unchanged: 0, failed: [], source_connection_id: expect.stringMatching(uuid), pending: false },
    ]);
    expect((await search('kelp')).toSorted()).toEqual(['kelp bed', 'kelp forest']);
    const connection = (await fixture.call('GET', `/source-connections/${body.source_connection_id}`)).body;
    expect(connection).toMatchObject({
      short_name: 'documents',
      readable_collection_id: collection,
      status: 'active',
      schedule: { cron: null },
      entities: { total_entities: 2, by_type: { DocumentEntity: { count: 2 } } },
    });
    expect((await fixture.call('GET', `/collections/${collection}`)).body.status).toBe('ACTIVE');
  });

  test('without wait answers at once, with 202 while they are pending', async () => {
    const { status, body } = await push({ documents: [note('one', 'sedge')] }, '');
    expect([status, body]).toMatchObject([202, { accepted: 1, unchanged: 0, failed: [], pending: true }]);
    await expect.poll(() => search('sedge'), { timeout: 15_000 }).toEqual(['sedge']);
  });

  test('again does nothing, and the same id replaces', async () => {
    await push({ documents: [note('one', 'old reed'), note('two', 'still reed')] });
    const again = await push({ documents: [note('one', 'old reed')] });
    expect([again.status, again.body]).toMatchObject([200, { accepted: 0, unchanged: 1, pending: false }]);
    await push({ documents: [note('one', 'new reed')] });
    expect((await search('reed')).toSorted()).toEqual(['new reed', 'still reed']);
    expect(await list()).toHaveLength(2);
  });

  test('keeps every field that is given', async () => {
    const given = {
      ...note('all fields'),
      url: 'https://example.com/a?b=c',
      metadata: { team: 'tide', nested: { deep: [1, null, true] } },
      created_at: '2024-02-29T12:00:00',
      updated_at: '2024-03-01T12:00:00+02:00',
      access: { viewers: ['anna@example.com'], is_public: false },
    };
    await push({ documents: [given] });
    expect((await get('all fields')).body).toEqual({
      id: expect.stringMatching(uuid),
      entity_id: 'all fields',
      name: 'Note all fields',
      entity_type: 'DocumentEntity',
      state: 'indexed',
      error: null,
      error_blame: null,
      first_failed_at: null,
      last_failed_at: null,
      tries: expect.any(Number),
      source_name: 'documents',
      source_connection_id: expect.stringMatching(uuid),
      web_url: given.url,
      breadcrumbs: [],
      metadata: given.metadata,
      access: given.access,
      chunk_count: 1,
      size_bytes: expect.toBeOneOf([null, expect.any(Number)]),
      mime_type: expect.toBeOneOf([null, expect.any(String)]),
      created_at: '2024-02-29T12:00:00.000Z',
      updated_at: '2024-03-01T10:00:00.000Z',
      indexed_at: expect.any(String),
      left_out: { is_truncated: false, hidden_characters: 0 },
    });
  });

  test('takes 1,000 at once, and ids and texts in any script', async () => {
    const ids = ['日本語', 'a/b?c#d%25', '🚀', "it's <b>", 'x'.repeat(512), '..', 'ARABIC العربية'];
    const many = Array.from({ length: 1_000 - ids.length }, (_, number) => note(`n${number}`, ''));
    const { status, body } = await push({
      documents: [...many, ...ids.map((id) => note(id, `moss ${id.slice(0, 9)}`))],
    });
    expect([status, body]).toMatchObject([200, { accepted: 1_000, failed: [] }]);
    for (const id of ids.filter((one) => one !== '..')) {
      const answer = await get(id);
      expect([id, answer.status, answer.body.entity_id]).toEqual([id, 200, id]);
    }
    expect(await search('moss')).toHaveLength(ids.length);
  });

  test('of ten pushes at once makes one connection', async () => {
    const pushes = await Promise.all(
      Array.from({ length: 10 }, (_, number) => push({ documents: [note(`p${number}`)] })),
    );
    expect(pushes.map(({ body }) => [body.accepted, body.failed])).toEqual(Array(10).fill([1, []]));
    expect(new Set(pushes.map(({ body }) => body.source_connection_id)).size).toBe(1);
    expect(await list()).toHaveLength(10);
  });
});

describe('a push is refused as a whole', () => {
  const document = note('good');
  test.each([
    ['no documents', { documents: [] }, 'body.documents'],
    [
      'more than 1,000',
      { documents: Array.from({ length: 1_001 }, (_, number) => note(`n${number}`, '')) },
      'body.documents',
    ],
    ['no list', { documents: document }, 'body.documents'],
    ['nothing', {}, 'body.documents'],
    ['a list', [document], 'body'],
    ['a text', '"text"', 'body'],
    ['one without an id', { documents: [document, { name: 'n', text: 't' }] }, 'body.documents.1.id'],
    ['an empty id', { documents: [document, { ...document, id: '' }] }, 'body.documents.1.id'],
    ['a long id', { documents: [{ ...document, id: 'x'.repeat(513) }] }, 'body.documents.0.id'],
    ['a control character in an id', { documents: [{ ...document, id: 'a\nb' }] }, 'body.documents.0.id'],
    ['a number as id', { documents: [{ ...document, id: 7 }] }, 'body.documents.0.id'],
    ['no name', { documents: [{ id: 'a', text: 't' }] }, 'body.documents.0.name'],
    ['no text', { documents: [{ id: 'a', name: 'n' }] }, 'body.documents.0.text'],
    ['a text that is null', { documents: [{ ...document, text: null }] }, 'body.documents.0.text'],
    ['a url that is none', { documents: [{ ...document, url: 'not a url' }] }, 'body.documents.0.url'],
    ['a url that runs', { documents: [{ ...document, url: 'javascript:alert(1)' }] }, 'body.documents.0.url'],
    ['metadata that is a list', { documents: [{ ...document, metadata: [] }] }, 'body.documents.0.metadata'],
    [
      'a date that is none',
      { documents: [{ ...document, created_at: '2024-02-30T00:00:00Z' }] },
      'body.documents.0.created_at',
    ],
    ['a date without time', { documents: [{ ...document, updated_at: '2024-02-03' }] }, 'body.documents.0.updated_at'],
    [
      'viewers that are a text',
      { documents: [{ ...document, access: { viewers: 'anna' } }] },
      'body.documents.0.access.viewers',
    ],
  ])('for %s, and nothing is taken', async (_, body, place) => {
    const answer =
      typeof body === 'string'
        ? await fixture.ask('POST', `/collections/${collection}/documents`, {
            key: fixture.key,
            body,
            headers: { 'content-type': 'application/json' },
          })
        : await push(body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: object) => Object.keys(error)[0])).toContain(place);
    expect(await list()).toEqual([]);
    expect((await fixture.call('GET', `/source-connections?collection=${collection}`)).body).toEqual([]);
  });

  test('for a body over the limit, for no body, and for another kind of body', async () => {
    expect((await push({ documents: [note('big', 'x'.repeat(maxUploadBytes))] })).status).toBe(413);
    const post = (body: string | undefined, type: string) =>
      fixture.ask('POST', `/collections/${collection}/documents`, {
        key: fixture.key,
        body,
        headers: { 'content-type': type },
      });
    expect((await post(undefined, 'application/json')).status).toBe(422);
    expect((await post('{"documents": [', 'application/json')).status).toBe(422);
    expect((await post('documents=1', 'application/x-www-form-urlencoded')).status).toBe(422);
    expect((await push({ documents: [note('one')] }, '?wait=perhaps')).body.errors).toEqual([
      { 'query.wait': expect.any(String) },
    ]);
    expect(await list()).toEqual([]);
  });

  test('for a collection that is not there or not theirs', async () => {
    const body = { documents: [note('stranger')] };
    expect((await fixture.call('POST', '/collections/nothing-here/documents', body)).status).toBe(404);
    await expectHidden(fixture, 'POST', `/collections/${collection}/documents`, body);
    expect(await list()).toEqual([]);
  });
});
