import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashToken } from '../../../core/access/index.ts';
import { newId, OrganizationId, Scope, UserId } from '../../../core/shared/index.ts';
import { type AccountFixture, createAccountFixture, type Person } from '../testing/account-fixture.ts';

let fixture: AccountFixture;
let ann: Person;
let own: string;
beforeAll(async () => {
  fixture = await createAccountFixture();
  ann = await fixture.createPerson('ann', 'owner');
  own = `/organizations/${fixture.owner.organization.id}`;
});
afterAll(() => fixture.close());

let count = 0;
const createPerson = (role?: 'owner' | 'admin' | 'member') => fixture.createPerson(`person-${++count}`, role);

/** A person with an organisation of their own. */
async function createFounder() {
  const person = await createPerson();
  const { body } = await person.call('POST', '/organizations', { name: `Founded ${count}` });
  return { ...person, id: body.id as string, path: `/organizations/${body.id}` };
}

describe('an organization', () => {
  test('is made by any user, who owns it, works in it first, and finds one key in it', async () => {
    const person = await createPerson();
    const made = await person.call('POST', '/organizations', {
      name: 'Otters',
      description: 'They swim.',
      org_metadata: { size: 3 },
    });
    expect(made).toMatchObject({
      status: 200,
      body: { name: 'Otters', description: 'They swim.', org_metadata: { size: 3 }, auth0_org_id: null, billing: null },
    });
    const listed = await person.call('GET', '/users/me/organizations');
    expect(listed.body).toEqual([expect.objectContaining({ id: made.body.id, role: 'owner', is_primary: true })]);
    expect((await person.call('GET', '/api-keys')).body).toHaveLength(1);
    const second = await person.call('POST', '/organizations', { name: 'Beavers' });
    const both = (await person.call('GET', '/organizations')).body;
    expect(both.map((item: { id: string; is_primary: boolean }) => [item.id, item.is_primary])).toEqual([
      [made.body.id, true],
      [second.body.id, false],
    ]);
    await expectMessage(made.body.id, 'organization.created', { owner_email: person.user.email });
  });

  test.each([{}, { name: 'abc' }, { name: 'x'.repeat(101) }, { name: 'Good', description: 'x'.repeat(501) }])(
    'is not made of %j',
    async (body) => {
      expect((await ann.call('POST', '/organizations', body)).status).toBe(422);
    },
  );

  test('is changed by its owners and admins', async () => {
    const founder = await createFounder();
    const changed = await founder.call('PUT', founder.path, { name: 'Renamed', description: null });
    expect(changed.body).toMatchObject({ name: 'Renamed', description: '', role: 'owner' });
    expect((await ann.call('PUT', founder.path, { name: 'Stolen' })).status).toBe(403);
  });

  test('is another one’s first once it is set so', async () => {
    const founder = await createFounder();
    const second = (await founder.call('POST', '/organizations', { name: 'Second' })).body.id;
    const answer = await founder.call('POST', `/organizations/${second}/set-primary`);
    expect(answer.body).toMatchObject({ id: second, is_primary: true });
    expect((await founder.call('GET', '/users')).body.primary_organization_id).toBe(second);
    expect((await founder.call('POST', `${own}/set-primary`)).status).toBe(403);
  });

  test('is acted on by the path, whatever the header names', async () => {
    const founder = await createFounder();
    const second = (await founder.call('POST', '/organizations', { name: 'Second' })).body.id;
    const headers = { 'x-organization-id': founder.id };
    const { body } = await fixture.ask('GET', `/organizations/${second}`, { bearer: founder.token, headers });
    expect(body.id).toBe(second);
    const foreign = { 'x-organization-id': fixture.owner.organization.id };
    const refused = await fixture.ask('GET', founder.path, { bearer: founder.token, headers: foreign });
    expect(refused.status).toBe(403);
  });

  test('answers an API key with 403, never with a crash', async () => {
    const key = await fixture.createKey();
    for (const [method, path, body] of [
      ['GET', own],
      ['PUT', own, { name: 'Other' }],
      ['DELETE', own],
      ['POST', `${own}/set-primary`],
      ['POST', `${own}/invite`, { email: 'a@example.com' }],
      ['GET', `${own}/invitations`],
      ['DELETE', `${own}/invitations/x`],
      ['GET', `${own}/members`],
      ['DELETE', `${own}/members/${newId(UserId)}`],
      ['PATCH', `${own}/members/${newId(UserId)}`, { role: 'admin' }],
      ['POST', `${own}/leave`],
    ] as const) {
      expect([path, (await fixture.ask(method, path, { key, body })).status]).toEqual([path, 403]);
    }
  });

  test('tells strangers what the reference tells them', async () => {
    const founder = await createFounder();
    for (const [path, status] of [
      ['', 403],
      ['/members', 404],
      ['/invitations', 404],
    ] as const) {
      expect((await founder.call('GET', own + path)).status).toBe(status);
      expect((await founder.call('GET', `/organizations/${newId(OrganizationId)}${path}`)).status).toBe(status);
    }
    expect((await founder.call('POST', `${own}/leave`)).status).toBe(404);
    expect((await founder.call('GET', '/organizations/no-uuid')).status).toBe(422);
  });
});

