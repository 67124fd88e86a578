import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { type NotesSource, startNotesSource } from '../testing/notes-source.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

/** A real authorisation server, a real source, and everything of ours but the encoder. */
let source: NotesSource;
let fixture: SourceFixture;

beforeAll(async () => {
  source = await startNotesSource();
  fixture = await createSourceFixture({
    connectors: [source.connector],
    signIn: { oauthClients: new Map([['notes', source.oauthClient]]) },
  });
  await fixture.createCollection('shore');
});
afterAll(async () => {
  await fixture.close();
  await source.close();
});

const connect = (body: object = {}) =>
  fixture.call('POST', '/source-connections', {
    short_name: 'notes',
    readable_collection_id: 'shore',
    redirect_url: 'https://app.example.com/done?tab=1#top',
    ...body,
  });
const pathOf = (url: string) => url.slice(fixture.url.length);
const open = (url: string, headers: Record<string, string> = {}) => fixture.ask('GET', pathOf(url), { headers });
/** Opens the link, and signs in at the source as a browser does. @returns the address that the source sends back to */
async function signInAt(authUrl: string): Promise<string> {
  const link = await open(authUrl);
  expect(link.status).toBe(303);
  const answer = await fetch(link.headers.get('location') ?? '', { redirect: 'manual' });
  return answer.headers.get('location') ?? '';
}

