import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AccountFixture, createAccountFixture, type Person } from '../testing/account-fixture.ts';

const password = 'correct horse battery';
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';

const form = (fixture: AccountFixture, path: string, fields: Record<string, string>, headers = {}) =>
  fixture.ask('POST', path, {
    body: new URLSearchParams(fields).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: fixture.url, ...headers },
  });

describe('the first owner', () => {
  let fixture: AccountFixture;
  beforeEach(async () => {
    fixture = await createAccountFixture();
  });
  afterEach(() => fixture.close());

  const createLink = () => fixture.ask('POST', '/auth/first-owner-link', { bearer: fixture.operatorToken });
  const owner = { email: 'Ada@Example.com', full_name: 'Ada', password };

  test('is whoever opens the link, owns what there is, and can sign in', async () => {
    const token = tokenOf((await createLink()).body.url);
    const page = await fixture.ask('GET', `/auth/pages/first-owner?token=${token}`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect(page.body).toContain(`value="${token}"`);

    const sent = await form(fixture, '/auth/pages/first-owner', { token, ...owner });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/app/']);
    const session = /weft_session=([^;]+)/.exec(sent.headers.get('set-cookie') ?? '')?.[1] ?? '';
    const { body } = await fixture.ask('GET', '/users', { bearer: session });
    expect(body).toMatchObject({
      id: fixture.owner.user.id,
      email: 'ada@example.com',
      full_name: 'Ada',
      is_superuser: true,
    });
    expect(body.user_organizations[0]).toMatchObject({ role: 'owner', organization_id: fixture.owner.organization.id });
    expect((await fixture.ask('POST', '/auth/sign-in', { body: { email: owner.email, password } })).status).toBe(200);
  });

  test('is one person, however many links there are and however they are followed', async () => {
    const tokens = [tokenOf((await createLink()).body.url), tokenOf((await createLink()).body.url)];
    const answers = await Promise.all(
      tokens.map((token, place) =>
        fixture.ask('POST', '/auth/first-owner', { body: { ...owner, email: `p${place}@example.com`, token } }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 410]);
    const again = await form(fixture, '/auth/pages/first-owner', { token: tokens[0] ?? '', ...owner });
    expect([again.status, again.body]).toEqual([410, expect.stringContaining('start Weft again')]);
    expect((await createLink()).status).toBe(409);
  });

  test('is nobody who guesses, sends the form from elsewhere, or chooses a bad password', async () => {
    const token = tokenOf((await createLink()).body.url);
    expect((await fixture.ask('POST', '/auth/first-owner', { body: { ...owner, token: 'guess' } })).status).toBe(410);
    const foreign = await form(
      fixture,
      '/auth/pages/first-owner',
      { token, ...owner },
      { origin: 'https://evil.example' },
    );
    expect(foreign.status).toBe(403);
    const weak = await form(fixture, '/auth/pages/first-owner', {
      token,
      ...owner,
      password: 'short',
      email: '"><b>@x.y',
    });
    expect(weak.status).toBe(400);
    expect(weak.body).toContain('role="alert"');
    expect(weak.body).not.toContain('"><b>');
    expect(weak.body).not.toContain('short');
    const good = await form(fixture, '/auth/pages/first-owner', { token, ...owner });
    expect(good.status).toBe(303);
  });

  test('is asked for by the machine alone', async () => {
    expect((await fixture.ask('POST', '/auth/first-owner-link', { key: await fixture.createKey() })).status).toBe(403);
    expect((await fixture.ask('POST', '/auth/first-owner-link')).status).toBe(401);
  });
});

describe('an invitation', () => {
  let fixture: AccountFixture;
  let ann: Person;
  let own: string;
  beforeAll(async () => {
    fixture = await createAccountFixture();
    ann = await fixture.createPerson('ann', 'owner');
    own = `/organizations/${fixture.owner.organization.id}`;
  });
  afterAll(() => fixture.close());

  const invite = (email: string, role = 'member') => ann.call('POST', `${own}/invite`, { email, role });

  test('is a link for a new person, who chooses a password and is a member then', async () => {
    const made = await invite('New@Example.com', 'admin');
    expect(made.body).toMatchObject({ email: 'new@example.com', role: 'admin', status: 'pending' });
    const listed = await ann.call('GET', `${own}/invitations`);
    expect(listed.body).toEqual([{ ...made.body, invite_url: null }]);
    const token = tokenOf(made.body.invite_url);
    const page = await fixture.ask('GET', `/auth/pages/invitation?token=${token}`);
    expect(page.body).toContain('Join Ours');
    const sent = await form(fixture, '/auth/pages/invitation', { token, full_name: 'New', password });
    expect(sent.status).toBe(303);
    const session = /weft_session=([^;]+)/.exec(sent.headers.get('set-cookie') ?? '')?.[1] ?? '';
    const { body } = await fixture.ask('GET', '/users/me/organizations', { bearer: session });
    expect(body).toEqual([expect.objectContaining({ name: 'Ours', role: 'admin', is_primary: true })]);
    expect((await form(fixture, '/auth/pages/invitation', { token, full_name: '', password })).status).toBe(410);
    expect((await ann.call('GET', `${own}/invitations`)).body).toEqual([]);
    expect((await fixture.readAuditLog()).map(({ action }) => action)).toContain('member.joined');
  });

  test('sets nobody’s password who can sign in already: they join with their account', async () => {
    const token = tokenOf((await invite('known@example.com')).body.invite_url);
    const first = tokenOf((await invite('known@example.com')).body.invite_url);
    expect((await fixture.ask('POST', '/auth/invitation', { body: { token, password } })).status).toBe(410);
    expect((await fixture.ask('POST', '/auth/invitation', { body: { token: first, password } })).status).toBe(200);
    const founder = await fixture.createPerson('founder');
    const { id } = (await founder.call('POST', '/organizations', { name: 'Another' })).body;
    const { invite_url: url } = (
      await founder.call('POST', `/organizations/${id}/invite`, { email: 'known@example.com' })
    ).body;
    const attack = { token: tokenOf(url), password: 'the inviter’s own' };
    expect((await fixture.ask('POST', '/auth/invitation', { body: attack })).status).toBe(401);
    expect((await fixture.ask('GET', `/auth/pages/invitation?token=${tokenOf(url)}`)).body).not.toContain('<form');
    expect((await founder.call('POST', '/auth/invitation/join', { token: tokenOf(url) })).status).toBe(403);
    const { token: session } = (
      await fixture.ask('POST', '/auth/sign-in', { body: { email: 'known@example.com', password } })
    ).body;
    const join = () => fixture.ask('POST', '/auth/invitation/join', { bearer: session, body: { token: tokenOf(url) } });
    expect((await join()).status).toBe(200);
    expect((await join()).status).toBe(410);
    expect((await fixture.ask('GET', '/organizations', { bearer: session })).body).toHaveLength(2);
  });

  test('is revoked, refused for members, and of owners made by owners alone', async () => {
    const { id, invite_url: url } = (await invite('gone@example.com')).body;
    expect((await ann.call('DELETE', `${own}/invitations/${id}`)).body).toEqual({ message: expect.any(String) });
    expect((await ann.call('DELETE', `${own}/invitations/${id}`)).status).toBe(400);
    expect((await ann.call('DELETE', `${own}/invitations/no-uuid`)).status).toBe(400);
    const used = await fixture.ask('POST', '/auth/invitation', { body: { token: tokenOf(url), password } });
    expect(used.status).toBe(410);
    expect((await invite('ann@example.com')).status).toBe(400);
    expect((await invite('x@example.com', 'king')).status).toBe(400);
    expect((await invite('no-address')).status).toBe(422);
    const admin = await fixture.createPerson('admin', 'admin');
    const byAdmin = (role: string) => admin.call('POST', `${own}/invite`, { email: 'y@example.com', role });
    expect((await byAdmin('owner')).status).toBe(403);
    expect((await byAdmin('admin')).status).toBe(200);
  });

  test('runs out after a week', async () => {
    const token = tokenOf((await invite('late@example.com')).body.invite_url);
    await fixture.database.system().updateTable('invitations').set({ expires_at: new Date() }).execute();
    expect((await fixture.ask('POST', '/auth/invitation', { body: { token, password } })).status).toBe(410);
  });
});
