import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFileFinder } from '../../../adapters/postgres/file-finder.ts';
import { createMembershipStore } from '../../../adapters/postgres/membership-store.ts';
import type { Caller } from '../../../core/access/index.ts';
import { findFiles } from '../../../core/documents/index.ts';
import { newId, Scope, UserId } from '../../../core/shared/index.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture();
  fixture.startWorker();
  for (const id of ['papers', 'letters']) await fixture.createCollection(id);
  await push('papers', [
    { id: 'one', name: 'On numbats', text: '# Numbats\n\nThe numbat naps.\n\n## Food\n\nTermites.' },
    { id: 'secret', name: 'Secret', text: 'Not for all.', access: { viewers: ['user:ann@example.com'] } },
    { id: 'odd name', name: '../../etc/pass:wd\u202e', text: 'Odd.' },
  ]);
  await push('letters', [{ id: 'two', name: 'On numbats', text: 'A letter about termites.' }]);
}, 60_000);
afterAll(() => fixture?.close());

async function push(collection: string, documents: readonly object[]): Promise<void> {
  const answer = await fixture.call('POST', `/collections/${collection}/documents?wait=true`, { documents });
  expect(answer).toMatchObject({ status: 200 });
}
const download = (ids: readonly unknown[], key = fixture.key) =>
  fetch(`${fixture.url}/files/batch-download`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(ids),
  });

describe('one file', () => {
  test('is downloaded as Markdown that no browser shows or runs', async () => {
    const { status, headers, body } = await fixture.call('GET', '/files/one');
    expect(status).toBe(200);
    expect(body).toBe('# Numbats\n\nThe numbat naps.\n\n## Food\n\nTermites.');
    expect(headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''On%20numbats.md");
    expect(headers.get('content-security-policy')).toBe('sandbox');
  });

  test('is found by its id, by that of a passage, and by ours', async () => {
    const byEntity = await fixture.call('GET', '/files/two/content');
    expect(byEntity).toMatchObject({
      status: 200,
      body: { entity_id: 'two', content: 'A letter about termites.', content_length: 24 },
    });
    for (const id of ['two__chunk_0', byEntity.body.id]) {
      expect((await fixture.call('GET', `/files/${id}/content`)).body).toEqual(byEntity.body);
    }
  });

  test('has a name that is safe in any folder', async () => {
    const { headers } = await fixture.call('GET', `/files/${encodeURIComponent('odd name')}`);
    expect(headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''_.._etc_pass_wd_.md");
  });

  test.each(['/files/nothing', '/files/nothing/content', '/files/two__chunk_x'])('%s is not found', async (path) => {
    expect(await fixture.call('GET', path)).toMatchObject({ status: 404, body: { detail: 'File not found' } });
  });

  test('is hidden from other organizations and from keys of other collections', async () => {
    const limited = await fixture.createKey({ collections: ['papers'] });
    for (const key of [fixture.foreign.key, limited]) {
      expect((await fixture.ask('GET', '/files/two', { key })).status).toBe(404);
    }
    expect((await fixture.ask('GET', '/files/one', { key: limited })).status).toBe(200);
  });

  test('is hidden from signed-in users who may not see it', async () => {
    const deps = { files: createFileFinder(fixture.database), memberships: createMembershipStore(fixture.database) };
    const userOf = (email: string): Caller => ({
      scope: new Scope(fixture.owner.organization.id),
      ...{ kind: 'user', userId: newId(UserId), email, role: 'member', keyScopes: null, collections: null },
    });
    const seenBy = async (email: string) => [...(await findFiles(deps, userOf(email), ['one', 'secret'])).keys()];
    expect(await seenBy('ann@example.com')).toEqual(['one', 'secret']);
    expect(await seenBy('bob@example.com')).toEqual(['one']);
  });
});

describe('a check of many', () => {
  test('says of each whether it is there', async () => {
    expect((await fixture.call('GET', '/files?entity_ids=one&entity_ids=two&entity_ids=three')).body).toEqual({
      results: { one: true, two: true, three: false },
      total: 3,
      found: 2,
      not_found: 1,
    });
  });

  test.each([
    ['no ids', '/files'],
    ['an empty id', '/files?entity_ids='],
    ['too many ids', `/files?${'entity_ids=a&'.repeat(1001)}`],
  ])('refuses %s', async (_name, path) => {
    expect((await fixture.call('GET', path)).status).toBe(422);
  });
});

describe('an archive', () => {
  test('has each text once, under a name of its own, and says what was not found', async () => {
    const response = await download(['one', 'one__chunk_0', 'two', 'three']);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/zip');
    const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
    const texts = Object.entries(files).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)] as const);
    expect(texts.map(([name]) => name).sort()).toEqual(['On numbats (2).md', 'On numbats.md', 'not-found.txt']);
    expect(texts.map(([, text]) => text).sort()).toEqual([
      '# Numbats\n\nThe numbat naps.\n\n## Food\n\nTermites.',
      'A letter about termites.',
      'three\n',
    ]);
  });

  test('is refused without anything in it, and with too much', async () => {
    expect((await download(['nothing'])).status).toBe(404);
    expect((await download(['one'], fixture.foreign.key)).status).toBe(404);
    expect((await download([])).status).toBe(422);
    expect((await download(Array.from({ length: 101 }, (_, i) => `${i}`))).status).toBe(422);
    expect((await download([1])).status).toBe(422);
  });
});