describe('a sign-in in the browser', () => {
  it('goes from the request to the first search', async () => {
    const created = await connect();
    expect(created.status).toBe(200);
    expect(created.body).toMatchObject({
      status: 'pending_auth',
      sync: null,
      sync_id: null,
      auth: { method: 'oauth_browser', authenticated: false, redirect_url: 'https://app.example.com/done?tab=1#top' },
    });
    const { auth_url: authUrl, claim_token: claimToken } = created.body.auth;
    expect(authUrl).toMatch(new RegExp(`^${fixture.url}/source-connections/authorize/[0-9A-Za-z]{8}$`));
    expect(claimToken).toMatch(/^[\w-]{43}$/);
    const path = `/source-connections/${created.body.id}`;
    expect((await fixture.call('GET', path)).body.auth).toMatchObject({ auth_url: authUrl, claim_token: null });

    const back = await signInAt(authUrl);
    expect((await fixture.call('GET', path)).body.auth.auth_url).toBeNull();
    const returned = await open(back);
    expect(returned.status).toBe(303);
    expect(returned.headers.get('location')).toBe(
      `https://app.example.com/done?tab=1&status=success&source_connection_id=${created.body.id}#top`,
    );
    const worker = fixture.startWorker();
    const signedIn = (await fixture.call('GET', path)).body;
    expect(signedIn).toMatchObject({ status: 'active', auth: { authenticated: true, method: 'oauth_browser' } });
    expect(signedIn.sync.last_job.status).toBe('pending');

    const verified = await fixture.call('POST', `${path}/verify-oauth`, { claim_token: claimToken });
    expect(verified.status).toBe(200);
    await fixture.waitForJob(created.body.id, 'completed');
    await worker.stop();
    const found = await fixture.call('POST', '/collections/shore/search/instant', { query: 'lamp' });
    expect(found.body.results[0].textual_representation).toContain('The lamp turns at dusk.');
    const { rows: events } = await sql<{ event_type: string; payload: unknown }>`
      select event_type, payload from event_messages order by at`.execute(fixture.database.system());
    const told = events.filter(({ payload }) => JSON.stringify(payload).includes(created.body.id));
    const types = told
      .map(({ event_type: type }) => type)
      .filter((type) => /auth_completed|created|pending/.test(type));
    expect(types).toEqual(['source_connection.created', 'source_connection.auth_completed', 'sync.pending']);
    expect(told[0]?.payload).toMatchObject({ is_authenticated: false });
  });

  it('asks the source with PKCE, the scopes and our callback address, and proves the verifier', async () => {
    const { body } = await connect();
    const link = new URL((await open(body.auth.auth_url)).headers.get('location') ?? '');
    expect(Object.fromEntries(link.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'weft-of-the-test',
      redirect_uri: `${fixture.url}/source-connections/callback`,
      scope: 'notes:read',
      code_challenge_method: 'S256',
    });
    expect(link.searchParams.get('state')).toMatch(/^[\w-]{32}$/);
    const back = (await fetch(link, { redirect: 'manual' })).headers.get('location') ?? '';
    await open(back);
    // The server of the test compares the verifier with the challenge itself.
    expect(source.tokenRequests.at(-1)).toMatchObject({
      grant_type: 'authorization_code',
      code_verifier: expect.stringMatching(/^[\w-]{86}$/),
    });
  });

  it('leaves the run waiting until the claim token is shown', async () => {
    const { body } = await connect();
    await open(await signInAt(body.auth.auth_url));
    const worker = fixture.startWorker();
    const verify = (token: string) =>
      fixture.call('POST', `/source-connections/${body.id}/verify-oauth`, { claim_token: token });
    expect((await verify('not-the-token')).status).toBe(403);
    expect((await fixture.call('GET', `/source-connections/${body.id}/jobs`)).body[0].status).toBe('pending');
    expect((await verify(body.auth.claim_token)).status).toBe(200);
    await fixture.waitForJob(body.id, 'completed');
    await worker.stop();
    const again = await verify(body.auth.claim_token);
    expect(again).toMatchObject({ status: 400, body: { detail: expect.stringContaining('confirmed already') } });
  });

  it('leaves a run waiting too that takes the place of the one that was cancelled', async () => {
    const { body } = await connect();
    await open(await signInAt(body.auth.auth_url));
    const path = `/source-connections/${body.id}`;
    const newestJob = async () => (await fixture.call('GET', `${path}/jobs`)).body[0];
    await fixture.call('POST', `${path}/jobs/${(await newestJob()).id}/cancel`);
    expect((await fixture.call('POST', `${path}/run`)).status).toBe(200);
    const worker = fixture.startWorker();
    // Another connection's run, asked for later, is done first.
    const other = await connect();
    await open(await signInAt(other.body.auth.auth_url));
    const claim = { claim_token: other.body.auth.claim_token };
    await fixture.call('POST', `/source-connections/${other.body.id}/verify-oauth`, claim);
    await fixture.waitForJob(other.body.id, 'completed');
    expect((await newestJob()).status).toBe('pending');
    await fixture.call('POST', `${path}/verify-oauth`, { claim_token: body.auth.claim_token });
    await fixture.waitForJob(body.id, 'completed');
    await worker.stop();
  });

  it('takes a client of the user’s own, and says so once it is done', async () => {
    const { body } = await connect({ authentication: { client_id: 'mine', client_secret: 'my-secret' } });
    expect(body.auth.method).toBe('oauth_browser');
    await open(await signInAt(body.auth.auth_url));
    expect(source.tokenRequests.at(-1)).toMatchObject({ client_id: 'mine', client_secret: 'my-secret' });
    const { auth } = (await fixture.call('GET', `/source-connections/${body.id}`)).body;
    expect(auth).toMatchObject({ method: 'oauth_byoc', authenticated: true });
  });

  it('ends at the collection in the dashboard unless told otherwise', async () => {
    const { body } = await connect({ redirect_url: undefined });
    expect(body.auth.redirect_url).toBe(`${fixture.url}/app/collections/shore`);
  });

  it('remembers the schedule', async () => {
    const { body } = await connect({ schedule: { cron: '15 4 * * *' } });
    await open(await signInAt(body.auth.auth_url));
    expect((await fixture.call('GET', `/source-connections/${body.id}`)).body.schedule.cron).toBe('15 4 * * *');
  });

  it('keeps no secret of it in clear text', async () => {
    const { body } = await connect({ authentication: { client_id: 'mine', client_secret: 'find-me-nowhere' } });
    const link = new URL((await open(body.auth.auth_url)).headers.get('location') ?? '');
    const { rows } = await dump();
    for (const secret of ['find-me-nowhere', link.searchParams.get('state') ?? '-', body.auth.claim_token]) {
      expect(rows).not.toContain(secret);
      expect(rows).not.toContain(Buffer.from(secret).toString('hex'));
    }
  });

  async function dump() {
    const rows = await fixture.database.system().selectFrom('source_sign_ins').selectAll().execute();
    const connections = await fixture.database.system().selectFrom('source_connections').selectAll().execute();
    const text = (value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('latin1') + value.toString('hex') : String(value);
    return { rows: [...rows, ...connections].flatMap((row) => Object.values(row).map(text)).join('\n') };
  }
});

describe('a browser that comes back', () => {
  const html = { accept: 'text/html,application/xhtml+xml' };

  it('with a refusal ends on a page that says what to do, and programs get JSON', async () => {
    const begin = async () => {
      const { body } = await connect();
      const link = (await open(body.auth.auth_url)).headers.get('location') ?? '';
      const state = new URL(link).searchParams.get('state');
      return `${fixture.url}/source-connections/callback?error=access_denied&error_description=%3Cb%3E&state=${state}`;
    };
    const page = await open(await begin(), html);
    expect(page.status).toBe(400);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.body).toContain('Access was not allowed at the source.');
    expect(page.body).toContain('href="https://app.example.com/done?tab=1#top"');
    expect(page.body).not.toContain('<b>');
    const denied = await begin();
    expect(await open(denied)).toMatchObject({ status: 400, body: { detail: expect.stringContaining('not allowed') } });
    // What was refused cannot be used any more.
    expect((await open(`${denied}&code=1`)).status).toBe(400);
  });

  it('with a state that is not known gets 404', async () => {
    const answer = await open(`${fixture.url}/source-connections/callback?state=${'x'.repeat(32)}&code=1`);
    expect(answer).toMatchObject({ status: 404, body: { detail: expect.stringContaining('not known here') } });
    const page = await open(`${fixture.url}/source-connections/callback?state=%3Cscript%3E&code=1`, html);
    expect(page.status).toBe(404);
    expect(page.body).toContain('This sign-in is not known');
  });

  it.each(['', '?state=a', '?code=1', '?oauth_token=a', '?oauth_verifier=a', '?state=&code='])(
    'without a whole pair gets 400: %s',
    async (query) => {
      const answer = await open(`${fixture.url}/source-connections/callback${query}`);
      expect(answer).toMatchObject({ status: 400, body: { detail: expect.stringContaining('must have') } });
    },
  );

  it('twice with the same code is taken once, also at the same time', async () => {
    const { body } = await connect();
    const back = await signInAt(body.auth.auth_url);
    const answers = await Promise.all([open(back), open(back), open(back)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 400, 400]);
    const later = await open(back);
    expect(later).toMatchObject({ status: 400, body: { detail: expect.stringContaining('was used already') } });
  });

  it('after five minutes gets 410, and so does its link 404', async () => {
    const { body } = await connect();
    const back = await signInAt(body.auth.auth_url);
    const { body: other } = await connect();
    await fixture.database
      .system()
      .updateTable('source_sign_ins')
      .set({ expires_at: new Date(Date.now() - 1) })
      .execute();
    expect(await open(back)).toMatchObject({ status: 410, body: { detail: expect.stringContaining('five minutes') } });
    expect((await open(other.auth.auth_url)).status).toBe(404);
  });

  it('to a connection that was deleted gets 404', async () => {
    const { body } = await connect();
    const back = await signInAt(body.auth.auth_url);
    await fixture.call('DELETE', `/source-connections/${body.id}`);
    expect(await open(back)).toMatchObject({ status: 404, body: { detail: expect.stringContaining('deleted') } });
  });
});

