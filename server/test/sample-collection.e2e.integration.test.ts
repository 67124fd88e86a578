import { expect, it } from 'vitest';
import { ServerFixture } from './server-fixture.ts';

const fixture = ServerFixture.use();

interface Found {
  readonly results: readonly { readonly name: string; readonly textual_representation: string }[];
}

it('the first start answers a search of Weft’s own documentation; once deleted, that collection stays away', {
  timeout: 300_000,
}, async () => {
  const first = await fixture.start({ EMBEDDING_PROVIDER: 'local' });
  const search = () =>
    first.api.post<Found>('/collections/getting-started/search/instant', {
      query: 'how do I connect a folder of my own files',
      limit: 3,
    });
  await expect
    .poll(async () => (await search()).results.map((result) => result.name), { timeout: 120_000, interval: 200 })
    .toContain('Connect a folder');
  expect((await search()).results[0]?.textual_representation).toMatch(/connect/i);
  await first.stop();

  const second = await fixture.start({ EMBEDDING_PROVIDER: 'local' });
  expect(await second.api.get('/collections')).toMatchObject([{ readable_id: 'getting-started', status: 'ACTIVE' }]);
  await second.api.delete('/collections/getting-started');
  await second.stop();

  const third = await fixture.start({ EMBEDDING_PROVIDER: 'local' });
  expect(await third.api.get('/collections')).toEqual([]);
  expect(await third.stop()).toMatchObject({ exitCode: 0 });
});
