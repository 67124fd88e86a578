import { appendFileSync } from 'node:fs';
import { mkdir, open, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ApiClient } from '../scripts/api-client.ts';
import { docx, docxEntries, pdfOfObjects, zip } from '../src/adapters/text-extraction/__fixtures__/documents.ts';
import { countPassages, listDocuments, ServerFixture, waitForJob } from './server-fixture.ts';

const fixture = ServerFixture.use();
const options = { timeout: 300_000 };
/** Elsewhere the file system refuses names that are not valid UTF-8. */
const takesAnyBytes = process.platform === 'linux';

it(
  'folders that cannot be read are refused when they are connected, with what to do, and nothing is made',
  options,
  async () => {
    await fixture.write({ 'a-file.txt': 'text' });
    const { api } = await fixture.start();
    await api.post('/collections', { name: 'Some papers', readable_id: 'papers' });
    const refusals: readonly (readonly [path: string, status: number, message: RegExp])[] = [
      [join(fixture.folder, 'missing'), 400, /missing\\" does not exist on the machine that runs Weft/],
      [join(fixture.folder, 'a-file.txt'), 400, /is a file, not a folder/],
      [fixture.dataDirectory, 400, /belongs to Weft's own data/],
      [join(fixture.dataDirectory, 'blobs'), 400, /belongs to Weft's own data/],
      ['relative/folder', 422, /must be an absolute path/],
      ['', 422, /must not be empty/],
    ];
    for (const [path, status, message] of refusals) {
      const refusal: unknown = await connect(api, path).catch((error: unknown) => error);
      expect(refusal, path).toMatchObject({ status, message: expect.stringMatching(message) });
    }
    expect(await api.get('/source-connections?collection=papers')).toEqual([]);
  },
);

it(
  'an empty folder is fine; one that went away later fails its run, keeps its documents, and recovers',
  options,
  async () => {
    await mkdir(fixture.folder);
    const { api } = await fixture.start();
    const { id } = await fixture.connect(api);
    expect(await waitForJob(api, id)).toMatchObject({ entities_inserted: 0, error: null });

    await fixture.write({ 'note.txt': 'The otter sleeps.\n' });
    await api.post(`/source-connections/${id}/run`);
    await waitForJob(api, id);
    await rename(fixture.folder, `${fixture.folder}-away`);
    await api.post(`/source-connections/${id}/run`);
    const failed = await waitForJob(api, id, ({ status }) => status === 'failed');
    expect(failed.error).toContain('does not exist on the machine that runs Weft');
    expect(await countPassages(api, 'otter')).toBe(1);
    await rename(`${fixture.folder}-away`, fixture.folder);
    await api.post(`/source-connections/${id}/run`);
    await waitForJob(api, id);
    expect(await countPassages(api, 'otter')).toBe(1);
  },
);

it(
  'what cannot be read in a folder is recorded with its reason, and everything else is searchable',
  options,
  async () => {
    const deep = Array.from({ length: 100 }, (_, level) => `level${level}`).join('/');
    const names = [
      'Ünïcödé.txt',
      '日本語/資料.txt',
      'العربية.txt',
      'हिन्दी.txt',
      '🚀 launch.txt',
      "quote's & <tags>.txt",
      'new\nline.txt',
    ];
    await fixture.write({
      'plain.txt': 'plainword is here.\n',
      [`${deep}/bottom.txt`]: 'bottomword is here.\n',
      'good.docx': docx(['goodword is here.']),
      'bomb.docx': zip([
        ...docxEntries(['x']).slice(0, -1),
        { name: 'word/document.xml', data: Buffer.alloc(201 * 1024 * 1024, ' ') },
      ]),
      'locked.pdf': lockedPdf(),
      'broken.pdf': 'not a pdf at all',
      ...Object.fromEntries(names.map((name, number) => [name, `scriptword${number} is here.\n`])),
    });
    const unspeakable = Buffer.concat([Buffer.from(`${fixture.folder}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]);
    if (takesAnyBytes) await writeFile(unspeakable, 'bytesword is here.\n');
    await makeSparseFile(join(fixture.folder, 'huge.txt'), 2 * 1024 ** 3);
    await symlink('/etc', join(fixture.folder, 'way-out'));
    await symlink('.', join(fixture.folder, 'loop'));
    const server = await fixture.start();
    const { api } = server;
    const { id } = await fixture.connect(api);
    await waitForJob(api, id);

    const documents = await listDocuments(api);
    const failed = Object.fromEntries(
      documents.filter(({ state }) => state === 'failed').map(({ entity_id, error }) => [entity_id, error]),
    );
    expect(failed).toEqual({
      'bomb.docx': expect.stringMatching(/unpack|expand|bomb/i),
      'broken.pdf': expect.stringMatching(/pdf/i),
      'huge.txt': expect.stringMatching(/^larger than 210 MB, the limit for one file \(MAX_FILE_BYTES\)/),
      'locked.pdf': expect.stringMatching(/password|encrypted/i),
    });
    const words = ['plainword', 'bottomword', 'goodword', ...names.map((_, number) => `scriptword${number}`)];
    if (takesAnyBytes) words.push('bytesword');
    for (const word of words) {
      expect(await countPassages(api, word), word).toBe(1);
    }
    const indexed = documents.filter(({ state }) => state === 'indexed');
    expect(indexed).toHaveLength(words.length);
    expect(documents.map((document) => document.entity_id)).toContain(`${deep}/bottom.txt`);
    expect(await server.stop()).toMatchObject({ exitCode: 0 });
  },
);

it('a file that changes while it is read is recorded as that, and read by the next run', options, async () => {
  await fixture.write({
    'log.txt': Buffer.alloc(32 * 1024 * 1024, 'still growing\n'),
    'quiet.txt': 'quietword is here.\n',
  });
  const { api } = await fixture.start();
  const growing = setInterval(() => appendFileSync(join(fixture.folder, 'log.txt'), 'more\n'), 1);
  let id: string;
  try {
    ({ id } = await fixture.connect(api));
    expect(await waitForJob(api, id)).toMatchObject({ entities_inserted: 1, entities_failed: 1 });
  } finally {
    clearInterval(growing);
  }
  expect((await listDocuments(api)).find(({ state }) => state === 'failed')).toMatchObject({
    entity_id: 'log.txt',
    error: expect.stringMatching(/was changed while it was read\. The next run reads it again/),
  });
  expect(await countPassages(api, 'quietword')).toBe(1);

  await fixture.write({ 'log.txt': 'calmword is here.\n' });
  await api.post(`/source-connections/${id}/run`);
  await waitForJob(api, id);
  expect(await countPassages(api, 'calmword')).toBe(1);
});

function connect(api: ApiClient, path: string): Promise<unknown> {
  return api.post('/source-connections', { short_name: 'files', readable_collection_id: 'papers', config: { path } });
}

/** Two gigabytes that take no space. */
async function makeSparseFile(path: string, size: number): Promise<void> {
  const file = await open(path, 'w');
  await file.truncate(size);
  await file.close();
}

/** Says that it is encrypted, with a key that no empty password fits. */
function lockedPdf(): Buffer {
  const key = `<${'5a'.repeat(32)}>`;
  const encryption = `<< /Filter /Standard /V 2 /R 3 /Length 128 /P -44 /O ${key} /U ${key} >>`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>',
    encryption,
  ];
  return pdfOfObjects(objects, `/Encrypt 4 0 R /ID [${key} ${key}]`);
}