describe('the link', () => {
  it('is good once', async () => {
    const { body } = await connect();
    expect((await open(body.auth.auth_url)).status).toBe(303);
    expect((await open(body.auth.auth_url)).status).toBe(404);
  });

  it.each(['abc', 'abcdefgh', '%00%00%00%00', "' or 1=1--"])('is 404 when nobody knows it: %s', async (code) => {
    expect((await fixture.ask('GET', `/source-connections/authorize/${encodeURIComponent(code)}`)).status).toBe(404);
  });
});

describe('signing in again', () => {
  it('goes on with the same sync, and cancels the attempt before', async () => {
    const { body } = await connect({ authentication: { client_id: 'mine', client_secret: 'my-secret' } });
    const before = await signInAt(body.auth.auth_url);
    const path = `/source-connections/${body.id}`;
    const again = await fixture.call('POST', `${path}/reinitiate-oauth`);
    expect(again.status).toBe(200);
    expect(again.body.auth.claim_token).not.toBe(body.auth.claim_token);
    expect(again.body.auth.redirect_url).toBe('https://app.example.com/done?tab=1#top');
    expect(await open(before)).toMatchObject({ status: 400, body: { detail: expect.stringContaining('replaced') } });
    await open(await signInAt(again.body.auth.auth_url));
    expect(source.tokenRequests.at(-1)).toMatchObject({ client_id: 'mine' });
    await fixture.call('POST', `${path}/verify-oauth`, { claim_token: again.body.auth.claim_token });
    const worker = fixture.startWorker();
    await fixture.waitForJob(body.id, 'completed');
    const { sync_id: syncId } = (await fixture.call('GET', path)).body;
    expect((await fixture.call('POST', `${path}/reinitiate-oauth`)).status).toBe(400);

    source.revoke();
    source.authorization.service.once('beforeResponse', (response) => {
      Object.assign(response, { statusCode: 400, body: { error: 'invalid_grant' } });
    });
    await fixture.call('POST', `${path}/run`);
    const failed = await fixture.waitForJob(body.id, 'failed');
    expect(failed.error_category).toBe('oauth_credentials_expired');
    const broken = (await fixture.call('GET', path)).body;
    expect(broken).toMatchObject({ status: 'needs_reauth', error_category: 'oauth_credentials_expired' });
    expect(broken.schedule.paused_by).toBe('credentials');
    expect((await fixture.call('POST', `${path}/run`)).status).toBe(409);

    const third = await fixture.call('POST', `${path}/reinitiate-oauth`);
    await open(await signInAt(third.body.auth.auth_url));
    expect(source.tokenRequests.at(-1)).toMatchObject({ client_id: 'mine' });
    await fixture.call('POST', `${path}/verify-oauth`, { claim_token: third.body.auth.claim_token });
    await fixture.waitForJob(body.id, 'completed');
    await worker.stop();
    expect((await fixture.call('GET', path)).body).toMatchObject({ status: 'active', sync_id: syncId });
  });

  it('goes on when the source is out of order while a token is renewed', async () => {
    const { body } = await connect();
    await open(await signInAt(body.auth.auth_url));
    await fixture.call('POST', `/source-connections/${body.id}/verify-oauth`, { claim_token: body.auth.claim_token });
    source.revoke();
    source.authorization.service.once('beforeResponse', (response) => {
      Object.assign(response, { statusCode: 503, body: {} });
    });
    const worker = fixture.startWorker();
    await fixture.waitForJob(body.id, 'completed');
    await worker.stop();
    expect(source.tokenRequests.at(-1)).toMatchObject({ grant_type: 'refresh_token' });
  });
});

