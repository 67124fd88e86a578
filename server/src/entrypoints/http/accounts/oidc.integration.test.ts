import { OAuth2Server } from 'oauth2-mock-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createOidcIdentityProvider } from '../../../adapters/identity-provider/oidc-identity-provider.ts';
import { createOidcTokenVerifier } from '../../../adapters/identity-provider/oidc-token-verifier.ts';
import { createOutboundHttp } from '../../../adapters/outbound/create-outbound-http.ts';
import { newId, OrganizationId, silentLogger } from '../../../core/shared/index.ts';
import { type AccountFixture, createAccountFixture } from '../testing/account-fixture.ts';

const provider = new OAuth2Server();
const outbound = createOutboundHttp({ allow: ['localhost', '127.0.0.0/8', '::1'], logger: silentLogger });
/** Whom the provider vouches for next. */
let person: Record<string, unknown>;
let fixture: AccountFixture;
let issuer: string;

beforeAll(async () => {
  await provider.issuer.keys.generate('RS256');
  await provider.start(0, 'localhost');
  issuer = provider.issuer.url ?? '';
  const settings = { issuer, audience: ['weft'] as [string] };
  provider.service.on('beforeTokenSigning', (token: { payload: Record<string, unknown> }) => {
    Object.assign(token.payload, { aud: 'weft', ...person });
  });
  fixture = await createAccountFixture({
    tokens: createOidcTokenVerifier(outbound, settings, { logger: silentLogger }),
    provider: createOidcIdentityProvider(outbound, settings),
  });
});
afterAll(async () => {
  await fixture.close();
  await outbound.close();
  await provider.stop();
});

const verified = (email: string) => ({ email, email_verified: true, sub: `sub-of-${email}` });

function bearerOf(claims: Record<string, unknown>): Promise<string> {
  return provider.issuer.buildToken({
    scopesOrTransform: (_header, payload) => Object.assign(payload, { aud: 'weft', ...claims }),
  });
}

describe('a bearer token of the identity provider', () => {
  test('makes its owner’s account on request, and only theirs', async () => {
    const bearer = await bearerOf(verified('ada@example.com'));
    const unknown = await fixture.ask('GET', '/users', { bearer });
    expect([unknown.status, unknown.body.detail]).toEqual([401, expect.stringMatching(/user account was not found/)]);
    const save = (email: string) =>
      fixture.ask('POST', '/users/create_or_update', { bearer, body: { email, full_name: 'Ada' } });
    expect((await save('other@example.com')).status).toBe(403);
    expect((await save('ADA@example.com')).body).toMatchObject({
      email: 'ada@example.com',
      full_name: 'Ada',
      auth0_id: `${issuer}|sub-of-ada@example.com`,
      user_organizations: [],
      is_superuser: false,
    });
    expect((await save('ada@example.com')).status).toBe(200);
    expect((await fixture.ask('GET', '/users', { bearer })).body.email).toBe('ada@example.com');
  });

  test('needs an organization for everything else, as the reference says', async () => {
    const unknown = await bearerOf(verified('nobody@example.com'));
    const own = { 'x-organization-id': fixture.owner.organization.id };
    expect((await fixture.ask('GET', '/api-keys', { bearer: unknown })).status).toBe(400);
    expect((await fixture.ask('GET', '/api-keys', { bearer: unknown, headers: own })).status).toBe(401);
    await fixture.createPerson('bob', 'admin');
    const bob = await bearerOf(verified('bob@example.com'));
    const status = async (headers: Record<string, string>) =>
      (await fixture.ask('GET', '/api-keys', { bearer: bob, headers })).status;
    expect(await status({})).toBe(200);
    expect(await status(own)).toBe(200);
    expect(await status({ 'x-organization-id': newId(OrganizationId) })).toBe(404);
    expect(await status({ 'x-organization-id': fixture.foreign.caller.scope.organizationId })).toBe(403);
    expect(await status({ 'x-organization-id': 'no-uuid' })).toBe(400);
  });

  test('wins over a key that comes along; one that is refused counts as absent, or says why', async () => {
    const key = await fixture.createKey({ scopes: ['read'] });
    await fixture.createPerson('carl', 'admin');
    const good = await bearerOf(verified('carl@example.com'));
    expect((await fixture.ask('GET', '/api-keys', { bearer: good, key })).status).toBe(200);
    const bad = await bearerOf({ ...verified('carl@example.com'), aud: 'others' });
    expect((await fixture.ask('GET', '/api-keys', { bearer: bad, key })).status).toBe(403);
    const alone = await fixture.ask('GET', '/api-keys', { bearer: bad });
    expect([alone.status, alone.body.detail]).toEqual([401, expect.stringMatching(/another audience/)]);
  });

  test('makes its owner a member of what they were invited to', async () => {
    const ann = await fixture.createPerson('ann', 'owner');
    const invite = { email: 'dora@example.com', role: 'admin' };
    await ann.call('POST', `/organizations/${fixture.owner.organization.id}/invite`, invite);
    const bearer = await bearerOf(verified('dora@example.com'));
    const { body } = await fixture.ask('POST', '/users/create_or_update', {
      bearer,
      body: { email: 'dora@example.com' },
    });
    expect(body.user_organizations).toEqual([expect.objectContaining({ role: 'admin', is_primary: true })]);
  });

  test('ends the password that somebody set for this address through a link', async () => {
    const ann = await fixture.createPerson('anna', 'owner');
    const path = `/organizations/${fixture.owner.organization.id}/invite`;
    const { invite_url: url } = (await ann.call('POST', path, { email: 'eve@example.com' })).body;
    const taken = { token: new URL(url).searchParams.get('token'), password: 'of the one who invited' };
    const { token } = (await fixture.ask('POST', '/auth/invitation', { body: taken })).body;
    expect((await fixture.ask('GET', '/users', { bearer: token })).status).toBe(200);
    const bearer = await bearerOf(verified('eve@example.com'));
    expect((await fixture.ask('GET', '/users', { bearer })).body.email).toBe('eve@example.com');
    expect((await fixture.ask('GET', '/users', { bearer: token })).status).toBe(401);
    const again = { email: 'eve@example.com', password: taken.password };
    expect((await fixture.ask('POST', '/auth/sign-in', { body: again })).status).toBe(401);
  });
});

