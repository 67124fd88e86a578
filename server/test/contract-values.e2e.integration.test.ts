import { describe, expect, test } from 'vitest';
import { ContractServer } from './contract-server.ts';

const server = ContractServer.use();
const connectionPath = () => `/source-connections/${server.known.source_connection_id}`;

describe('ids', () => {
  test.each([
    ['upper case', (id: string) => id.toUpperCase()],
    ['no hyphens', (id: string) => id.replaceAll('-', '')],
    ['braces', (id: string) => encodeURIComponent(`{${id}}`)],
    ['urn', (id: string) => encodeURIComponent(`urn:uuid:${id}`)],
  ])('in paths may be spelled with %s', async (_name, spell) => {
    const id = server.known.source_connection_id ?? '';
    for (const path of ['', '/jobs', '/sync-id']) {
      const { status } = await server.call('GET', `/source-connections/${spell(id)}${path}`);
      expect([path, status]).toEqual([path, 200]);
    }
    expect((await server.call('GET', `/source-connections/${spell(id)}`)).body.id).toBe(id);
  });

  test('that are none are refused with their place', async () => {
    const { status, body } = await server.call('GET', '/source-connections/no-uuid');
    expect(status).toBe(422);
    expect(Object.keys(body.errors[0])).toEqual(['path.source_connection_id']);
    expect(Object.values(body.errors[0])[0]).toMatch(/^Input should be a valid UUID, /);
    expect(body.detail[0].type).toBe('uuid_parsing');
  });
});

describe('numbers and booleans in queries', () => {
  test.each([
    ['limit=10', 200],
    ['limit=+10&skip=0', 200],
    ['limit=10.0', 200],
    ['limit=1.5', 422],
    ['limit=true', 422],
    ['limit=', 422],
    ['limit=ten', 422],
    ['limit=1e1', 422],
    ['limit=-1', 422],
    ['limit=0', 422],
    ['limit=1001', 422],
    ['skip=-1', 422],
    ['offset=7&anything=else', 200],
  ])('GET /collections?%s is %i', async (query, status) => {
    const answer = await server.call('GET', `/collections?${query}`);
    expect(answer.status).toBe(status);
    if (status === 422) expect(Object.keys(answer.body.errors[0])[0]).toMatch(/^query\.(limit|skip)$/);
  });

  test.each(['true', 'TRUE', '1', 'yes', 'On', 't', 'y'])('%s is true', async (text) => {
    const { status, body } = await server.call(
      'POST',
      `/source-connections/${server.known.source_connection_id}/run?force_full_sync=${text}`,
    );
    // While the run before goes on, 400; the point is that the text was understood.
    expect([200, 400]).toContain(status);
    expect(body).not.toHaveProperty('errors');
  });

  test.each(['2', 'ja', '', 'nul'])('%j is no boolean', async (text) => {
    const { status, body } = await server.call(
      'POST',
      `/source-connections/${server.known.source_connection_id}/run?force_full_sync=${text}`,
    );
    expect([status, Object.keys(body.errors[0])]).toEqual([422, ['query.force_full_sync']]);
  });

  test('in bodies may be whole texts and floats', async () => {
    const search = (limit: unknown) =>
      server.call('POST', '/collections/finance-data/search/instant', {
        query: 'revenue',
        retrieval_strategy: 'keyword',
        limit,
      });
    for (const limit of [1, '1', 1.0, '1.0']) expect((await search(limit)).body.results).toHaveLength(1);
    for (const limit of [1.5, '1.5', true, [], 'one'])
      expect([limit, (await search(limit)).status]).toEqual([limit, 422]);
  });
});

