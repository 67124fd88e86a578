import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import type { Answer, AskOptions } from '../testing/http-fixture.ts';
import { openStream } from '../testing/read-events.ts';
import { createSourceFixture, type SourceFixture } from '../testing/source-fixture.ts';

let fixture: SourceFixture;
beforeAll(async () => {
  fixture = await createSourceFixture({ streams: { closeAfterMs: 50, maxPerConnectSession: 2 } });
  for (const name of ['papers', 'others', 'doomed']) await fixture.createCollection(name);
});
afterAll(() => fixture.close());

interface Session {
  readonly id: string;
  readonly token: string;
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
}

async function begin(limits: object = {}, options: AskOptions = { key: fixture.key }): Promise<Session> {
  const body = { readable_collection_id: 'papers', ...limits };
  const answer = await fixture.ask('POST', '/connect/sessions', { ...options, body });
  expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ session_id: expect.any(String) })]);
  const { session_id: id, session_token: token } = answer.body;
  return { id, token, ask: (method, path, sent) => fixture.ask(method, path, { bearer: token, body: sent }) };
}

const statusOf = async (answer: Promise<Answer>) => (await answer).status;
const unknownId = '00000000-0000-4000-8000-000000000000';
const stub = { short_name: 'stub', config: { entity_count: 2 }, sync_immediately: false };
const connectAs = async (session: Session, body: object = {}): Promise<Answer> =>
  session.ask('POST', '/connect/source-connections', { ...stub, readable_collection_id: 'papers', ...body });
const listedBy = async (session: Session): Promise<readonly string[]> =>
  (await session.ask('GET', '/connect/source-connections')).body.map(({ id }: { id: string }) => id);

describe('a session', () => {
  test('lasts ten minutes and says what it allows', async () => {
    const before = Date.now();
    const session = await begin({ allowed_integrations: ['stub', 'stub'], mode: 'manage', end_user_id: 'Zoë ~>?' });
    const { status, body, headers } = await session.ask('GET', `/connect/sessions/${session.id}`);
    expect([status, body]).toEqual([
      200,
      {
        session_id: session.id,
        organization_id: fixture.owner.organization.id,
        collection_id: 'papers',
        allowed_integrations: ['stub'],
        mode: 'manage',
        end_user_id: 'Zoë ~>?',
        expires_at: expect.any(String),
      },
    ]);
    expect(Date.parse(body.expires_at) - before).toBeGreaterThan(590_000);
    expect(Date.parse(body.expires_at) - Date.now()).toBeLessThanOrEqual(600_000);
    expect(headers.has('ratelimit-limit')).toBe(false);
  });

  test('has a token of which a page can read the id, with what every browser has', async () => {
    for (const end_user_id of ['a?', 'ab?', 'abc~>', 'ünï\u{1f600}']) {
      const { id, token } = await begin({ end_user_id });
      expect(JSON.parse(atob(token.split('.')[0] ?? ''))).toMatchObject({ sid: id, cid: 'papers', uid: end_user_id });
    }
  });

  test('allows every source when none is named', async () => {
    const { body } = await (await begin({ allowed_integrations: [] })).ask('GET', '/connect/sources');
    expect(body.length).toBeGreaterThan(5);
  });

  test.each([
    ['a missing collection', { readable_collection_id: 'missing' }, 404],
    ['an unknown mode', { mode: 'everything' }, 422],
    ['a text for a list', { allowed_integrations: 'stub' }, 422],
    ['control characters', { end_user_id: 'a\0b' }, 422],
    ['a long end user id', { end_user_id: 'x'.repeat(256) }, 422],
    [
      'more than a header takes',
      { allowed_integrations: Array.from({ length: 200 }, (_, at) => `${'ü'.repeat(90)}${at}`) },
      422,
    ],
  ])('is not begun with %s', async (_name, limits, status) => {
    const body = { readable_collection_id: 'papers', ...limits };
    expect(await statusOf(fixture.ask('POST', '/connect/sessions', { key: fixture.key, body }))).toBe(status);
  });

  test('is begun and ended by keys that may write to its collection, and by nobody else', async () => {
    for (const endpoint of fixture.endpoints.filter(({ path }) => path.startsWith('/connect/'))) {
      await expectRefusals(fixture, endpoint);
    }
    const body = { readable_collection_id: 'papers' };
    await expectHidden(fixture, 'POST', '/connect/sessions', body);
    const session = await begin();
    await expectHidden(fixture, 'DELETE', `/connect/sessions/${session.id}`);
    expect(await statusOf(session.ask('POST', '/connect/sessions', body))).toBe(401);
    expect(await statusOf(session.ask('GET', `/connect/sessions/${session.id}`))).toBe(200);
  });
});

