import { afterAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../core/shared/index.ts';
import { createOutboundHttp } from '../outbound/create-outbound-http.ts';
import { credentialRequest, startProviderServer } from './auth-providers.fixture.ts';
import { createCustomProvider } from './custom.ts';

const http = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger });
afterAll(() => http.close());
const custom = createCustomProvider(http);
const signal = AbortSignal.timeout(20_000);
const authOf = (url: string) => custom.auth.parse({ base_endpoint_url: url, api_key: 'key-1' });

describe('the custom provider', () => {
  it('is asked by the id of the source connection, with the key in its header', async () => {
    await using server = await startProviderServer(() => ({ body: { access_token: 'token-1', other: 1 } }));
    const request = credentialRequest({ auth: authOf(`${server.url}/creds/`), config: {} });
    expect(await custom.fetchCredentials(request)).toEqual({ access_token: 'token-1' });
    await custom.validate(request.auth, signal);
    expect(server.requests.map(({ url }) => url)).toEqual([`/creds/${request.sourceConnectionId}`, '/creds']);
    expect(server.requests[0]?.headers['x-api-key']).toBe('key-1');
  });

  it.each([
    ['personal_access_token', { access_token: 'mapped', personal_access_token: 'own' }, 'mapped'],
    ['api_token', { api_token: 'own' }, 'own'],
    ['api_key', { api_key: 'own', access_token: 'other' }, 'own'],
  ])('gives %s out of %j', async (name, body, value) => {
    await using server = await startProviderServer(() => ({ body }));
    const fields = [{ name, isRequired: true }];
    const request = credentialRequest({ auth: authOf(server.url), config: {}, fields });
    expect(await custom.fetchCredentials(request)).toEqual({ [name]: value });
  });

  it.each([
    [{ status: 404 }, { kind: 'credentials', errorCategory: 'auth_provider_account_gone' }],
    [{ status: 403 }, { kind: 'credentials', errorCategory: 'auth_provider_credentials_invalid' }],
    [{ status: 429 }, { kind: 'rate_limited', retryAfterMs: 30_000 }],
    [{ status: 500 }, { kind: 'source', status: 500 }],
    [
      { status: 301, headers: { location: '/elsewhere' } },
      { kind: 'source', status: 301 },
    ],
    [{ body: ['token'] }, { kind: 'source', status: 502 }],
    [{ body: { access_token: null } }, { kind: 'configuration' }],
  ])('answers %j: it is %j', async (answer, expected) => {
    await using server = await startProviderServer(() => answer);
    const request = credentialRequest({ auth: authOf(server.url), config: {} });
    await expect(custom.fetchCredentials(request)).rejects.toMatchObject(expected);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    'ftp://example.com',
    'example.com',
    'https://user:secret@example.com',
    'https://example.com/?a=b',
    'https://example.com/#x',
    '',
  ])('refuses the address %j', (url) => {
    expect(custom.auth.safeParse({ base_endpoint_url: url, api_key: 'key' }).success).toBe(false);
  });

  it('refuses a key that no header can hold', () => {
    const parsed = custom.auth.safeParse({ base_endpoint_url: 'https://example.com', api_key: 'a\r\nb' });
    expect(parsed.success).toBe(false);
  });
});