describe('moments', () => {
  const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3,6})?Z$/;

  test('are the same, to the byte, wherever an object is read', async () => {
    const { body: created } = await server.call('POST', '/collections', {
      name: 'To the byte',
      readable_id: 'to-the-byte',
    });
    expect(created.created_at).toMatch(moment);
    const { body: listed } = await server.call('GET', '/collections?search=to-the-byte');
    const { body: deleted } = await server.call('DELETE', '/collections/to-the-byte');
    expect([listed[0].created_at, deleted.created_at]).toEqual([created.created_at, created.created_at]);
  });

  test('in UTC say so, in every answer about a connection', async () => {
    await server.call('PATCH', connectionPath(), { schedule: { cron: '0 6 * * *' } });
    const { body, text } = await server.call('GET', connectionPath());
    expect(body.schedule.next_run).toMatch(moment);
    const found = [...text.matchAll(/"(\d{4}-\d\d-\d\dT[^"]+)"/g)].map(([, value]) => value);
    expect(found.length).toBeGreaterThan(3);
    for (const value of found) expect(value).toMatch(moment);
    await server.call('PATCH', connectionPath(), { schedule: null });
  });
});

describe('null and missing', () => {
  test('of a new collection are the same', async () => {
    const { status, body } = await server.call('POST', '/collections', {
      name: 'Null id',
      readable_id: null,
      sync_config: null,
    });
    expect([status, body.readable_id]).toEqual([200, expect.stringMatching(/^null-id-[a-z0-9]{6}$/)]);
  });

  test('of a changed collection: missing keeps, null clears or is refused', async () => {
    const { body } = await server.call('POST', '/collections', { name: 'Changing' });
    const path = `/collections/${body.readable_id}`;
    expect((await server.call('PATCH', path, {})).body).toMatchObject({ name: 'Changing' });
    expect((await server.call('PATCH', path, { unknown: 1 })).status).toBe(200);
    expect((await server.call('PATCH', path, { sync_config: null })).body.sync_config).toBeNull();
    expect((await server.call('PATCH', path, { name: null })).status).toBe(422);
  });

  test('of a changed connection: null is applied, and nothing to change is refused', async () => {
    await server.call('PATCH', connectionPath(), { description: 'Why' });
    expect((await server.call('PATCH', connectionPath(), { description: null })).body.description).toBeNull();
    expect((await server.call('PATCH', connectionPath(), { name: null })).status).toBe(422);
    expect((await server.call('PATCH', connectionPath(), {})).status).toBe(422);
    expect((await server.call('PATCH', connectionPath(), { unknown: 1 })).status).toBe(422);
    expect((await server.call('PATCH', connectionPath(), { authentication: null })).status).toBe(200);
    for (const schedule of [null, {}, { cron: null }]) {
      await server.call('PATCH', connectionPath(), { schedule: { cron: '0 6 * * *' } });
      const { status, body } = await server.call('PATCH', connectionPath(), { schedule });
      expect([schedule, status, body.schedule?.cron ?? null]).toEqual([schedule, 200, null]);
    }
  });

  test('of a new connection: no schedule is the default one, a null cron is none', async () => {
    const connect = async (schedule: object) => {
      const { body } = await server.call('POST', '/source-connections', {
        short_name: 'stub',
        readable_collection_id: 'finance-data',
        authentication: { credentials: { stub_key: 'key' } },
        config: { entity_count: 1 },
        sync_immediately: false,
        ...schedule,
      });
      await server.call('DELETE', `/source-connections/${body.id}`);
      return body.schedule?.cron ?? null;
    };
    expect(await connect({})).toEqual(expect.any(String));
    expect(await connect({ schedule: null })).toEqual(expect.any(String));
    expect(await connect({ schedule: { cron: null } })).toBeNull();
  });
});