describe('a token', () => {
  const get = (authorization: string) =>
    fixture.ask('GET', '/connect/sources', { headers: { authorization } }).then(({ status, body }) => [status, body]);

  test('is looked for in one place and one form', async () => {
    const { token } = await begin();
    expect((await get(`Bearer ${token}`))[0]).toBe(200);
    expect((await get(`bearer ${token}`))[0]).toBe(401);
    expect((await get(token))[0]).toBe(401);
    const missing = await fixture.ask('GET', '/connect/sources', { key: fixture.key });
    expect([missing.status, missing.body.detail[0].loc]).toEqual([422, ['header', 'authorization']]);
  });

  test('that was changed in any part, or is none, is refused', async () => {
    const { token } = await begin({ mode: 'connect' });
    const [payload = '', signature = ''] = token.split('.');
    const changed = Buffer.from(JSON.stringify({ ...JSON.parse(atob(payload)), mode: 'all', cid: 'others' })).toString(
      'base64url',
    );
    const others = [
      `${changed}.${signature}`,
      `${payload}.${Buffer.alloc(32).toString('base64url')}`,
      `${payload}.`,
      payload,
      `${token}.x`,
      `${Buffer.from('{}').toString('base64url')}.${signature}`,
      'x'.repeat(10_000),
    ];
    for (const other of others) {
      expect(await get(`Bearer ${other}`)).toEqual([
        401,
        { detail: expect.stringContaining('not a valid session token') },
      ]);
    }
  });

  test('has expired after its time, and says so in the word that widgets look for', async () => {
    const session = await begin();
    await sql`update connect_sessions set expires_at = now() where id = ${session.id}`.execute(
      fixture.database.system(),
    );
    expect(await get(`Bearer ${session.token}`)).toEqual([401, { detail: expect.stringContaining('expired') }]);
  });

  test('is refused from the moment its session is revoked, however often that is done', async () => {
    const session = await begin();
    const revoke = () => fixture.call('DELETE', `/connect/sessions/${session.id}`);
    expect([await revoke(), await revoke()]).toMatchObject([
      { status: 200, body: { session_id: session.id } },
      { status: 200 },
    ]);
    expect(await get(`Bearer ${session.token}`)).toEqual([401, { detail: expect.stringContaining('revoked') }]);
    expect(await statusOf(fixture.call('DELETE', `/connect/sessions/${unknownId}`))).toBe(404);
  });

  test('ends with the key that its session was begun with, and with the collection', async () => {
    const key = await fixture.createKey();
    const byKey = await begin({}, { key });
    await sql`delete from api_keys where key_prefix = ${key.slice(0, 8)}`.execute(fixture.database.system());
    const onDoomed = await begin({ readable_collection_id: 'doomed' });
    await fixture.call('DELETE', '/collections/doomed');
    for (const { token } of [byKey, onDoomed]) {
      expect(await get(`Bearer ${token}`)).toEqual([401, { detail: expect.stringContaining('is gone') }]);
    }
  });

  test('of an organization that is gone finds nothing', async () => {
    const { key } = fixture.foreign;
    await fixture.ask('POST', '/collections', { key, body: { name: 'Theirs', readable_id: 'theirs' } });
    const session = await begin({ readable_collection_id: 'theirs' }, { key });
    await sql`delete from organizations where id = ${fixture.foreign.caller.scope.organizationId}`.execute(
      fixture.database.system(),
    );
    expect((await get(`Bearer ${session.token}`))[0]).toBe(404);
  });

  test('opens nothing but Connect', async () => {
    const { token } = await begin();
    for (const path of ['/collections', '/source-connections', '/sources']) {
      expect([path, await statusOf(fixture.ask('GET', path, { bearer: token }))]).toEqual([path, 401]);
    }
  });

  test('opens its own session only', async () => {
    const [one, another] = [await begin(), await begin()];
    expect(await statusOf(one.ask('GET', `/connect/sessions/${another.id}`))).toBe(403);
  });
});

describe('old sessions', () => {
  test('are removed when new ones are begun', async () => {
    const { id } = await begin();
    await sql`update connect_sessions set expires_at = now() - interval '25 hours' where id = ${id}`.execute(
      fixture.database.system(),
    );
    await begin();
    const { rows } = await sql`select 1 from connect_sessions where id = ${id}`.execute(fixture.database.system());
    expect(rows).toEqual([]);
  });
});