describe('deleting an organization', () => {
  test('takes everything of it, and leaves the user in another one', async () => {
    const founder = await createFounder();
    expect((await founder.call('DELETE', founder.path)).status).toBe(400);
    const key = (await founder.call('POST', '/api-keys')).body.decrypted_key;
    const member = await createPerson();
    await join(founder, member, 'member');
    const rest = (await founder.call('POST', '/organizations', { name: 'The rest' })).body.id;
    await addCollection(founder.id);

    const deleted = await founder.call('DELETE', founder.path);
    expect(deleted).toMatchObject({ status: 200, body: { id: founder.id, name: '', description: '' } });
    expect((await founder.call('GET', '/users')).body.primary_organization_id).toBe(rest);
    expect((await founder.call('GET', founder.path)).status).toBe(403);
    expect((await fixture.ask('GET', '/api-keys', { key })).status).toBe(403);
    expect((await member.call('GET', '/api-keys')).status).toBe(400);
    const headers = { 'x-organization-id': founder.id };
    expect((await fixture.ask('GET', '/api-keys', { bearer: founder.token, headers })).status).toBe(404);

    const { organizations } = fixture.dependencies;
    const later = new Date(Date.now() + 3_600_000);
    // The collection's own sweep comes first.
    expect(await organizations.removeDeleted(later)).toBe(0);
    await fixture.database.system().deleteFrom('collections').where('organization_id', '=', founder.id).execute();
    expect(await organizations.removeDeleted(later)).toBe(1);
    const left = fixture.database
      .system()
      .selectFrom('audit_log')
      .select('id')
      .where('organization_id', '=', founder.id);
    expect(await left.execute()).toEqual([]);
  });

  test('is for owners', async () => {
    const admin = await createPerson('admin');
    expect((await admin.call('DELETE', own)).status).toBe(403);
  });
});

