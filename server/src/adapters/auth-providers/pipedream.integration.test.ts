import { afterAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../core/shared/index.ts';
import { createOutboundHttp } from '../outbound/create-outbound-http.ts';
import { credentialRequest, type ScriptedAnswer, startProviderServer } from './auth-providers.fixture.ts';
import { createPipedream } from './pipedream.ts';

const http = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger });
afterAll(() => http.close());
const signal = AbortSignal.timeout(20_000);

const auth = { client_id: 'client', client_secret: 'secret' };
const config = { project_id: 'proj_1', account_id: 'apn_1', external_user_id: null, environment: 'development' };
const credentials = { oauth_access_token: 'token-1', oauth_refresh_token: 'refresh-1', oauth_client_id: 'own' };
const account = { id: 'apn_1', external_id: 'anna', healthy: true, app: { name_slug: 'notion' }, credentials };

/** Its two addresses: the token, and the account. */
const startPipedream = (answer: ScriptedAnswer) =>
  startProviderServer(({ url }) =>
    url === '/v1/oauth/token' ? { body: { access_token: 'ours', token_type: 'Bearer', expires_in: 3600 } } : answer,
  );

describe('Pipedream', () => {
  it('gives a token for the client, and with it the account and its credentials', async () => {
    await using server = await startPipedream({ body: account });
    const pipedream = createPipedream(http, server.url);
    expect(await pipedream.fetchCredentials(credentialRequest({ auth, config }))).toEqual({
      access_token: 'token-1',
      refresh_token: 'refresh-1',
    });
    const [token, details] = server.requests;
    expect([token?.method, JSON.parse(token?.body ?? '')]).toEqual([
      'POST',
      { grant_type: 'client_credentials', client_id: 'client', client_secret: 'secret' },
    ]);
    expect(details?.url).toBe('/v1/connect/proj_1/accounts/apn_1?include_credentials=true');
    expect(details?.headers).toMatchObject({ authorization: 'Bearer ours', 'x-pd-environment': 'development' });
  });

  it('is understood in the older form too, and ids cannot lead to another address', async () => {
    await using server = await startPipedream({ body: { data: account } });
    const odd = { ...config, account_id: '../../x?y' };
    const found = await createPipedream(http, server.url).fetchCredentials(credentialRequest({ auth, config: odd }));
    expect(found.access_token).toBe('token-1');
    expect(server.requests[1]?.url).toBe('/v1/connect/proj_1/accounts/..%2F..%2Fx%3Fy?include_credentials=true');
  });

  it.each([
    ['coda', 'coda', 'api_key', 'api_token'],
    ['slab', 'slab', 'api_key', 'api_token'],
    ['stripe', 'stripe', 'api_key', 'api_key'],
    ['linear', 'linear', 'personal_access_token', 'oauth_access_token'],
    ['apollo', 'apollo_io', 'api_token', 'api_key'],
    ['slack', 'slack_v2', 'access_token', 'oauth_access_token'],
    ['powerpoint', 'microsoft_onedrive', 'access_token', 'oauth_access_token'],
  ])('keeps for %s, there %s, the field %s as %s', async (sourceShortName, slug, name, theirs) => {
    await using server = await startPipedream({
      body: { app: { name_slug: slug }, credentials: { [theirs]: 'value' } },
    });
    const request = credentialRequest({ auth, config, sourceShortName, fields: [{ name, isRequired: true }] });
    expect(await createPipedream(http, server.url).fetchCredentials(request)).toEqual({ [name]: 'value' });
  });

  it.each([
    [{ body: { ...account, credentials: null } }, 'OAuth client of your own'],
    [{ body: { ...account, credentials: {} } }, 'OAuth client of your own'],
    [{ body: { ...account, app: { name_slug: 'slack_v2' } } }, "'slack_v2', not of 'notion'"],
    [{ body: { ...account, external_id: 'ben' } }, "another user than 'anna'"],
  ])('answers %j: the configuration does not fit', async (answer, message) => {
    await using server = await startPipedream(answer);
    const request = credentialRequest({ auth, config: { ...config, external_user_id: 'anna' } });
    await expect(createPipedream(http, server.url).fetchCredentials(request)).rejects.toMatchObject({
      kind: 'configuration',
      message: expect.stringContaining(message),
    });
  });

  it('says that an account is gone, and that a client is refused', async () => {
    await using gone = await startPipedream({ status: 404, body: { error: 'record not found' } });
    await expect(
      createPipedream(http, gone.url).fetchCredentials(credentialRequest({ auth, config })),
    ).rejects.toMatchObject({ kind: 'credentials', errorCategory: 'auth_provider_account_gone' });
    await using refused = await startProviderServer(() => ({ status: 401 }));
    await expect(createPipedream(http, refused.url).validate(auth, signal)).rejects.toMatchObject({
      kind: 'credentials',
      errorCategory: 'auth_provider_credentials_invalid',
    });
  });

  it('has production for its environment, unless another is named', () => {
    const parsed = createPipedream(http).config.parse({ project_id: 'proj_1', account_id: 'apn_1' });
    expect(parsed).toEqual({
      project_id: 'proj_1',
      account_id: 'apn_1',
      external_user_id: null,
      environment: 'production',
    });
  });
});