describe('modes', () => {
  const calls = [
    ['GET', '/connect/source-connections', ['all', 'manage', 'reauth']],
    ['GET', `/connect/source-connections/${unknownId}`, ['all', 'manage', 'reauth']],
    ['POST', '/connect/source-connections', ['all', 'connect']],
    ['DELETE', `/connect/source-connections/${unknownId}`, ['all', 'manage']],
    ['GET', `/connect/source-connections/${unknownId}/jobs`, ['all', 'connect', 'manage', 'reauth']],
    ['GET', `/connect/source-connections/${unknownId}/subscribe`, ['all', 'manage', 'reauth']],
  ] as const;

  test.each(['all', 'connect', 'manage', 'reauth'])(
    '%s allows what it is for, and says no before it looks',
    async (mode) => {
      const session = await begin({ mode });
      for (const [method, path, modes] of calls) {
        const body = method === 'POST' ? { ...stub, short_name: 'no_such', readable_collection_id: 'x' } : undefined;
        const answer = await session.ask(method, path, body);
        const isAllowed = (modes as readonly string[]).includes(mode);
        const found = path.endsWith('connections') && method === 'GET' ? 200 : 404;
        expect([method, path, answer.status]).toEqual([method, path, isAllowed ? found : 403]);
        if (!isAllowed) expect(answer.body.detail).toContain('mode');
      }
    },
  );
});

describe('sources of a session', () => {
  test('are those that it names, asked for alone too', async () => {
    const session = await begin({ allowed_integrations: ['stub', 'timed', 'no_such'] });
    const { body } = await session.ask('GET', '/connect/sources');
    expect(body.map((source: { short_name: string }) => source.short_name)).toEqual(['stub', 'timed']);
    expect((await session.ask('GET', '/connect/sources/stub')).body).toEqual(body[0]);
    expect(await statusOf(session.ask('GET', '/connect/sources/no_such'))).toBe(404);
    const refused = await session.ask('GET', '/connect/sources/file_stub');
    expect([refused.status, refused.body.detail]).toEqual([403, expect.stringContaining('not allowed')]);
  });
});

describe('connections of a session', () => {
  test('are made in its collection, whatever the body says, and in no other source than it names', async () => {
    const session = await begin({ allowed_integrations: ['stub'] });
    const { status, body } = await connectAs(session, { readable_collection_id: 'others', name: 'Made here' });
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({ name: 'Made here', readable_collection_id: 'papers' }),
    ]);
    const { body: found } = await session.ask('GET', `/connect/source-connections/${body.id}`);
    expect(found).toMatchObject({ id: body.id, short_name: 'stub' });
    expect(await listedBy(session)).toContain(body.id);
    expect(await statusOf(connectAs(session, { short_name: 'timed' }))).toBe(403);
    expect(await statusOf(connectAs(session, { config: { entity_count: 'many' } }))).toBe(422);
    expect(await statusOf(session.ask('POST', '/connect/source-connections', { short_name: 'stub' }))).toBe(422);
  });

  test('of other collections and sources are kept from it', async () => {
    const { body: elsewhere } = await fixture.connect('others');
    const { body: timed } = await fixture.connect('papers', { short_name: 'timed', config: { entity_count: 1 } });
    const session = await begin({ allowed_integrations: ['stub'] });
    expect(await listedBy(session)).not.toContain(timed.id);
    for (const { id } of [elsewhere, timed]) {
      for (const [method, rest] of [
        ['GET', ''],
        ['DELETE', ''],
        ['GET', '/jobs'],
        ['GET', '/subscribe'],
      ] as const) {
        const answer = await session.ask(method, `/connect/source-connections/${id}${rest}`);
        expect([method, rest, answer.status]).toEqual([method, rest, 403]);
      }
    }
    expect(await statusOf(fixture.call('GET', `/source-connections/${elsewhere.id}`))).toBe(200);
  });

  test('of one end user are kept from the others, while those of nobody are for all', async () => {
    const { body: shared } = await fixture.connect('papers');
    const [ann, ben, nobody] = [
      await begin({ end_user_id: 'ann' }),
      await begin({ end_user_id: 'ben' }),
      await begin(),
    ];
    const { body: own } = await connectAs(ann);
    const again = await begin({ end_user_id: 'ann' });
    for (const session of [ann, again, nobody]) {
      expect(await listedBy(session)).toEqual(expect.arrayContaining([own.id, shared.id]));
      expect(await statusOf(session.ask('GET', `/connect/source-connections/${own.id}`))).toBe(200);
    }
    expect(await listedBy(ben)).toContain(shared.id);
    expect(await listedBy(ben)).not.toContain(own.id);
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/jobs'],
      ['GET', '/subscribe'],
    ] as const) {
      expect(await statusOf(ben.ask(method, `/connect/source-connections/${own.id}${rest}`))).toBe(404);
    }
    const { body: byBen } = await connectAs(ben);
    expect(await listedBy(ben)).toContain(byBen.id);
    expect(await listedBy(ann)).not.toContain(byBen.id);
  });

  test('never read this machine, unless the session names the source, nor have their accounts from a provider', async () => {
    const files = { short_name: 'files', config: { path: '/nowhere' } };
    const [session, named] = [await begin(), await begin({ allowed_integrations: ['files'] })];
    const names = async ({ ask }: Session) =>
      (await ask('GET', '/connect/sources')).body.map((source: { short_name: string }) => source.short_name);
    expect(await names(session)).not.toContain('files');
    expect(await names(named)).toEqual(['files']);
    expect(await statusOf(connectAs(session, files))).toBe(403);
    expect(await statusOf(connectAs(named, files))).not.toBe(403);
    const byProvider = await connectAs(session, { authentication: { provider_readable_id: 'theirs' } });
    expect([byProvider.status, byProvider.body.detail]).toEqual([403, expect.stringContaining('auth provider')]);
  });

  test('are deleted with what they hold, and answered as they were', async () => {
    const session = await begin();
    const { body: made } = await connectAs(session);
    const { status, body } = await session.ask('DELETE', `/connect/source-connections/${made.id}/`);
    expect([status, body.id]).toEqual([200, made.id]);
    expect(await statusOf(session.ask('GET', `/connect/source-connections/${made.id}`))).toBe(404);
  });

  test('have jobs, newest first; none without a sync', async () => {
    const session = await begin({ mode: 'connect' });
    const { body: made } = await connectAs(session, { schedule: { cron: null } });
    expect((await session.ask('GET', `/connect/source-connections/${made.id}/jobs`)).body).toEqual([]);
    const { body: running } = await connectAs(session, { sync_immediately: true });
    const { body: jobs } = await session.ask('GET', `/connect/source-connections/${running.id}/jobs`);
    expect(jobs).toMatchObject([{ source_connection_id: running.id, status: expect.any(String) }]);
  });
});