describe('a token that is given as it is', () => {
  it('is used until the source refuses it', async () => {
    const { body } = await connect({ authentication: { access_token: source.issue(), refresh_token: 'not-kept' } });
    expect(body).toMatchObject({
      status: 'active',
      auth: { method: 'oauth_token', authenticated: true, auth_url: null },
    });
    const worker = fixture.startWorker();
    await fixture.waitForJob(body.id, 'completed');
    source.revoke();
    await fixture.call('POST', `/source-connections/${body.id}/run`);
    expect((await fixture.waitForJob(body.id, 'failed')).error_category).toBe('api_key_invalid');
    await worker.stop();
    expect((await fixture.call('POST', `/source-connections/${body.id}/reinitiate-oauth`)).status).toBe(400);
  });
});

describe('what is refused at once', () => {
  it.each([
    [{ sync_immediately: true }, 400, 'OAuth connections cannot use sync_immediately'],
    [{ authentication: { credentials: { api_key: 'a' } } }, 400, 'does not support'],
    [{ readable_collection_id: 'nowhere' }, 404, 'not found'],
    [{ authentication: { access_token: 'no-such-token' } }, 400, 'invalid'],
  ])('%j gets %d', async (body, status, words) => {
    const answer = await connect(body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).toContain(words);
  });

  it.each([
    'javascript:alert(1)',
    'data:text/html,hi',
    'vbscript:a.b',
    '/relative',
    'https://user:pass@example.com/',
    'https://example.com/\r\nSet-Cookie: a=b',
    `https://example.com/${'a'.repeat(2_048)}`,
  ])('the redirect URL %j gets 422', async (redirectUrl) => {
    expect((await connect({ redirect_url: redirectUrl })).status).toBe(422);
  });

  it.each(['http://localhost:3000/a', 'com.example.app:/connected'])(
    'the redirect URL %j is taken',
    async (redirectUrl) => {
      expect((await connect({ redirect_url: redirectUrl })).status).toBe(200);
    },
  );

  it('refuses everybody else', async () => {
    for (const endpoint of fixture.endpoints.filter(({ path }) => /reinitiate-oauth|verify-oauth/.test(path))) {
      await expectRefusals(fixture, endpoint);
    }
    const { body } = await connect();
    await expectHidden(fixture, 'POST', `/source-connections/${body.id}/reinitiate-oauth`);
    await expectHidden(fixture, 'POST', `/source-connections/${body.id}/verify-oauth`, { claim_token: 'a' });
  });
});
