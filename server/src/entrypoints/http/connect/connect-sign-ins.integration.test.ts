import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer } from '../testing/http-fixture.ts';
import { type NotesSource, startNotesSource } from '../testing/notes-source.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

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

type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

async function begin(limits: object = {}): Promise<Ask> {
  const { body } = await fixture.call('POST', '/connect/sessions', { readable_collection_id: 'shore', ...limits });
  return (method, path, sent) =>
    fixture.ask(method, `/connect/source-connections${path}`, { bearer: body.session_token, body: sent });
}
const connect = async (ask: Ask): Promise<Answer['body']> => {
  const { status, body } = await ask('POST', '', {
    ...{ short_name: 'notes', readable_collection_id: 'shore' },
    redirect_url: 'https://widget.example/oauth-callback',
  });
  expect([status, body.status]).toEqual([200, 'pending_auth']);
  return body;
};
/** Opens the link as a browser does, signs in at the source, and comes back. @returns where the browser ends */
async function signIn(authUrl: string): Promise<string> {
  let url = authUrl;
  for (let hop = 0; hop < 3; hop += 1) {
    const response = await fetch(url, { redirect: 'manual' });
    expect(response.status).toBeLessThan(400);
    url = response.headers.get('location') ?? '';
  }
  return url;
}

test('an end user signs in, comes back to the widget, and the session that began it finishes it', async () => {
  const [ask, another] = [await begin({ end_user_id: 'ann' }), await begin({ end_user_id: 'ann' })];
  const { id, auth } = await connect(ask);
  expect(await signIn(auth.auth_url)).toBe(
    `https://widget.example/oauth-callback?status=success&source_connection_id=${id}`,
  );
  const claim = { claim_token: auth.claim_token };
  expect((await another('POST', `/${id}/verify-oauth`, claim)).status).toBe(403);
  expect((await fixture.call('POST', `/source-connections/${id}/verify-oauth`, claim)).status).toBe(403);
  expect((await ask('POST', `/${id}/verify-oauth`, { claim_token: 'no' })).status).toBe(403);
  const worker = fixture.startWorker();
  const verified = await ask('POST', `/${id}/verify-oauth`, claim);
  expect([verified.status, verified.body.auth.authenticated]).toEqual([200, true]);
  await fixture.waitForJob(id, 'completed');
  await worker.stop();
  expect((await ask('POST', `/${id}/verify-oauth`, claim)).status).toBe(400);
  const stranger = await begin({ end_user_id: 'ben' });
  expect((await stranger('GET', `/${id}`)).status).toBe(404);
});

test('a sign-in is begun again in another session, which is then the one that finishes it', async () => {
  const first = await begin();
  const { id, auth } = await connect(first);
  const second = await begin({ mode: 'connect' });
  const again = await second('POST', `/${id}/reinitiate-oauth`);
  expect(again.status).toBe(200);
  expect(again.body.auth.auth_url).not.toBe(auth.auth_url);
  await signIn(again.body.auth.auth_url);
  expect((await first('POST', `/${id}/verify-oauth`, { claim_token: again.body.auth.claim_token })).status).toBe(403);
  expect((await second('POST', `/${id}/verify-oauth`, { claim_token: again.body.auth.claim_token })).status).toBe(200);
  expect((await second('POST', `/${id}/reinitiate-oauth`)).status).toBe(400);
});

test.each([
  ['all', 404, 404],
  ['connect', 404, 404],
  ['reauth', 404, 403],
  ['manage', 403, 403],
])('the mode %s is asked before anything is looked up', async (mode, onRepeat, onVerify) => {
  const ask = await begin({ mode });
  const path = `/${crypto.randomUUID()}`;
  expect((await ask('POST', `${path}/reinitiate-oauth`)).status).toBe(onRepeat);
  expect((await ask('POST', `${path}/verify-oauth`, { claim_token: 'x' })).status).toBe(onVerify);
});

test('of other collections and other end users nobody signs in', async () => {
  await fixture.createCollection('inland');
  const { body: elsewhere } = await fixture.call('POST', '/source-connections', {
    ...{ short_name: 'notes', readable_collection_id: 'inland' },
  });
  const { id: bens } = await connect(await begin({ end_user_id: 'ben' }));
  const ask = await begin({ end_user_id: 'ann' });
  for (const [id, status] of [
    [elsewhere.id, 403],
    [bens, 404],
  ] as const) {
    expect((await ask('POST', `/${id}/reinitiate-oauth`)).status).toBe(status);
    expect((await ask('POST', `/${id}/verify-oauth`, { claim_token: 'x' })).status).toBe(status);
  }
});