describe('the stream of a session', () => {
  const follow = (session: Session, id: string, headers: object = {}) =>
    openStream(`${fixture.url}/connect/source-connections/${id}/subscribe`, {
      headers: { authorization: `Bearer ${session.token}`, ...headers },
    });

  test('follows the newest job to its end', async () => {
    const worker = fixture.startWorker();
    const session = await begin();
    const { body: made } = await connectAs(session);
    expect(await statusOf(session.ask('GET', `/connect/source-connections/${made.id}/subscribe`))).toBe(404);
    await fixture.call('POST', `/source-connections/${made.id}/run`);
    const stream = await follow(session, made.id, { origin: 'https://shop.example' });
    await stream.closed;
    await worker.stop();
    expect(stream.headers.get('access-control-allow-origin')).toBe('https://shop.example');
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const { body: jobs } = await session.ask('GET', `/connect/source-connections/${made.id}/jobs`);
    expect(stream.messages[0]).toEqual({ type: 'connected', job_id: jobs[0].id });
    expect(stream.messages.at(-1)).toMatchObject({ status: 'completed', inserted: expect.any(Number) });
  });

  test('outlasts the expiry of the session, ends when that is revoked, and leaves nothing behind', async () => {
    const session = await begin();
    const { body: made } = await connectAs(session, { sync_immediately: true });
    const stream = await follow(session, made.id);
    await sql`update connect_sessions set expires_at = now() where id = ${session.id}`.execute(
      fixture.database.system(),
    );
    expect((await follow(session, made.id)).status).toBe(401);
    expect(fixture.streams.size).toBe(1);
    await fixture.call('DELETE', `/connect/sessions/${session.id}`);
    await stream.closed;
    expect(stream.messages.at(-1)).toEqual({ type: 'error', message: 'The session was revoked.' });
    expect([fixture.streams.size, fixture.watchedJobs]).toEqual([0, 0]);
  });

  test('is one of few; other sessions and the organization have their own', async () => {
    const [session, another] = [await begin(), await begin()];
    const { body: made } = await connectAs(session, { sync_immediately: true });
    const streams = [await follow(session, made.id), await follow(session, made.id)];
    expect((await follow(session, made.id)).status).toBe(429);
    streams.push(await follow(another, made.id));
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    for (const stream of streams) stream.leave();
    await expect.poll(() => fixture.streams.size).toBe(0);
  });
});