describe('signing in at the identity provider', () => {
  /** Goes there as a browser does. @returns the way back, and the cookie that the browser keeps */
  async function goThere() {
    const started = await fixture.ask('GET', '/auth/oidc/start');
    const cookie = started.headers.get('set-cookie')?.split(';')[0] ?? '';
    const there = new URL(started.headers.get('location') ?? '');
    expect(Object.fromEntries(there.searchParams)).toMatchObject({
      client_id: 'weft',
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: 'https://weft.example.com/auth/oidc/callback',
    });
    const back = new URL((await fetch(there, { redirect: 'manual' })).headers.get('location') ?? '');
    return { cookie, path: back.pathname + back.search };
  }
  const come = (path: string, cookie: string) => fixture.ask('GET', path, { headers: { cookie } });

  test('ends in a session here', async () => {
    person = verified('grace@example.com');
    const { cookie, path } = await goThere();
    const done = await come(path, cookie);
    expect([done.status, done.headers.get('location')]).toEqual([303, '/app/']);
    const session = /weft_session=([^;]+)/.exec(done.headers.get('set-cookie') ?? '')?.[1] ?? '';
    expect((await fixture.ask('GET', '/users', { bearer: session })).body.email).toBe('grace@example.com');
    expect((await fixture.ask('GET', '/auth/sessions', { bearer: session })).body).toMatchObject([{ method: 'oidc' }]);
    const repeated = await come(path, cookie);
    expect([repeated.status, repeated.body]).toEqual([403, expect.stringContaining('Begin again')]);
  });

  test('counts only in the browser that began it', async () => {
    person = verified('mallory@example.com');
    const mallory = await goThere();
    const victim = await goThere();
    for (const cookie of ['', victim.cookie]) expect((await come(mallory.path, cookie)).status).toBe(403);
    expect((await come(mallory.path, mallory.cookie)).status).toBe(303);
  });

  test('that is denied, has a foreign state or a foreign nonce ends on a page that says what to do', async () => {
    person = verified('grace@example.com');
    const denied = await goThere();
    const state = new URLSearchParams(denied.path.split('?')[1]).get('state');
    const answer = await come(`/auth/oidc/callback?error=access_denied&state=${state}`, denied.cookie);
    expect([answer.status, answer.body]).toEqual([401, expect.stringMatching(/said no.*Begin again/s)]);
    expect((await come('/auth/oidc/callback?code=x&state=foreign', denied.cookie)).status).toBe(403);
    expect((await come('/auth/oidc/callback', denied.cookie)).status).toBe(403);
    person = { ...verified('grace@example.com'), nonce: 'of another sign-in' };
    const replayed = await goThere();
    expect((await come(replayed.path, replayed.cookie)).status).toBe(502);
  });

  test('with an address that nobody verified is refused', async () => {
    person = { email: 'heidi@example.com', email_verified: false, sub: 'heidi' };
    const { cookie, path } = await goThere();
    const answer = await come(path, cookie);
    expect([answer.status, answer.body]).toEqual([401, expect.stringContaining('email_verified')]);
  });
});
