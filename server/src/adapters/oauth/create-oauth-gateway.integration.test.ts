import { createHmac } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OAuth2 } from '../../connector-kit/index.ts';
import { silentLogger } from '../../core/shared/index.ts';
import { createOutboundHttp } from '../outbound/create-outbound-http.ts';
import { createOAuthGateway } from './create-oauth-gateway.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;
let answer: Answer = (_request, response) => response.end();
let server: Server;
let url = '';
const outbound = createOutboundHttp({ allow: ['127.0.0.1'], logger: silentLogger });
const gateway = createOAuthGateway(outbound, { timeoutMs: 300 });

beforeAll(async () => {
  server = createServer(async (request, response) => answer(request, response, await text(request)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  answer = (_request, response) => response.end();
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await outbound.close();
});

const client = { id: 'an id', secret: 's&cret:+' };
const oauth2 = (changes: Partial<OAuth2> = {}): OAuth2 => ({
  ...{ kind: 'oauth2', scopes: ['a', 'b'], tokens: 'with_refresh' },
  ...{ authorizeUrl: `${url}/authorize`, tokenUrl: `${url}/token` },
  ...changes,
});
const code = { client, code: 'c0de', redirectUri: 'https://weft.example/callback', verifier: 'v' };
const tokens = (response: ServerResponse) =>
  response.setHeader('content-type', 'application/json').end('{"access_token":"a"}');

describe('a token request', () => {
  it('is a form with the client in it', async () => {
    let seen: unknown;
    answer = ({ headers }, response, body) => {
      seen = { fields: Object.fromEntries(new URLSearchParams(body)), type: headers['content-type'] };
      tokens(response);
    };
    await gateway.exchangeCode(oauth2(), code);
    expect(seen).toEqual({
      type: 'application/x-www-form-urlencoded',
      fields: {
        ...{ grant_type: 'authorization_code', code: 'c0de', redirect_uri: code.redirectUri, code_verifier: 'v' },
        ...{ client_id: 'an id', client_secret: 's&cret:+' },
      },
    });
  });

  it('is JSON with the client in a header, where the source wants that', async () => {
    let seen: unknown;
    answer = ({ headers }, response, body) => {
      seen = { fields: JSON.parse(body), authorization: headers.authorization };
      tokens(response);
    };
    const oauth = oauth2({ clientAuthentication: 'basic', tokenRequestFormat: 'json', refreshSendsScopes: true });
    await gateway.refresh(oauth, { client, refreshToken: 'r' });
    expect(seen).toEqual({
      fields: { grant_type: 'refresh_token', refresh_token: 'r', scope: 'a b' },
      authorization: `Basic ${Buffer.from('an+id:s%26cret%3A%2B').toString('base64')}`,
    });
  });

  it.each([
    ['hangs', 'unavailable', () => undefined],
    ['ends in the middle', 'unavailable', (response: ServerResponse) => response.destroy()],
    ['sends a page', 'unusable', (response: ServerResponse) => response.end('<!doctype html><title>Hi</title>')],
    ['sends more than tokens can be', 'unusable', (response: ServerResponse) => response.end('x'.repeat(300_000))],
    ['sends elsewhere', 'unusable', (response: ServerResponse) => response.writeHead(307, { location: '/' }).end()],
  ])('fails when the source %s', async (_what, kind, give) => {
    answer = (_request, response) => void give(response);
    await expect(gateway.exchangeCode(oauth2(), code)).rejects.toMatchObject({ name: 'OAuthFailure', kind });
  });

  it('is not made to addresses of our own network', async () => {
    const guarded = createOutboundHttp({ allow: [], logger: silentLogger });
    const refused = createOAuthGateway(guarded).exchangeCode(oauth2(), code);
    await expect(refused).rejects.toMatchObject({ kind: 'client' });
    await guarded.close();
  });
});

describe('OAuth 1', () => {
  const oauth1 = () =>
    ({
      kind: 'oauth1',
      ...{
        requestTokenUrl: `${url}/request?lang=en`,
        authorizeUrl: `${url}/authorize`,
        accessTokenUrl: `${url}/access`,
      },
    }) as const;

  /** As RFC 5849 says, written apart from the code under test. */
  function isSigned(request: IncomingMessage, tokenSecret: string): boolean {
    const header = request.headers.authorization ?? '';
    const fields = new Map(
      [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, decodeURIComponent(value)]),
    );
    const signature = fields.get('oauth_signature');
    fields.delete('oauth_signature');
    const address = new URL(request.url ?? '', url);
    const percent = (value: string) =>
      encodeURIComponent(value).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
    const pairs = [...fields, ...address.searchParams]
      .map(([name, value]) => `${percent(name)}=${percent(value)}`)
      .sort();
    const base = ['POST', `${url}${address.pathname}`, pairs.join('&')].map(percent).join('&');
    const key = `${percent(client.secret)}&${percent(tokenSecret)}`;
    return createHmac('sha1', key).update(base).digest('base64') === signature;
  }

  it('goes through its three legs with requests that are signed', async () => {
    const seen: string[] = [];
    answer = (request, response) => {
      const isAccess = request.url?.startsWith('/access') === true;
      seen.push(`${request.url} ${isSigned(request, isAccess ? 'request secret' : '')}`);
      response.end(
        isAccess
          ? 'oauth_token=lasting&oauth_token_secret=lasting+secret'
          : 'oauth_token=request&oauth_token_secret=request+secret&oauth_callback_confirmed=true',
      );
    };
    const asked = { client, callbackUrl: 'https://weft.example/callback?a=b c' };
    const requestToken = await gateway.requestToken(oauth1(), asked);
    expect(requestToken).toEqual({ token: 'request', secret: 'request secret' });
    const lasting = await gateway.accessToken(oauth1(), { client, requestToken, verifier: "it's (1*)!" });
    expect(lasting).toEqual({ token: 'lasting', secret: 'lasting secret' });
    expect(seen).toEqual(['/request?lang=en true', '/access true']);
  });

  it.each([
    [401, 'Invalid signature', 'client'],
    [401, '<p>blocked</p>', 'unusable'],
    [200, '<html></html>', 'unusable'],
    [200, 'oauth_token=', 'unusable'],
    [500, '', 'unavailable'],
  ])('fails on an answer of status %d with %j', async (status, body, kind) => {
    answer = (_request, response) => response.writeHead(status).end(body);
    const asked = gateway.requestToken(oauth1(), { client, callbackUrl: 'https://weft.example/' });
    await expect(asked).rejects.toMatchObject({ name: 'OAuthFailure', kind });
  });
});
