import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ApiKeyId, newId, OrganizationId } from '../../core/shared/index.ts';
import { apiKeyEndpoints } from './api-keys/api-key-endpoints.ts';
import { defineEndpoint } from './endpoint.ts';
import { toAccountDependencies } from './testing/account-fixture.ts';
import { createHttpFixture, type HttpFixture } from './testing/http-fixture.ts';
import { identityEndpoints } from './users/identity-endpoints.ts';

const who = defineEndpoint({
  method: 'GET',
  path: '/who',
  summary: 'Who',
  tags: ['test'],
  access: { scope: 'read' },
  response: z.unknown(),
  handler: ({ caller }) => caller,
});

let fixture: HttpFixture;
beforeAll(async () => {
  fixture = await createHttpFixture({
    endpoints: (database, store, _connect, owner) => [
      who,
      ...apiKeyEndpoints(store),
      ...identityEndpoints(toAccountDependencies(database, store, owner)),
    ],
  });
});
afterAll(() => fixture.close());

const asOperator = (method: string, path: string, body?: unknown) =>
  fixture.ask(method, path, { bearer: fixture.operatorToken, body });

describe('a caller', () => {
  test('is known by a key in either header, or in both', async () => {
    const key = await fixture.createKey({ scopes: ['read'], collections: ['one'] });
    for (const credentials of [{ key }, { bearer: key }, { key, bearer: key }, { key, bearer: 'some.jwt.token' }]) {
      const { status, body, headers } = await fixture.ask('GET', '/who', credentials);
      expect(status).toBe(200);
      expect(body).toEqual({
        scope: { organizationId: fixture.owner.organization.id },
        kind: 'api_key',
        userId: null,
        apiKeyId: expect.any(String),
        email: null,
        role: null,
        keyScopes: ['read'],
        collections: ['one'],
        request: { requestId: headers.get('x-request-id'), address: expect.any(String) },
      });
      expect(headers.get('ratelimit-remaining')).toBe('9999');
      expect(Number(headers.get('ratelimit-reset'))).toBeCloseTo(Date.now() / 1000, -1);
    }
  });

  test.each([
    ['nothing', {}, 401, /authentication/i],
    ['an empty key', { key: '' }, 401, /authentication/i],
    ['an unknown key', { key: 'unknown' }, 403, /invalid or expired API key/i],
    ['an unknown bearer', { bearer: 'unknown' }, 401, /authentication/i],
    ['a key as long as a header may be', { key: 'x'.repeat(10_000) }, 403, /invalid/i],
    ['two keys', { key: 'one, two' }, 400, /more than once/],
  ])('with %s is refused', async (_name, credentials, status, message) => {
    const answer = await fixture.ask('GET', '/who', credentials);
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringMatching(message)]);
  });

  test('with an expired key is told so', async () => {
    const key = await fixture.createKey({ isExpired: true });
    for (const credentials of [{ key }, { bearer: key }]) {
      const answer = await fixture.ask('GET', '/who', credentials);
      expect([answer.status, answer.body.detail]).toEqual([403, expect.stringMatching(/expired/)]);
    }
  });

  test('may name the organization of its key and no other', async () => {
    const key = await fixture.createKey();
    const status = async (id: string) =>
      (await fixture.ask('GET', '/who', { key, headers: { 'x-organization-id': id } })).status;
    expect(await status(fixture.owner.organization.id)).toBe(200);
    expect(await status('')).toBe(200);
    expect(await status(fixture.foreign.caller.scope.organizationId)).toBe(403);
    expect(await status(newId(OrganizationId))).toBe(403);
    expect(await status('no-uuid')).toBe(400);
  });

  test('on the machine is its operator, in the first organization or a named one', async () => {
    const { body } = await asOperator('GET', '/who');
    expect(body).toMatchObject({ kind: 'operator', role: 'owner', email: 'owner@weft.local' });
    const other = fixture.foreign.caller.scope.organizationId;
    const named = (id: string) =>
      fixture.ask('GET', '/who', { bearer: fixture.operatorToken, headers: { 'x-organization-id': id } });
    expect((await named(other)).body).toMatchObject({ scope: { organizationId: other }, email: 'other@example.com' });
    expect((await named(newId(OrganizationId))).status).toBe(404);
  });
});

describe('without authentication', () => {
  test('an organization must be one of the local owner, and the operator is still known', async () => {
    const open = await createHttpFixture({ endpoints: () => [who], isOpen: true });
    try {
      const named = (id: string) => open.ask('GET', '/who', { headers: { 'x-organization-id': id } });
      expect((await named(open.owner.organization.id)).status).toBe(200);
      expect((await named(open.owner.organization.id.toUpperCase())).status).toBe(200);
      expect((await named(open.foreign.caller.scope.organizationId)).status).toBe(403);
      expect((await named(newId(OrganizationId))).status).toBe(404);
      expect((await named('no-uuid')).status).toBe(400);
      expect((await open.ask('GET', '/who', { bearer: open.operatorToken })).body.kind).toBe('operator');
      expect((await open.ask('GET', '/who', { bearer: 'anything', key: 'anything' })).body.kind).toBe('local');
    } finally {
      await open.close();
    }
  });
});

