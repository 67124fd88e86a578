import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createComposio } from '../../../adapters/auth-providers/composio.ts';
import { toAuthProviderRegistry } from '../../../adapters/auth-providers/create-auth-providers.ts';
import { createCustomProvider } from '../../../adapters/auth-providers/custom.ts';
import { createPipedream } from '../../../adapters/auth-providers/pipedream.ts';
import { createFeatureFlagStore } from '../../../adapters/postgres/feature-flag-store.ts';
import { Scope } from '../../../core/shared/index.ts';
import { expectRefusals } from '../testing/expect-refusals.ts';
import { notesConnector } from '../testing/notes-source.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

/** The providers' side and the source's, on one server that answers as the tests say. */
const world = {
  /** What Composio takes. */
  apiKey: 'ak_1',
  /** What the account at Composio has; undefined: the account is gone. */
  token: undefined as string | undefined,
  /** What it has from one reading of the account to the next. */
  laterTokens: [] as string[],
  /** What the notes take. */
  acceptedToken: 'token-1',
  custom: new Map<string, string>(),
};
beforeEach(() => {
  Object.assign(world, { apiKey: 'ak_1', token: 'token-1', laterTokens: [], acceptedToken: 'token-1' });
  world.custom.clear();
});

let server: Server;
let fixture: SourceFixture;
beforeAll(async () => {
  server = createServer((request, response) => {
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (path === '/api/v3/connected_accounts') {
      world.token = world.laterTokens.shift() ?? world.token;
      if (request.headers['x-api-key'] !== world.apiKey) return answer(401, { error: { message: 'invalid' } });
      const account = { id: 'ca_1', toolkit: { slug: 'notes' }, auth_config: { id: 'ac_1' } };
      const state = { val: { access_token: world.token } };
      return answer(200, { items: world.token === undefined ? [] : [{ ...account, state }], total_pages: 1 });
    }
    if (path === '/v1/oauth/token') return answer(200, { access_token: 'ours' });
    if (path === '/custom') return answer(200, {});
    if (path.startsWith('/custom/')) {
      const token = world.custom.get(path.slice('/custom/'.length));
      return token === undefined ? answer(404, {}) : answer(200, { access_token: token });
    }
    if (path === '/notes') {
      const isTaken = request.headers.authorization === `Bearer ${world.acceptedToken}`;
      return answer(isTaken ? 200 : 401, isTaken ? [{ id: '1', title: 'A note', text: 'Some text.' }] : {});
    }
    return answer(404, {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = urlOfServer();
  const oauth = {
    kind: 'oauth2',
    authorizeUrl: `${url}/a`,
    tokenUrl: `${url}/t`,
    scopes: [],
    tokens: 'access_only',
  } as const;
  const notes = notesConnector('notes', url, oauth);
  fixture = await createSourceFixture({
    connectors: [
      { ...notes, authMethods: [...notes.authMethods, 'auth_provider'] },
      { ...notes, authMethods: ['auth_provider'], shortName: 'blocked_notes' },
    ],
    authProviders: (http) =>
      toAuthProviderRegistry([
        { ...createComposio(http, url), blockedSources: ['blocked_notes'] },
        createCustomProvider(http),
        createPipedream(http, url),
      ]),
  });
  fixture.startWorker();
});
afterAll(async () => {
  await fixture.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const urlOfServer = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const asOwner = (method: string, path: string, body?: unknown) =>
  fixture.ask(method, path, { bearer: fixture.operatorToken, body });
let made = 0;
const connectProvider = (body: object = {}) => {
  made += 1;
  return asOwner('POST', '/auth-providers', {
    name: 'Our Composio',
    readable_id: `provider-${made}`,
    short_name: 'composio',
    auth_fields: { api_key: 'ak_1' },
    ...body,
  });
};
const account = { auth_config_id: 'ac_1', account_id: 'ca_1' };
/** A collection with the notes, whose credentials the provider keeps. */
async function connectNotes(providerReadableId: string, body: object = {}) {
  made += 1;
  await fixture.createCollection(`notes-${made}`);
  return fixture.call('POST', '/source-connections', {
    short_name: 'notes',
    readable_collection_id: `notes-${made}`,
    authentication: { provider_readable_id: providerReadableId, provider_config: account },
    ...body,
  });
}

describe('auth providers', () => {
  test('are listed with what each needs', async () => {
    const { status, body } = await fixture.call('GET', '/auth-providers/list');
    expect(status).toBe(200);
    expect(body.map((provider: { short_name: string }) => provider.short_name)).toEqual([
      'composio',
      'custom',
      'pipedream',
    ]);
    expect(body[0]).toEqual({
      short_name: 'composio',
      name: 'Composio',
      description: expect.stringMatching(/\w/),
      class_name: 'ComposioAuthProvider',
      auth_config_class: 'ComposioAuthConfig',
      config_class: 'ComposioConfig',
      auth_fields: {
        fields: [expect.objectContaining({ name: 'api_key', type: 'string', required: true, is_secret: true })],
      },
      config_fields: {
        fields: [expect.objectContaining({ name: 'auth_config_id' }), expect.objectContaining({ name: 'account_id' })],
      },
      settings_url: 'https://platform.composio.dev/',
    });
    for (const provider of body) {
      const path = `/auth-providers/detail/${provider.short_name}`;
      expect((await fixture.call('GET', path)).body).toEqual(provider);
    }
    const { fields } = body[2].config_fields;
    expect(fields.map((field: { name: string; required: boolean }) => [field.name, field.required])).toEqual([
      ['project_id', true],
      ['account_id', true],
      ['external_user_id', false],
      ['environment', false],
    ]);
    expect((await fixture.call('GET', '/auth-providers/detail/klavis')).status).toBe(404);
  });

  test('include the custom one only with its feature', async () => {
    const features = createFeatureFlagStore(fixture.database);
    const scope = new Scope(fixture.owner.organization.id);
    await features.switch(scope, 'custom_auth_provider', false);
    const { body } = await fixture.call('GET', '/auth-providers/list');
    expect(body.map((provider: { short_name: string }) => provider.short_name)).toEqual(['composio', 'pipedream']);
    expect((await fixture.call('GET', '/auth-providers/detail/custom')).status).toBe(404);
    expect((await fixture.call('GET', '/sources/stub')).body.supported_auth_providers).toEqual([
      'composio',
      'pipedream',
    ]);
    const custom = { short_name: 'custom', auth_fields: { base_endpoint_url: urlOfServer(), api_key: 'key' } };
    expect((await connectProvider(custom)).status).toBe(404);
    await features.switch(scope, 'custom_auth_provider', true);
  });
});

describe('a connection to an auth provider', () => {
  test('is made once the provider takes the fields, and shows none of them', async () => {
    const { status, body } = await connectProvider({ readable_id: null, description: 'For all of us' });
    expect([status, body]).toEqual([
      200,
      {
        id: expect.any(String),
        name: 'Our Composio',
        readable_id: expect.stringMatching(/^our-composio-[a-z0-9]{6}$/),
        short_name: 'composio',
        description: 'For all of us',
        created_by_email: 'owner@weft.local',
        modified_by_email: 'owner@weft.local',
        created_at: expect.any(String),
        modified_at: expect.any(String),
        masked_client_id: null,
      },
    ]);
    const path = `/auth-providers/connections/${body.readable_id}`;
    expect((await fixture.call('GET', path)).body).toEqual(body);
    const { body: listed } = await fixture.call('GET', '/auth-providers/connections?limit=1');
    expect(listed).toEqual([body]);
    expect((await fixture.call('GET', path, undefined)).status).toBe(200);
    const stored = await fixture.database.system().selectFrom('auth_provider_connections').selectAll().execute();
    expect(
      JSON.stringify(stored.map((row) => ({ ...row, credentials: row.credentials.toString('latin1') }))),
    ).not.toContain('ak_1');
  });

  test('shows the ends of its client id, also after it was changed', async () => {
    const pipedream = (client_id: string) => ({ client_id, client_secret: 'secret' });
    const { body } = await connectProvider({ short_name: 'pipedream', auth_fields: pipedream('abcdefghijklmnopqrst') });
    expect(body.masked_client_id).toBe('abcdefg...qrst');
    const path = `/auth-providers/${body.readable_id}`;
    const changed = await asOwner('PUT', path, { auth_fields: pipedream('abcdefghijklmno'), name: null });
    expect(changed.body).toMatchObject({ masked_client_id: 'abcd...', name: 'Our Composio' });
    const renamed = await asOwner('PUT', path, { name: 'Another name', description: 'New' });
    expect(renamed.body).toMatchObject({ name: 'Another name', description: 'New', masked_client_id: 'abcd...' });
    expect((await asOwner('PUT', path, {})).status).toBe(200);
  });

  test('may not have a readable id that is taken', async () => {
    await connectProvider({ readable_id: 'taken' });
    const { status, body } = await connectProvider({ readable_id: 'taken' });
    expect([status, body.detail]).toEqual([409, expect.stringContaining('duplicate key')]);
    expect((await fixture.call('GET', '/auth-providers/connections/taken')).status).toBe(200);
  });

  test.each([
    [{ short_name: 'klavis' }, 404, /'klavis' not found/],
    [{ auth_fields: { api_key: 'ak_wrong' } }, 422, /Composio refuses the credentials \(401\)/],
    [{ auth_fields: null }, 422, /Invalid auth_fields: api_key/],
    [{ auth_fields: { api_key: 'ak_1', more: 1 } }, 422, /Invalid auth_fields:.*more/],
    [{ auth_fields: { api_key: 'a b' } }, 422, /api_key: must not contain white space/],
    [
      { short_name: 'custom', auth_fields: { base_endpoint_url: 'http://169.254.169.254/x', api_key: 'k' } },
      422,
      /could not be asked/,
    ],
  ])('is refused with %j', async (body, status, message) => {
    const answer = await connectProvider(body);
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringMatching(message)]);
    expect(JSON.stringify(answer.body)).not.toContain('ak_wrong');
  });

  test.each([
    { name: '' },
    { name: 'x'.repeat(65) },
    { name: null },
    { readable_id: '' },
    { readable_id: 'Upper' },
    { short_name: null },
    { auth_fields: ['api_key'] },
    { auth_fields: { api_key: 'a\0b' } },
  ])('is refused by its schema with %j', async (body) => {
    const answer = await connectProvider(body);
    expect([answer.status, answer.body.errors.length]).toEqual([422, 1]);
  });

  test('is changed only when the provider takes the new fields', async () => {
    const { body } = await connectProvider();
    const path = `/auth-providers/${body.readable_id}`;
    expect((await asOwner('PUT', path, { auth_fields: { api_key: 'ak_wrong' } })).status).toBe(422);
    expect((await asOwner('PUT', '/auth-providers/nothing', { name: 'Name' })).status).toBe(404);
    expect((await asOwner('DELETE', '/auth-providers/nothing')).status).toBe(404);
  });

  test('leaves a trail of who made, changed and deleted it', async () => {
    const { body } = await connectProvider();
    await asOwner('PUT', `/auth-providers/${body.readable_id}`, { auth_fields: { api_key: 'ak_1' } });
    await asOwner('PUT', `/auth-providers/${body.readable_id}`, { auth_fields: { api_key: 'ak_wrong' } });
    await asOwner('DELETE', `/auth-providers/${body.readable_id}`);
    const trail = await fixture.database
      .system()
      .selectFrom('audit_log')
      .selectAll()
      .where('object_id', '=', body.readable_id)
      .orderBy('id')
      .execute();
    expect(trail.map(({ action }) => action)).toEqual([
      'auth_provider_connection.created',
      'auth_provider_connection.updated',
      'auth_provider_connection.deleted',
    ]);
    expect(JSON.stringify(trail)).not.toMatch(/ak_/);
  });

  test('belongs to its organisation, and is changed by owners and admins only', async () => {
    const { body } = await connectProvider();
    const asForeign = (method: string, path: string) => fixture.ask(method, path, { key: fixture.foreign.key });
    expect((await asForeign('GET', `/auth-providers/connections/${body.readable_id}`)).status).toBe(404);
    expect((await asForeign('GET', '/auth-providers/connections')).body).toEqual([]);
    for (const method of ['PUT', 'DELETE']) {
      const answer = await fixture.call(method, `/auth-providers/${body.readable_id}`, {});
      expect([answer.status, answer.body.detail]).toEqual([403, expect.stringContaining('API key')]);
    }
    const own = fixture.endpoints.filter(({ path }) => path.startsWith('/auth-providers'));
    expect(own).toHaveLength(7);
    for (const endpoint of own) await expectRefusals(fixture, endpoint);
  });
});

describe('a source connection with credentials from a provider', () => {
  test('is read with the token that the provider gives', async () => {
    const { body: provider } = await connectProvider();
    const { status, body } = await connectNotes(provider.readable_id);
    expect([status, body.auth]).toEqual([
      200,
      expect.objectContaining({
        method: 'auth_provider',
        authenticated: true,
        provider_readable_id: provider.readable_id,
        provider_id: provider.readable_id,
      }),
    ]);
    expect(await fixture.waitForJob(body.id, 'completed', 'failed')).toMatchObject({
      status: 'completed',
      entities_inserted: 1,
    });
  });

  test('is read with a new token when the source refuses the first', async () => {
    const { body: provider } = await connectProvider();
    const { body } = await connectNotes(provider.readable_id);
    await fixture.waitForJob(body.id, 'completed');
    world.acceptedToken = 'token-2';
    world.laterTokens = ['token-1', 'token-2'];
    await fixture.call('POST', `/source-connections/${body.id}/run`);
    const job = await fixture.waitForJob(body.id, 'completed', 'failed');
    expect([job.status, job.error, world.laterTokens]).toEqual(['completed', null, []]);
  });

  test('fails when the provider gives nothing else than the refused token', async () => {
    const { body: provider } = await connectProvider();
    world.acceptedToken = 'token-2';
    const { body } = await connectNotes(provider.readable_id);
    expect(await fixture.waitForJob(body.id, 'completed', 'failed')).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('refuses the token that the auth provider gives'),
      error_category: 'auth_provider_account_gone',
    });
  });

  test('says that the account is gone, and goes on once it is there again', async () => {
    const { body: provider } = await connectProvider();
    world.token = undefined;
    const { body } = await connectNotes(provider.readable_id);
    await fixture.waitForJob(body.id, 'failed');
    const path = `/source-connections/${body.id}`;
    expect((await fixture.call('GET', path)).body).toMatchObject({
      status: 'needs_reauth',
      error_category: 'auth_provider_account_gone',
      error_message: expect.stringContaining('account'),
      provider_settings_url: 'https://platform.composio.dev/',
      provider_short_name: 'composio',
    });
    const refused = await fixture.call('POST', `${path}/run`);
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining('Resume it first')]);
    world.token = 'token-1';
    expect((await fixture.call('POST', `${path}/resume`)).status).toBe(200);
    await fixture.call('POST', `${path}/run`);
    await fixture.waitForJob(body.id, 'completed');
    expect((await fixture.call('GET', path)).body).toMatchObject({ error_category: null, provider_settings_url: null });
  });

  test('says that the provider refuses its key, and goes on with a new one', async () => {
    const { body: provider } = await connectProvider();
    world.apiKey = 'ak_2';
    const { body } = await connectNotes(provider.readable_id);
    await fixture.waitForJob(body.id, 'failed');
    const path = `/source-connections/${body.id}`;
    expect((await fixture.call('GET', path)).body.error_category).toBe('auth_provider_credentials_invalid');
    await asOwner('PUT', `/auth-providers/${provider.readable_id}`, { auth_fields: { api_key: 'ak_2' } });
    expect((await fixture.call('POST', `${path}/run`)).status).toBe(200);
    await fixture.waitForJob(body.id, 'completed');
  });

  test('is known to a custom provider by its own id', async () => {
    const auth_fields = { base_endpoint_url: `${urlOfServer()}/custom`, api_key: 'key-1' };
    const { body: provider } = await connectProvider({ short_name: 'custom', auth_fields });
    const authentication = { provider_readable_id: provider.readable_id };
    const { body } = await connectNotes(provider.readable_id, { authentication, sync_immediately: false });
    world.custom.set(body.id, 'token-1');
    await fixture.call('POST', `/source-connections/${body.id}/run`);
    await fixture.waitForJob(body.id, 'completed');
  });

  test.each([
    [
      'an unknown provider connection',
      'notes',
      { provider_readable_id: 'nothing', provider_config: account },
      404,
      /not found/,
    ],
    ['a configuration that does not fit', 'notes', { provider_config: { account_id: 'ca_1' } }, 422, /auth_config_id/],
    [
      'a configuration with more in it',
      'notes',
      { provider_config: { ...account, more: 1 } },
      422,
      /provider_config.*more/,
    ],
    [
      'a source that this provider does not serve',
      'blocked_notes',
      { provider_config: account },
      400,
      /those that do: custom, pipedream/i,
    ],
    ['a source that takes no provider', 'stub', { provider_config: account }, 400, /does not support/],
  ])('is refused with %s', async (_name, short_name, authentication, status, message) => {
    const { body: provider } = await connectProvider();
    const answer = await connectNotes(provider.readable_id, {
      short_name,
      authentication: { provider_readable_id: provider.readable_id, ...authentication },
    });
    expect([answer.status, answer.body.detail]).toEqual([status, expect.stringMatching(message)]);
  });

  test('cannot use the provider of another organisation', async () => {
    const { body: provider } = await connectProvider();
    const key = fixture.foreign.key;
    await fixture.ask('POST', '/collections', { key, body: { name: 'Theirs', readable_id: 'theirs-notes' } });
    const answer = await fixture.ask('POST', '/source-connections', {
      key,
      body: {
        short_name: 'notes',
        readable_collection_id: 'theirs-notes',
        authentication: { provider_readable_id: provider.readable_id, provider_config: account },
      },
    });
    expect(answer.status).toBe(404);
  });

  test('is deleted with the provider connection, and no other is', async () => {
    const { body: provider } = await connectProvider();
    const { body: kept } = await connectNotes((await connectProvider()).body.readable_id);
    const { body: first } = await connectNotes(provider.readable_id);
    const { body: second } = await connectNotes(provider.readable_id);
    const { status, body } = await asOwner('DELETE', `/auth-providers/${provider.readable_id}`);
    expect([status, body]).toEqual([200, { ...provider, masked_client_id: null }]);
    const found = async ({ id }: { readonly id: string }) =>
      (await fixture.call('GET', `/source-connections/${id}`)).status;
    expect([await found(first), await found(second), await found(kept)]).toEqual([404, 404, 200]);
    expect((await fixture.call('GET', `/auth-providers/connections/${provider.readable_id}`)).status).toBe(404);
  });
});
