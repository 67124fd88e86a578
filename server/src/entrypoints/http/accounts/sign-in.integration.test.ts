import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccountFixture, createAccountFixture, type Person } from '../testing/account-fixture.ts';

let fixture: AccountFixture;
beforeAll(async () => {
  fixture = await createAccountFixture();
});
afterAll(() => fixture.close());

const password = 'correct horse battery';
let count = 0;

/** A member with a password, who signs in over HTTP. */
async function createMember(): Promise<Person & { readonly email: string }> {
  const person = await fixture.createPerson(`member-${++count}`, 'member');
  await setPassword(person, password);
  return { ...person, email: person.user.email };
}

async function setPassword(person: Person, text: string): Promise<void> {
  const link = await asOperator('POST', '/auth/reset-link', { email: person.user.email });
  const token = new URL(link.body.url).searchParams.get('token');
  expect((await fixture.ask('POST', '/auth/reset-password', { body: { token, password: text } })).status).toBe(200);
}

const asOperator = (method: string, path: string, body?: unknown) =>
  fixture.ask(method, path, { bearer: fixture.operatorToken, body });
const signIn = (email: string, given = password, code?: string) =>
  fixture.ask('POST', '/auth/sign-in', { body: { email, password: given, ...(code === undefined ? {} : { code }) } });
const withCookie = (token: string, method: string, path: string, headers: Record<string, string> = {}) =>
  fixture.ask(method, path, { headers: { cookie: `other=1; weft_session=${token}`, ...headers } });

describe('signing in', () => {
  test('gives a session as bearer token and as a cookie that no script reads', async () => {
    const { email } = await createMember();
    const answer = await signIn(` ${email.toUpperCase()} `);
    expect(answer).toMatchObject({ status: 200, body: { email, token: expect.stringMatching(/^weft_session_/) } });
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      /^weft_session=weft_session_[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Expires=.*; Secure$/,
    );
    expect((await fixture.ask('GET', '/users', { bearer: answer.body.token })).body.email).toBe(email);
    expect((await withCookie(answer.body.token, 'GET', '/users')).body.email).toBe(email);
    const stored = await fixture.database.system().selectFrom('sessions').selectAll().execute();
    expect(JSON.stringify(stored)).not.toContain(answer.body.token.slice('weft_session_'.length));
  });

  test('answers an unknown address, one without a password and a wrong password alike', async () => {
    const { email } = await createMember();
    const without = await fixture.createPerson(`without-${++count}`);
    const answers = await Promise.all([
      signIn(email, 'wrong password'),
      signIn('nobody@example.com', 'wrong password'),
      signIn(without.user.email, 'wrong password'),
    ]);
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 401, body: { detail: 'The e-mail address or the password is wrong.' } });
  });

  test('is refused after ten tries of one account, exactly, even when all come at once', async () => {
    const { email } = await createMember();
    const answers = await Promise.all(Array.from({ length: 14 }, () => signIn(email, 'wrong password')));
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(10);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(4);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(600);
    expect((await signIn(email)).status).toBe(429);
  });

  test('counts nothing against whoever signs in rightly', async () => {
    const { email } = await createMember();
    for (let round = 0; round < 12; round += 1) expect((await signIn(email)).status).toBe(200);
  });

  test('leaves a trace in the audit log, whether it worked or not, without the password', async () => {
    const { email } = await createMember();
    await signIn(email, 'a wrong secret');
    await signIn(email);
    const entries = (await fixture.readAuditLog()).filter(({ actorEmail }) => actorEmail === email);
    expect(entries.map(({ action }) => action)).toEqual([
      'session.signed_in',
      'password.changed',
      'session.sign_in_failed',
      'session.signed_in',
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/a wrong secret|correct horse/);
  });

  test.each([
    {},
    { email: 'a@example.com' },
    { email: '', password },
    { email: 'a@example.com', password: 'x'.repeat(300) },
  ])('with %j is refused as malformed', async (body) => {
    expect((await fixture.ask('POST', '/auth/sign-in', { body })).status).toBe(422);
  });
});

