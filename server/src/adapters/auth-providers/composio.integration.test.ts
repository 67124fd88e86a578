import { afterAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../core/shared/index.ts';
import { createOutboundHttp } from '../outbound/create-outbound-http.ts';
import { credentialRequest, type ReceivedRequest, startProviderServer } from './auth-providers.fixture.ts';
import { createComposio } from './composio.ts';

const http = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger });
afterAll(() => http.close());
const signal = AbortSignal.timeout(20_000);

const auth = { api_key: 'ak_1' };
const config = { auth_config_id: 'ac_1', account_id: 'ca_1' };
const account = (change: object = {}) => ({
  id: 'ca_1',
  toolkit: { slug: 'notion' },
  auth_config: { id: 'ac_1', is_composio_managed: false },
  status: 'ACTIVE',
  state: { authScheme: 'OAUTH2', val: { status: 'ACTIVE', access_token: 'token-1', refresh_token: 'refresh-1' } },
  ...change,
});
const pageOf = ({ url }: ReceivedRequest) => Number(new URL(url, 'http://x').searchParams.get('page'));
const onePage = (items: readonly object[]) => ({ body: { items, total_pages: 1, current_page: 1, next_cursor: null } });

describe('Composio', () => {
  it('is asked for the connected accounts with the key in its header', async () => {
    await using server = await startProviderServer(() => onePage([account()]));
    const composio = createComposio(http, server.url);
    await composio.validate(auth, signal);
    expect(await composio.fetchCredentials(credentialRequest({ auth, config }))).toEqual({
      access_token: 'token-1',
      refresh_token: 'refresh-1',
    });
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/v3/connected_accounts?limit=100&page=1',
      'GET /api/v3/connected_accounts?limit=100&page=1',
    ]);
    expect(server.requests[0]?.headers['x-api-key']).toBe('ak_1');
  });

  it('finds an account on a later page, by number or by cursor', async () => {
    const other = account({ id: 'ca_2' });
    await using numbered = await startProviderServer((request) => ({
      body: { items: pageOf(request) === 2 ? [account()] : [other], total_pages: 2 },
    }));
    await using cursored = await startProviderServer(({ url }) => ({
      body: url.includes('cursor=next') ? { items: [account()] } : { items: [other], next_cursor: 'next' },
    }));
    for (const { url } of [numbered, cursored]) {
      const found = await createComposio(http, url).fetchCredentials(credentialRequest({ auth, config }));
      expect(found.access_token).toBe('token-1');
    }
  });

  it.each([
    ['google_drive', 'googledrive'],
    ['outlook_calendar', 'outlook'],
    ['powerpoint', 'one_drive'],
    ['teams', 'microsoft_teams'],
    ['calcom', 'cal'],
    ['stripe', 'stripe'],
  ])('knows %s as %s', async (sourceShortName, slug) => {
    await using server = await startProviderServer(() => onePage([account({ toolkit: { slug } })]));
    const request = credentialRequest({ auth, config, sourceShortName });
    expect(await createComposio(http, server.url).fetchCredentials(request)).toMatchObject({ access_token: 'token-1' });
  });

  it('keeps keys under names of its own', async () => {
    const val = { generic_api_key: 'key-1', access_token: 'token-1' };
    await using server = await startProviderServer(() => onePage([account({ state: { val } })]));
    const composio = createComposio(http, server.url);
    const ask = (name: string) =>
      composio.fetchCredentials(credentialRequest({ auth, config, fields: [{ name, isRequired: true }] }));
    expect(await ask('api_key')).toEqual({ api_key: 'key-1' });
    expect(await ask('personal_access_token')).toEqual({ personal_access_token: 'token-1' });
  });

  it('says that an account is gone, is of another kind, or lacks what is needed', async () => {
    await using server = await startProviderServer(() =>
      onePage([account({ toolkit: { slug: 'slack' } }), account({ id: 'ca_3', state: { val: { access_token: '' } } })]),
    );
    const composio = createComposio(http, server.url);
    const ask = (accountId: string) =>
      composio.fetchCredentials(credentialRequest({ auth, config: { ...config, account_id: accountId } }));
    await expect(ask('ca_9')).rejects.toMatchObject({
      kind: 'credentials',
      errorCategory: 'auth_provider_account_gone',
      message: expect.stringContaining("no account 'ca_9'"),
    });
    await expect(ask('ca_1')).rejects.toMatchObject({
      kind: 'configuration',
      message: expect.stringContaining("'slack', not of 'notion'"),
    });
    await expect(ask('ca_3')).rejects.toMatchObject({
      kind: 'configuration',
      message: expect.stringContaining('has no access_token'),
    });
  });

  it.each([
    [{ status: 401 }, { kind: 'credentials', errorCategory: 'auth_provider_credentials_invalid' }],
    [
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'rate_limited', retryAfterMs: 7_000 },
    ],
    [{ status: 503 }, { kind: 'source', status: 503 }],
    [{ body: '<html>' }, { kind: 'source', status: 502 }],
    [{ body: { items: [{ id: 1 }] } }, { kind: 'source', status: 502 }],
    [
      { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
      { kind: 'source', status: 302 },
    ],
  ])('answers %j: it is %j', async (answer, expected) => {
    await using server = await startProviderServer(() => answer);
    const validated = createComposio(http, server.url).validate(auth, signal);
    await expect(validated).rejects.toMatchObject(expected);
  });

  it('cannot be asked at an address that the guard refuses, and the key is in no message', async () => {
    const guarded = createOutboundHttp({ allow: [], logger: silentLogger });
    const error = await createComposio(guarded, 'http://127.0.0.1:9')
      .validate({ api_key: 'ak_secret' }, signal)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      kind: 'configuration',
      message: expect.stringContaining('Composio could not be asked'),
    });
    expect(String(error)).not.toContain('ak_secret');
    await guarded.close();
  });
});
