import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type AnyConnector, fieldsOf } from '../../../connector-kit/index.ts';
import { addressOf, closeServer, notesConnector, startServer } from '../testing/notes-source.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

/** Authorisation servers that do not answer as they should, and such as answer in ways of their own. */
let fixture: SourceFixture;
let server: Server;
let answer: (response: ServerResponse, request: IncomingMessage) => void = () => undefined;
const client = { client_id: 'mine', client_secret: 'my-secret' };

beforeAll(async () => {
  server = await startServer((request, response) => {
    if (request.url === '/notes') response.end(request.headers.authorization === 'Bearer good' ? '[]' : '{}');
    else answer(response, request);
  });
  const url = addressOf(server);
  const oauth2 = { kind: 'oauth2', scopes: ['a'], tokens: 'with_refresh', tokenUrl: `${url}/token` } as const;
  const oauth1 = {
    ...{ kind: 'oauth1' as const, requestTokenUrl: `${url}/request`, accessTokenUrl: `${url}/access` },
    ...{ authorizeUrl: `${url}/authorize`, authorizeParameters: { expiration: 'never' } },
  } as const;
  fixture = await createSourceFixture({
    connectors: [
      notesConnector('odd', url, { ...oauth2, authorizeUrl: `${url}/authorize` }),
      notesConnector('signed', url, oauth1),
      templated(
        notesConnector('templated', url, { ...oauth2, authorizeUrl: 'https://{subdomain}.example.com/authorize' }),
      ),
    ],
    signIn: { oauthTimeoutMs: 300 },
  });
  await fixture.createCollection('odd-ones');
});
afterAll(async () => {
  await fixture.close();
  await closeServer(server);
});

function templated(connector: AnyConnector): AnyConnector {
  const config = z.object({ subdomain: z.string().default('') });
  return { ...connector, config, configFields: fieldsOf(config) };
}

const connect = (shortName: string, body: object = {}) =>
  fixture.call('POST', '/source-connections', {
    ...{ short_name: shortName, readable_collection_id: 'odd-ones', authentication: client },
    ...body,
  });
const open = (url: string) => fixture.ask('GET', url.slice(fixture.url.length));
const json = (response: ServerResponse, body: object, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** Comes back from the source with a code. */
async function comeBack(headers: Record<string, string> = {}) {
  const { body } = await connect('odd');
  const link = (await open(body.auth.auth_url)).headers.get('location') ?? '';
  const state = new URL(link).searchParams.get('state');
  const returned = await fixture.ask('GET', `/source-connections/callback?code=c&state=${state}`, { headers });
  const connection = (await fixture.call('GET', `/source-connections/${body.id}`)).body;
  return { returned, connection, state };
}

describe('a token address', () => {
  it('that gives a token without an end leaves a connection that works', async () => {
    answer = (response) => json(response, { access_token: 'good' });
    const { returned, connection } = await comeBack();
    expect(returned.status).toBe(303);
    expect(connection).toMatchObject({ status: 'active', auth: { authenticated: true } });
  });

  it.each([
    ['hangs', 502, () => undefined, 'in time'],
    [
      'sends a page',
      502,
      (response: ServerResponse) => response.end('<html>Sign in</html>'),
      'did not answer with tokens',
    ],
    ['sends nothing', 502, (response: ServerResponse) => response.end(), 'did not answer with tokens'],
    ['is out of order', 502, (response: ServerResponse) => json(response, {}, 500), 'out of order'],
    ['has had enough', 429, (response: ServerResponse) => json(response, {}, 429), 'no more requests'],
    [
      'refuses in an answer of status 200',
      400,
      (response: ServerResponse) => json(response, { error: 'invalid_grant' }),
      'invalid_grant',
    ],
    [
      'does not know the client',
      400,
      (response: ServerResponse) => json(response, { error: 'invalid_client' }, 401),
      'callback address',
    ],
    [
      'gives a token that does not work',
      400,
      (response: ServerResponse) => json(response, { access_token: 'bad' }),
      '',
    ],
  ])('that %s ends with %d, and can be tried again', async (_what, status, give, words) => {
    answer = (response) => void give(response);
    const { returned, connection, state } = await comeBack();
    expect(returned.status).toBe(status);
    expect(returned.body.detail).toContain(words);
    expect(connection).toMatchObject({ status: 'pending_auth', sync: null, auth: { authenticated: false } });
    const twice = await fixture.ask('GET', `/source-connections/callback?code=c&state=${state}`);
    expect(twice).toMatchObject({ status: 400, body: { detail: expect.stringContaining('Begin it again') } });
    expect((await fixture.call('POST', `/source-connections/${connection.id}/reinitiate-oauth`)).status).toBe(200);
  });

  it('that hangs ends, in a browser, on a page that leads back', async () => {
    answer = () => undefined;
    const { returned, connection } = await comeBack({ accept: 'text/html' });
    expect(returned.status).toBe(502);
    expect(returned.body).toContain('The source did not answer as it should');
    expect(returned.body).toContain(`href="${connection.auth.redirect_url}"`);
  });
});

describe('OAuth 1', () => {
  it('goes from the request token to a connection', async () => {
    answer = (response, { url }) =>
      response.end(
        url === '/request'
          ? 'oauth_token=asked&oauth_token_secret=s1&oauth_callback_confirmed=true'
          : 'oauth_token=good&oauth_token_secret=s2',
      );
    const authentication = { consumer_key: 'key', consumer_secret: 'secret' };
    const { body } = await connect('signed', { authentication });
    const link = new URL((await open(body.auth.auth_url)).headers.get('location') ?? '');
    expect(Object.fromEntries(link.searchParams)).toEqual({ oauth_token: 'asked', expiration: 'never' });
    // What belongs to OAuth 1 goes before what belongs to OAuth 2.
    const returned = await fixture.ask(
      'GET',
      '/source-connections/callback?state=x&code=y&oauth_token=asked&oauth_verifier=v',
    );
    expect(returned.status).toBe(303);
    const connection = (await fixture.call('GET', `/source-connections/${body.id}`)).body;
    expect(connection.auth).toMatchObject({ authenticated: true, method: 'oauth_byoc' });
  });

  it('begins with an error when the source gives no request token', async () => {
    answer = (response) => response.writeHead(401).end('no such key');
    expect(await connect('signed')).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('consumer key') },
    });
    answer = (response) => response.end('<html></html>');
    expect((await connect('signed')).status).toBe(502);
    answer = (response) => response.end('oauth_token=again&oauth_token_secret=s');
    expect((await connect('signed')).status).toBe(200);
    expect((await connect('signed')).status).toBe(502);
  });
});