describe('members', () => {
  test('are listed to members', async () => {
    const member = await createPerson('member');
    const { body } = await member.call('GET', `${own}/members`);
    expect(body).toContainEqual({
      id: member.user.id,
      email: member.user.email,
      name: member.user.fullName,
      role: 'member',
      status: 'active',
      is_primary: true,
      auth0_id: null,
    });
  });

  test('get another role from owners and admins; owners are made by owners alone', async () => {
    const [admin, member] = [await createPerson('admin'), await createPerson('member')];
    const path = `${own}/members/${member.user.id}`;
    expect((await member.call('PATCH', path, { role: 'admin' })).status).toBe(403);
    expect((await admin.call('PATCH', path, { role: 'owner' })).status).toBe(403);
    expect((await admin.call('PATCH', path, { role: 'king' })).status).toBe(400);
    expect((await admin.call('PATCH', `${own}/members/${newId(UserId)}`, { role: 'admin' })).status).toBe(400);
    expect((await admin.call('PATCH', path, { role: 'admin' })).body).toEqual({ message: expect.any(String) });
    expect((await ann.call('PATCH', path, { role: 'owner' })).status).toBe(200);
    expect((await admin.call('PATCH', path, { role: 'member' })).status).toBe(403);
    expect((await admin.call('DELETE', path)).status).toBe(403);
  });

  test('are removed, but nobody removes themselves', async () => {
    const [admin, member] = [await createPerson('admin'), await createPerson('member')];
    expect((await admin.call('DELETE', `${own}/members/${admin.user.id}`)).status).toBe(400);
    expect((await member.call('DELETE', `${own}/members/${admin.user.id}`)).status).toBe(403);
    expect((await admin.call('DELETE', `${own}/members/${member.user.id}`)).status).toBe(200);
    expect((await admin.call('DELETE', `${own}/members/${member.user.id}`)).status).toBe(400);
    expect((await member.call('GET', own)).status).toBe(400);
    await expectMessage(fixture.owner.organization.id, 'organization.member_removed', {
      affected_user_emails: [member.user.email],
    });
  });

  test('leave, but not their only organization, and not as the only owner', async () => {
    const founder = await createFounder();
    expect(await founder.call('POST', `${founder.path}/leave`)).toMatchObject({ status: 400 });
    const second = (await founder.call('POST', '/organizations', { name: 'Second' })).body.id;
    const last = await founder.call('POST', `${founder.path}/leave`);
    expect([last.status, last.body.detail]).toEqual([400, expect.stringMatching(/only owner/)]);
    const other = await createPerson();
    await join(founder, other, 'owner');
    expect((await founder.call('POST', `${founder.path}/leave`)).status).toBe(200);
    expect((await founder.call('GET', '/users')).body.primary_organization_id).toBe(second);
  });

  test('of whom two are owners and both unmake the other at once keep one owner', async () => {
    const founder = await createFounder();
    const other = await createPerson();
    await join(founder, other, 'owner');
    const statuses = await Promise.all([
      founder.call('PATCH', `${founder.path}/members/${other.user.id}`, { role: 'member' }),
      fixture.ask('PATCH', `${founder.path}/members/${founder.user.id}`, {
        bearer: other.token,
        body: { role: 'member' },
      }),
    ]);
    expect(statuses.filter(({ status }) => status === 200)).toHaveLength(1);
    const scope = new Scope(OrganizationId.parse(founder.id));
    const members = await fixture.dependencies.organizations.listMembers(scope);
    expect(members.filter(({ role }) => role === 'owner')).toHaveLength(1);
  });
});

describe('the link to reset a member’s password', () => {
  test('is made by owners of every organization of the member, since it opens them all', async () => {
    const founder = await createFounder();
    const member = await createPerson();
    await join(founder, member, 'member');
    const path = `${founder.path}/members/${member.user.id}/reset-link`;
    expect((await founder.call('POST', path)).body.url).toMatch(
      /^https:\/\/weft\.example\.com\/auth\/pages\/reset-password\?token=/,
    );
    await member.call('POST', '/organizations', { name: 'Elsewhere' });
    expect((await founder.call('POST', path)).status).toBe(403);
  });
});

async function join(founder: Person & { path: string }, person: Person, role: string): Promise<void> {
  const { body } = await founder.call('POST', `${founder.path}/invite`, { email: person.user.email, role });
  const token = new URL(body.invite_url).searchParams.get('token') ?? '';
  const { organizations } = fixture.dependencies;
  const joined = await organizations.acceptInvitation(
    hashToken(token),
    { kind: 'known', user: person.user },
    new Date(),
  );
  expect(joined?.id).toBe(person.user.id);
}

async function addCollection(organizationId: string): Promise<void> {
  await fixture.database
    .system()
    .insertInto('collections')
    .values({
      id: crypto.randomUUID(),
      organization_id: organizationId,
      name: 'Papers',
      readable_id: `papers-${count}`,
      encoder_name: 'none',
      dimensions: 4,
    })
    .execute();
}

async function expectMessage(organizationId: string, type: string, payload: object): Promise<void> {
  const { rows } = await sql<{ payload: unknown }>`
    select payload from event_messages where organization_id = ${organizationId} and event_type = ${type}`.execute(
    fixture.database.system(),
  );
  expect(rows.map((row) => row.payload)).toContainEqual(expect.objectContaining(payload));
}
