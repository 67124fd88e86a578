import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { docx } from '../../../adapters/text-extraction/__fixtures__/documents.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

const maxUploadBytes = 300_000;

let fixture: SourceFixture;
let collection: string;
let blobsBefore: number;
beforeAll(async () => {
  fixture = await createSourceFixture({ maxUploadBytes });
  fixture.startWorker();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  collection = (await fixture.call('POST', '/collections', { name: 'Some papers' })).body.readable_id;
  blobsBefore = (await fixture.listBlobs()).length;
});

const send = async (body: FormData | string, contentType?: string, key = fixture.key) => {
  const answer = await fetch(`${fixture.url}/collections/${collection}/documents?wait=true`, {
    method: 'POST',
    body,
    headers: { 'x-api-key': key, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
/** Fields first, then files by name. */
const form = (
  fields: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string | Buffer<ArrayBuffer>>>,
): FormData => {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  for (const [name, content] of Object.entries(files)) data.append('files', new File([content], name));
  return data;
};
const documents = async () => (await fixture.call('GET', `/collections/${collection}/documents`)).body;
const count = async (word: string): Promise<number> => {
  const body = { query: word, retrieval_strategy: 'keyword' };
  return (await fixture.call('POST', `/collections/${collection}/search/instant`, body)).body.results.length;
};

describe('uploading files', () => {
  test('of several kinds makes a document of each, with the metadata of the form', async () => {
    const files = {
      'notes.md': '# Otters\n\nThey sleep.\n',
      'letter.docx': Buffer.from(docx(['A badger digs.'])),
      'data.csv': 'animal\nheron\n',
    };
    const { status, body } = await send(form({ metadata: '{"team": "tide"}' }, files));
    expect([status, body]).toMatchObject([200, { accepted: 3, unchanged: 0, failed: [], pending: false }]);
    for (const word of ['Otters', 'badger', 'heron']) expect([word, await count(word)]).toEqual([word, 1]);
    const found = await documents();
    expect(found.map((one: { entity_id: string }) => one.entity_id).toSorted()).toEqual([
      'data.csv',
      'letter.docx',
      'notes.md',
    ]);
    for (const one of found) expect(one).toMatchObject({ state: 'indexed', metadata: { team: 'tide' } });
    expect(found.find((one: { name: string }) => one.name === 'notes.md').size_bytes).toBe(22);
  });

  test('of one file takes its id and name from the form', async () => {
    const fields = { id: 'my-id', name: 'My otter' };
    expect((await send(form(fields, { 'x.txt': 'otter one' }))).body).toMatchObject({ accepted: 1 });
    expect(await documents()).toMatchObject([{ entity_id: 'my-id', name: 'My otter' }]);
    expect((await send(form(fields, { 'y.txt': 'otter two' }))).body).toMatchObject({ accepted: 1 });
    expect(await documents()).toHaveLength(1);
    expect(await count('two')).toBe(1);
  });

  test('of one name twice keeps the later only', async () => {
    const data = form({}, { 'x.txt': 'first otter' });
    data.append('files', new File(['second heron'], 'x.txt'));
    expect((await send(data)).body).toMatchObject({ accepted: 1, failed: [] });
    expect([await count('otter'), await count('heron')]).toEqual([0, 1]);
    expect((await fixture.listBlobs()).length).toBe(blobsBefore + 1);
  });

  test('again with the same content does nothing, and keeps nothing', async () => {
    await send(form({}, { 'x.txt': 'otter' }));
    const blobs = (await fixture.listBlobs()).length;
    expect((await send(form({}, { 'x.txt': 'otter' }))).body).toMatchObject({ accepted: 0, unchanged: 1 });
    expect((await fixture.listBlobs()).length).toBeLessThanOrEqual(blobs);
  });

  test.each(['日本語.txt', '🚀 and ünïcödé.txt', 'semi;colon.txt'])('keeps the name %s', async (name) => {
    expect((await send(form({}, { [name]: 'otter' }))).status).toBe(200);
    expect(await documents()).toMatchObject([{ entity_id: name, name }]);
  });

  test('takes of a path only its last part', async () => {
    expect((await send(form({}, { '../../etc/passwd.txt': 'otter' }))).status).toBe(200);
    expect(await documents()).toMatchObject([{ name: 'passwd.txt' }]);
  });

  test('that are empty is no failure of the others', async () => {
    const { body } = await send(form({}, { 'empty.txt': '', 'full.txt': 'otter' }));
    expect(body).toMatchObject({ pending: false });
    expect(await count('otter')).toBe(1);
  });
});

describe('an upload is refused as a whole', () => {
  const raw = (...lines: string[]) => lines.join('\r\n');
  const part = (name: string, content: string) =>
    raw('--edge', `Content-Disposition: form-data; name="files"; filename="${name}"`, '', content);
  const multipart = 'multipart/form-data; boundary=edge';

  test.each([
    ['no file', form({ metadata: '{}' }, {}), undefined, 422],
    ['metadata that is no JSON', form({ metadata: '{' }, { 'x.txt': 'x' }), undefined, 422],
    ['metadata that is a list', form({ metadata: '[]' }, { 'x.txt': 'x' }), undefined, 422],
    ['an id with a control character', form({ id: 'a\tb' }, { 'x.txt': 'x' }), undefined, 422],
    ['a long id', form({ id: 'x'.repeat(513) }, { 'x.txt': 'x' }), undefined, 422],
    [
      'a huge field',
      form({ metadata: JSON.stringify({ a: 'x'.repeat(1_100_000) }) }, { 'x.txt': 'x' }),
      undefined,
      413,
    ],
    [
      'many fields',
      form(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}`, 'v'])), { 'x.txt': 'x' }),
      undefined,
      422,
    ],
    [
      'a file over the limit',
      form({}, { 'ok.txt': 'fine', 'big.txt': 'x'.repeat(maxUploadBytes + 1) }),
      undefined,
      413,
    ],
    [
      'files over the limit together',
      form({}, { 'a.txt': 'x'.repeat(200_000), 'b.txt': 'x'.repeat(200_000) }),
      undefined,
      413,
    ],
    [
      'more than 100 files',
      form({}, Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`${n}.txt`, 'x']))),
      undefined,
      422,
    ],
    ['no boundary', 'anything', 'multipart/form-data', 422],
    ['a form that is cut off in a file', part('x.txt', 'begins and does not'), multipart, 422],
    ['a form that is cut off in a header', raw('--edge', 'Content-Disposition: form-da'), multipart, 422],
    ['a second file that is cut off', raw(part('x.txt', 'whole'), part('y.txt', 'cut')), multipart, 422],
    ['noise in place of a form', 'noise '.repeat(1_000), multipart, 422],
    ['nothing', '', multipart, 422],
  ])('for %s, and nothing is kept', async (_, body, contentType, status) => {
    const answer = await send(body, contentType);
    expect([answer.status, Object.keys(answer.body)]).toEqual([status, ['detail']]);
    expect(await documents()).toEqual([]);
    await expect.poll(async () => (await fixture.listBlobs()).length).toBe(blobsBefore);
  });

  test('for a collection of others', async () => {
    const limited = await fixture.createKey({ collections: ['another'] });
    for (const key of [fixture.foreign.key, limited]) {
      expect((await send(form({}, { 'x.txt': 'x' }), undefined, key)).status).toBe(404);
    }
    expect(await documents()).toEqual([]);
    expect(await fixture.listBlobs()).toHaveLength(blobsBefore);
  });

  test('when its sender goes away in the middle', async () => {
    const { port } = new URL(fixture.url);
    const head = `POST /collections/${collection}/documents HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nX-API-Key: ${fixture.key}\r\nContent-Type: ${multipart}\r\nContent-Length: 100000\r\n\r\n`;
    const socket = net.connect(Number(port), '127.0.0.1');
    await new Promise<void>((resolve) => socket.write(head + part('x.txt', 'half of it'), () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 200));
    socket.destroy();
    await expect.poll(async () => (await fixture.listBlobs()).length, { timeout: 10_000 }).toBe(blobsBefore);
    expect(await documents()).toEqual([]);
  });
});