describe('API keys', () => {
  test('are shown once, work, and are stored as a hash', async () => {
    const limits = { name: 'My agent', expiration_days: 7, scopes: ['search', 'read'], collections: ['one'] };
    const made = await asOperator('POST', '/api-keys', limits);
    expect(made.body).toMatchObject({
      name: 'My agent',
      scopes: ['search', 'read'],
      collections: ['one'],
      decrypted_key: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
      key_prefix: made.body.decrypted_key.slice(0, 8),
      last_used_date: null,
      created_by_email: 'owner@weft.local',
    });
    expect(Date.parse(made.body.expiration_date) - Date.parse(made.body.created_at)).toBe(7 * 86_400_000);
    expect((await fixture.ask('GET', '/who', { key: made.body.decrypted_key })).status).toBe(200);
    const read = await asOperator('GET', `/api-keys/${made.body.id}`);
    expect(read.body).toEqual({ ...made.body, decrypted_key: null, last_used_date: read.body.last_used_date });
    const listed = await asOperator('GET', '/api-keys?limit=1');
    expect(listed.body).toEqual([expect.objectContaining({ id: made.body.id, decrypted_key: null })]);
    const rows = await fixture.database.system().selectFrom('api_keys').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(made.body.decrypted_key);
  });

  test('are limited to nothing and last 90 days unless told otherwise', async () => {
    for (const body of [undefined, {}, { expiration_days: null, scopes: null, collections: null }]) {
      const made = await asOperator('POST', '/api-keys', body);
      expect(made.body).toMatchObject({ scopes: null, collections: null, name: null });
      expect(Date.parse(made.body.expiration_date) - Date.parse(made.body.created_at)).toBe(90 * 86_400_000);
    }
  });

  test.each([
    { expiration_days: 0 },
    { expiration_days: 366 },
    { expiration_days: 1.5 },
    { scopes: ['everything'] },
    { scopes: [] },
    { collections: [] },
    { name: 'line\nbreak' },
  ])('refuse the limits %j', async (limits) => {
    expect((await asOperator('POST', '/api-keys', limits)).status).toBe(422);
  });

  test('are rotated with their limits while the old one still works', async () => {
    const old = (await asOperator('POST', '/api-keys', { name: 'Rotated', scopes: ['read'], expiration_days: 5 })).body;
    const next = (await asOperator('POST', `/api-keys/${old.id}/rotate`)).body;
    expect(next).toMatchObject({ name: 'Rotated', scopes: ['read'] });
    expect(next.id).not.toBe(old.id);
    for (const { decrypted_key } of [old, next]) {
      expect((await fixture.ask('GET', '/who', { key: decrypted_key })).status).toBe(200);
    }
  });

  test('stop working when they are deleted', async () => {
    const { id, decrypted_key } = (await asOperator('POST', '/api-keys')).body;
    expect((await asOperator('DELETE', `/api-keys?id=${id}`)).body).toMatchObject({ id, decrypted_key: null });
    expect((await fixture.ask('GET', '/who', { key: decrypted_key })).status).toBe(403);
    expect((await asOperator('DELETE', `/api-keys?id=${id}`)).status).toBe(404);
    expect((await asOperator('DELETE', '/api-keys')).body.errors).toEqual([{ 'query.id': 'Field required' }]);
  });

  test('of another organization are as if they did not exist', async () => {
    const { id } = (await asOperator('POST', '/api-keys')).body;
    const headers = { 'x-organization-id': fixture.foreign.caller.scope.organizationId };
    for (const [method, path] of [
      ['GET', `/api-keys/${id}`],
      ['POST', `/api-keys/${id}/rotate`],
      ['DELETE', `/api-keys?id=${id}`],
    ] as const) {
      expect((await fixture.ask(method, path, { bearer: fixture.operatorToken, headers })).status).toBe(404);
    }
    expect((await asOperator('GET', `/api-keys/${newId(ApiKeyId)}`)).status).toBe(404);
    expect((await asOperator('GET', '/api-keys/no-uuid')).status).toBe(422);
  });

  test('cannot manage API keys', async () => {
    const answer = await fixture.ask('POST', '/api-keys', { key: await fixture.createKey() });
    expect([answer.status, answer.body.detail]).toEqual([
      403,
      expect.stringMatching(/API key authentication is not permitted/),
    ]);
  });

  test('record their last use, at most once a minute', async () => {
    const { id, decrypted_key: key } = (await asOperator('POST', '/api-keys')).body;
    const lastUsed = async () => (await asOperator('GET', `/api-keys/${id}`)).body.last_used_date;
    await fixture.ask('GET', '/who', { key });
    await expect.poll(lastUsed).not.toBeNull();
    const first = await lastUsed();
    await fixture.ask('GET', '/who', { key });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await lastUsed()).toBe(first);
  });
});

describe('users and organizations', () => {
  test('tell the caller who it is', async () => {
    const { body } = await asOperator('GET', '/users');
    const { user, organization } = fixture.owner;
    expect(body).toMatchObject({ id: user.id, email: 'owner@weft.local', primary_organization_id: organization.id });
    expect(body.user_organizations).toEqual([
      {
        role: 'owner',
        is_primary: true,
        user_id: user.id,
        organization_id: organization.id,
        organization: expect.objectContaining({ name: 'Ours', description: null, billing: null }),
      },
    ]);
    for (const path of ['/organizations', '/users/me/organizations']) {
      const list = (await asOperator('GET', path)).body;
      expect(list).toEqual([expect.objectContaining({ id: organization.id, role: 'owner', description: '' })]);
    }
  });

  test('show an organization to its members only, and to no key', async () => {
    const own = `/organizations/${fixture.owner.organization.id}`;
    expect((await asOperator('GET', own)).body).toMatchObject({ name: 'Ours', is_primary: true });
    const other = `/organizations/${fixture.foreign.caller.scope.organizationId}`;
    // Who has the machine has all organizations; strangers are tried beside the other endpoints of organizations.
    expect((await asOperator('GET', other)).body).toMatchObject({ name: 'Theirs', role: 'owner' });
    expect((await fixture.ask('GET', own, { key: await fixture.createKey() })).status).toBe(403);
  });
});