describe('names', () => {
  test.each([
    ['Finance Data', /^finance-data-[a-z0-9]{6}$/],
    ['R&D_notes 2024!', /^rdnotes-2024-[a-z0-9]{6}$/],
    ['!!!!', /^[a-z0-9]{6}$/],
    ['  Spaced   out  ', /^spaced-out-[a-z0-9]{6}$/],
    ['Émile-Zola', /^milezola-[a-z0-9]{6}$/],
  ])('%j gives a readable id as the contract makes it', async (name, pattern) => {
    const { body } = await server.call('POST', '/collections', { name });
    expect([body.name, body.readable_id]).toEqual([name, expect.stringMatching(pattern)]);
  });

  const texts = (length: number) => 'x'.repeat(length);
  test.each([
    ['collection', 'POST', '/collections', (name: string) => ({ name }), 4, 64],
    ['organization', 'POST', '/organizations', (name: string) => ({ name, description: '' }), 4, 100],
  ] as const)('of a %s have their bounds', async (_what, method, path, toBody, shortest, longest) => {
    const status = async (length: number) => (await server.call(method, path, toBody(texts(length)))).status;
    expect([await status(shortest - 1), await status(longest + 1)]).toEqual([422, 422]);
    expect([await status(shortest), await status(longest)]).toEqual([200, 200]);
  });

  test('and descriptions of a connection have their bounds', async () => {
    const status = async (change: object) => (await server.call('PATCH', connectionPath(), change)).status;
    expect([await status({ name: texts(3) }), await status({ name: texts(43) })]).toEqual([422, 422]);
    expect([await status({ name: texts(4) }), await status({ name: texts(42) })]).toEqual([200, 200]);
    expect([await status({ description: texts(256) }), await status({ description: texts(255) })]).toEqual([422, 200]);
  });

  test('of a connection that says none are those of the source', async () => {
    const { body } = await server.call('POST', '/source-connections', {
      short_name: 'stub',
      name: null,
      readable_collection_id: 'finance-data',
      authentication: { credentials: { stub_key: 'key' } },
      config: { entity_count: 1 },
      sync_immediately: false,
    });
    expect(body.name).toMatch(/ Connection$/);
    await server.call('DELETE', `/source-connections/${body.id}`);
  });

  test.each([
    [0, 422],
    [366, 422],
    [1, 200],
    [365, 200],
  ])('of keys end after %i days: %i', async (days, status) => {
    expect((await server.call('POST', '/api-keys', { expiration_days: days })).status).toBe(status);
  });

  test('of keys have 43 characters and 90 days', async () => {
    const { body } = await server.call('POST', '/api-keys', {});
    expect(body.decrypted_key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const days = (Date.parse(body.expiration_date) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
  });

  test('of auth provider connections have 1 to 64 characters', async () => {
    const connect = (name: string) =>
      server.call('POST', '/auth-providers', { name, short_name: 'composio', auth_fields: { api_key: 'key' } });
    expect((await connect('')).body.errors).toEqual([{ 'body.name': expect.any(String) }]);
    expect((await connect(texts(256))).body.errors).toEqual([{ 'body.name': expect.any(String) }]);
    const { status, body } = await connect(texts(65));
    expect([status, Object.keys(body.errors[0])]).toEqual([422, [expect.stringMatching(/^(body\.)?name$/)]]);
  });

  test('secrets of webhooks have 24 characters or more', async () => {
    const subscribe = (secret: string) =>
      server.call('POST', '/webhooks/subscriptions', {
        url: 'https://hooks.example.com/in',
        event_types: ['sync.completed'],
        secret,
      });
    const { status, body } = await subscribe(texts(23));
    expect([status, Object.keys(body.errors[0])]).toEqual([422, ['body.secret']]);
  });
});

test('a NUL character in an address to sign in with is refused, since no database takes one', async () => {
  const { status } = await server.call('POST', '/auth/sign-in', { email: 'a\u0000b@example.com', password: 'secret' });
  expect(status).toBe(422);
});

test('an address of over 16 KiB is taken, and one of over 64 KiB refused', async () => {
  const search = (length: number) => server.call('GET', `/collections?search=${'x'.repeat(length)}`);
  expect((await search(20_000)).status).not.toBe(431);
  expect((await search(70_000)).status).toBe(431);
});
