import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { searchEndpoints } from './search-endpoints.ts';

let fixture: SearchFixture;
const collection = '/collections/papers';
const user = '?user_principal=anna%40example.com';

beforeAll(async () => {
  const page = { text: 'The lease of the office.', sourceName: 'notion', entityType: 'NotionPageEntity' };
  fixture = await createSearchFixture(searchEndpoints, [
    { ...page, name: 'open' },
    { ...page, name: 'anna', viewers: ['user:anna@example.com'] },
    { ...page, name: 'ben', viewers: ['user:ben@example.com'] },
  ]);
});
afterAll(() => fixture.close());

const names = ({ results }: { results: readonly { name: string }[] }) => results.map(({ name }) => name).toSorted();
const query = 'lease of the office';

describe('a search as another user', () => {
  test.each([
    ['POST', `${collection}/search/instant`, { query, as_user: 'Anna@Example.com' }],
    ['POST', `${collection}/search/classic`, { query, as_user: 'user:anna@example.com' }],
    ['POST', `${collection}/search`, { query, as_user: 'anna@example.com' }],
    ['POST', `${collection}/search`, { query, as_user: 'anna@example.com', response_type: 'raw' }],
    ['POST', '/search/instant', { query, as_user: 'anna@example.com' }],
    ['POST', '/search/classic', { query, as_user: 'anna@example.com' }],
    ['POST', `/admin${collection}/search/instant/as-user${user}`, { query }],
    ['POST', `/admin${collection}/search/classic/as-user${user}`, { query }],
    ['POST', `/admin${collection}/search/as-user${user}`, { query }],
    ['POST', `/admin${collection}/search/instant/as-user${user}`, { query, as_user: 'ben@example.com' }],
  ])('%s %s shows what that user may see: %j', async (method, path, body) => {
    const answer = await fixture.ask(method, path, { key: fixture.key, body });
    expect([answer.status, names(answer.body)]).toEqual([200, ['anna', 'open']]);
  });

  test('needs a key that may', async () => {
    const body = { query, as_user: 'anna@example.com' };
    const ask = async (scopes: Parameters<SearchFixture['createKey']>[0]) =>
      (await fixture.ask('POST', `${collection}/search/instant`, { key: await fixture.createKey(scopes), body }))
        .status;
    expect(await ask({ scopes: ['search', 'read', 'write'] })).toBe(403);
    expect(await ask({ scopes: ['search', 'impersonate'] })).toBe(200);
    expect(await ask({ scopes: ['impersonate'] })).toBe(403);
    expect(await ask({ scopes: ['admin'] })).toBe(200);
  });

  test.each(['', 'nobody', 'role:admin', 'user:', 'user:a\0b', 'x'.repeat(600)])(
    'refuses %j, which is no user',
    async (asUser) => {
      const body = { query, as_user: asUser };
      expect((await fixture.ask('POST', `${collection}/search/instant`, { key: fixture.key, body })).status).toBe(422);
    },
  );

  test('by address needs the user, and an admin', async () => {
    const paths = ['search/instant/as-user', 'search/classic/as-user', 'search/as-user', 'user-principals'];
    for (const path of paths) {
      const isList = path === 'user-principals';
      const method = isList ? 'GET' : 'POST';
      const body = isList ? undefined : { query };
      const without = await fixture.ask(method, `/admin${collection}/${path}`, { key: fixture.key, body });
      expect(without.status).toBe(422);
      await expectHidden(fixture, method, `/admin${collection}/${path}${user}`, body);
    }
    for (const endpoint of fixture.endpoints) {
      if (endpoint.path.startsWith('/admin/')) await expectRefusals(fixture, endpoint);
    }
  });
});

test('the principals of a user are told', async () => {
  const { status, body } = await fixture.ask('GET', `/admin${collection}/user-principals${user}`, { key: fixture.key });
  expect([status, body]).toEqual([200, ['user:anna@example.com']]);
});