describe('a session', () => {
  test('is listed and ended by its owner, and by nobody else', async () => {
    const member = await createMember();
    const [first, second] = [(await signIn(member.email)).body.token, (await signIn(member.email)).body.token];
    const listed = (await fixture.ask('GET', '/auth/sessions', { bearer: first })).body;
    expect(listed).toHaveLength(2);
    const other = listed.find((session: { is_current: boolean }) => !session.is_current);
    const stranger = await fixture.createPerson(`stranger-${++count}`);
    expect((await stranger.call('DELETE', `/auth/sessions/${other.id}`)).status).toBe(404);
    expect((await fixture.ask('DELETE', `/auth/sessions/${other.id}`, { bearer: first })).status).toBe(200);
    expect((await fixture.ask('GET', '/users', { bearer: second })).status).toBe(401);
    expect((await fixture.ask('GET', '/users', { bearer: first })).status).toBe(200);
  });

  test('ends by signing out, which takes the cookie away', async () => {
    const { email } = await createMember();
    const { token } = (await signIn(email)).body;
    const answer = await withCookie(token, 'POST', '/auth/sign-out', { 'sec-fetch-site': 'same-origin' });
    expect(answer.headers.get('set-cookie')).toMatch(/^weft_session=; .*Expires=Thu, 01 Jan 1970/);
    const after = await fixture.ask('GET', '/users', { bearer: token });
    expect([after.status, after.body.detail]).toEqual([401, expect.stringMatching(/sign in again/)]);
  });

  test('ends when it was idle for a week, and after thirty days whatever happened', async () => {
    const { email } = await createMember();
    for (const column of ['last_used_at', 'expires_at'] as const) {
      const { token } = (await signIn(email)).body;
      expect((await fixture.ask('GET', '/users', { bearer: token })).status).toBe(200);
      const at = new Date(Date.now() - (column === 'last_used_at' ? 7 * 86_400_000 + 1_000 : 1_000));
      await fixture.database
        .system()
        .updateTable('sessions')
        .set({ [column]: at })
        .execute();
      expect((await fixture.ask('GET', '/users', { bearer: token })).status).toBe(401);
    }
    await fixture.dependencies.accounts.removeExpired(new Date());
    expect(await fixture.database.system().selectFrom('sessions').select('id').execute()).toEqual([]);
  });

  test('as a cookie changes nothing for pages of other sites', async () => {
    const { email } = await createMember();
    const { token } = (await signIn(email)).body;
    const post = (headers: Record<string, string>) =>
      withCookie(token, 'POST', '/auth/sessions/end-others', headers).then(({ status }) => status);
    expect(await post({ 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await post({ origin: fixture.url })).toBe(200);
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      // A page of another port of this machine is another site's, even where it may read answers.
      { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' },
    ] as const) {
      expect([headers, await post(headers)]).toEqual([headers, 403]);
    }
    const read = await withCookie(token, 'GET', '/users', { origin: 'http://localhost:5173' });
    expect(read.status).toBe(403);
    const withKey = { 'x-api-key': await fixture.createKey() };
    expect((await withCookie(token, 'POST', '/api-keys', withKey)).status).toBe(403);
  });

  test('of a user wins over an API key that comes along', async () => {
    const member = await createMember();
    const { token } = (await signIn(member.email)).body;
    const key = await fixture.createKey();
    expect((await fixture.ask('GET', '/users', { bearer: token, key })).body.email).toBe(member.email);
    expect((await fixture.ask('GET', '/users', { key })).status).toBe(401);
  });

  test('shows when its user was last active', async () => {
    const { email } = await createMember();
    const { token } = (await signIn(email)).body;
    const lastActive = async () => (await fixture.ask('GET', '/users', { bearer: token })).body.last_active_at;
    await expect.poll(lastActive).not.toBeNull();
    const first = await lastActive();
    expect(await lastActive()).toBe(first);
  });
});

describe('a password', () => {
  test('is changed by whoever knows it, which ends all other sessions', async () => {
    const { email } = await createMember();
    const [first, second] = [(await signIn(email)).body.token, (await signIn(email)).body.token];
    const change = (current_password: string, new_password: string) =>
      fixture.ask('POST', '/auth/password', { bearer: first, body: { current_password, new_password } });
    expect((await change('wrong password', 'another good one')).status).toBe(403);
    expect((await change(password, 'short')).status).toBe(422);
    expect((await change(password, 'another good one')).status).toBe(200);
    expect((await fixture.ask('GET', '/users', { bearer: second })).status).toBe(401);
    expect((await fixture.ask('GET', '/users', { bearer: first })).status).toBe(200);
    expect((await signIn(email)).status).toBe(401);
    expect((await signIn(email, 'another good one')).status).toBe(200);
  });

  test('is set anew with a link, once, which ends all sessions', async () => {
    const { email } = await createMember();
    const { token: session } = (await signIn(email)).body;
    const { url } = (await asOperator('POST', '/auth/reset-link', { email })).body;
    const token = new URL(url).searchParams.get('token');
    const reset = (given: unknown) =>
      fixture.ask('POST', '/auth/reset-password', { body: { token: given, password: 'a wholly new one' } });
    expect((await reset('no-such-token')).status).toBe(410);
    expect((await reset(token)).status).toBe(200);
    expect(await reset(token)).toMatchObject({
      status: 410,
      body: { detail: expect.stringMatching(/Ask for a new one/) },
    });
    expect((await fixture.ask('GET', '/users', { bearer: session })).status).toBe(401);
    expect((await signIn(email, 'a wholly new one')).status).toBe(200);
    expect((await asOperator('POST', '/auth/reset-link', { email: 'nobody@example.com' })).status).toBe(404);
    expect(
      (await fixture.ask('POST', '/auth/reset-link', { key: await fixture.createKey(), body: { email } })).status,
    ).toBe(403);
  });
});

describe('a second factor', () => {
  async function withFactor() {
    const { email } = await createMember();
    const { token } = (await signIn(email)).body;
    const call = (method: string, path: string, body?: unknown) =>
      fixture.ask(method, path, { bearer: token, ...(body === undefined ? {} : { body }) });
    const { secret, otpauth_url } = (await call('POST', '/auth/second-factor')).body;
    expect(otpauth_url).toContain(`secret=${secret}`);
    // Codes of the step before are good, too, so that one test has three of them.
    const codeOf = (steps: number) =>
      new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
    expect((await call('POST', '/auth/second-factor/confirm', { code: '000000' })).status).toBe(400);
    const confirmed = await call('POST', '/auth/second-factor/confirm', { code: codeOf(-1) });
    return { email, secret, call, codeOf, recovery: confirmed.body.recovery_codes as string[] };
  }

  test('is asked for after the password, and each code is taken once', async () => {
    const { email, codeOf, call } = await withFactor();
    const missing = await signIn(email);
    expect([missing.status, missing.body.detail]).toEqual([401, expect.stringMatching(/second factor/)]);
    expect((await signIn(email, 'wrong password', codeOf(0))).body.detail).not.toMatch(/second factor/);
    expect((await signIn(email, password, '000000')).status).toBe(401);
    const code = codeOf(0);
    const both = await Promise.all([signIn(email, password, code), signIn(email, password, code)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 401]);
    expect((await call('POST', '/auth/second-factor')).status).toBe(409);
  });

  test('has recovery codes, each for one use, and is taken away with password and code', async () => {
    const { email, call, recovery } = await withFactor();
    expect(new Set(recovery).size).toBe(10);
    expect((await signIn(email, password, recovery[0])).status).toBe(200);
    expect((await signIn(email, password, recovery[0])).status).toBe(401);
    expect((await call('GET', '/auth/session')).body).toMatchObject({
      has_second_factor: true,
      recovery_codes_left: 9,
    });
    const disable = (given: string, code = '') =>
      call('POST', '/auth/second-factor/disable', { password: given, code });
    expect((await disable('wrong password', recovery[1])).status).toBe(403);
    expect((await disable(password, recovery[2])).status).toBe(200);
    expect((await signIn(email)).status).toBe(200);
  });

  test('is kept sealed', async () => {
    const { secret } = await withFactor();
    const rows = await fixture.database.system().selectFrom('user_credentials').select('totp_secret').execute();
    expect(rows.some(({ totp_secret }) => totp_secret !== null)).toBe(true);
    expect(rows.some(({ totp_secret }) => totp_secret?.includes(secret) ?? false)).toBe(false);
  });
});