describe('a source without a client of the operator', () => {
  it.each([null, {}, { redirect_uri: 'x' }])('needs one of the user’s own: %j', async (authentication) => {
    const answered = await connect('odd', { authentication });
    expect(answered.status).toBe(400);
    expect(answered.body.detail).toMatch(/credentials.*client_id.*OAUTH_ODD_CLIENT_ID/s);
  });
});

describe('an address that holds a setting', () => {
  it('leads there', async () => {
    const { body } = await connect('templated', { config: { subdomain: 'acme' } });
    expect((await open(body.auth.auth_url)).headers.get('location')).toMatch(
      /^https:\/\/acme\.example\.com\/authorize\?/,
    );
  });

  it.each([undefined, {}, { subdomain: ' ' }, { subdomain: 'evil.example/' }])(
    'is refused without it: %j',
    async (config) => {
      const answered = await connect('templated', config === undefined ? {} : { config });
      expect(answered).toMatchObject({ status: 422, body: { detail: expect.stringContaining('subdomain') } });
    },
  );
});

describe('who finishes a sign-in', () => {
  it('is whoever began it', async () => {
    answer = (response) => json(response, { access_token: 'good' });
    const { body } = await connect('odd');
    const link = (await open(body.auth.auth_url)).headers.get('location') ?? '';
    await fixture.ask('GET', `/source-connections/callback?code=c&state=${new URL(link).searchParams.get('state')}`);
    const initiator = 'user:00000000-0000-4000-8000-000000000000';
    const ofConnection = fixture.database
      .system()
      .updateTable('source_sign_ins')
      .where('source_connection_id', '=', body.id);
    await ofConnection.set({ initiator }).execute();
    const path = `/source-connections/${body.id}/verify-oauth`;
    const claim = { claim_token: body.auth.claim_token };
    expect(await fixture.call('POST', path, claim)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining('Somebody else began') },
    });
    // A run begun otherwise waits as well.
    expect((await fixture.call('POST', `/source-connections/${body.id}/run`)).status).toBe(400);
    await ofConnection.set({ initiator: null }).execute();
    expect((await fixture.call('POST', path, claim)).status).toBe(200);
  });

  it('can only do so where there is a sign-in', async () => {
    const { body } = await fixture.connect('odd-ones');
    const verify = await fixture.call('POST', `/source-connections/${body.id}/verify-oauth`, { claim_token: 'a' });
    expect(verify.status).toBe(400);
    expect((await fixture.call('POST', `/source-connections/${body.id}/verify-oauth`, {})).status).toBe(422);
  });
});
