import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPersonStore } from '../../../adapters/postgres/person-store.ts';
import { createQuotaStore } from '../../../adapters/postgres/quota-store.ts';
import { unlimited } from '../../../core/quotas/index.ts';
import { newId, OrganizationId, Scope } from '../../../core/shared/index.ts';
import { type AccountFixture, createAccountFixture, type Person } from '../testing/account-fixture.ts';
import { erasePersonEndpoint, exportPersonEndpoint } from './person-endpoints.ts';

let fixture: AccountFixture;
let owner: Person;
let member: Person;
beforeAll(async () => {
  fixture = await createAccountFixture({
    also: (database) => {
      const persons = createPersonStore(database);
      return [exportPersonEndpoint({ persons }), erasePersonEndpoint({ persons })];
    },
  });
  owner = await fixture.createPerson('ann', 'owner');
  member = await fixture.createPerson('bob', 'member');
});
afterAll(() => fixture?.close());

const exportOf = ({ user }: Person) => `/admin/persons/${encodeURIComponent(user.email)}/export`;

test('an owner exports a member, within the own organization, and the audit log says so', async () => {
  const { status, body } = await owner.call('GET', exportOf(member));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    email: member.user.email,
    organization_id: fixture.owner.organization.id,
    user: { id: member.user.id, email: member.user.email },
  });
  expect(body.found.find(({ place }: { place: string }) => place === 'memberships')).toMatchObject({
    count: 1,
    when_erased: 'deleted',
    rows: [{ role: 'member' }],
  });
  expect(await fixture.readAuditLog()).toContainEqual(
    expect.objectContaining({ action: 'personal_data.exported', actorEmail: owner.user.email }),
  );
});

test('members, keys and what is no address are refused', async () => {
  const path = `/admin/persons/${encodeURIComponent(member.user.email)}`;
  for (const [method, to] of [
    ['GET', exportOf(member)],
    ['DELETE', path],
  ] as const) {
    expect((await member.call(method, to)).status).toBe(403);
    expect((await fixture.ask(method, to, { key: await fixture.createKey() })).status).toBe(403);
    expect((await fixture.ask(method, to)).status).toBe(401);
  }
  expect((await owner.call('GET', '/admin/persons/nobody/export')).status).toBe(422);
});

test('the operator looks in all organizations', async () => {
  const id = newId(OrganizationId);
  const row = { id, name: 'Elsewhere', description: null };
  await fixture.database.system().insertInto('organizations').values(row).execute();
  const elsewhere = { organization_id: id, user_id: member.user.id, role: 'member' } as const;
  await fixture.database.system().insertInto('memberships').values(elsewhere).execute();
  const { body } = await fixture.ask('GET', exportOf(member), { bearer: fixture.operatorToken });
  expect(body.organization_id).toBeNull();
  expect(body.found[0]).toMatchObject({ place: 'memberships', count: 2 });
});

test('an owner erases a person, whose session ends with the account; the log keeps no address of the erasure', async () => {
  const gone = await fixture.createPerson('gone', 'member');
  const path = `/admin/persons/${encodeURIComponent(gone.user.email)}`;
  expect(await owner.call('DELETE', path)).toMatchObject({
    status: 200,
    body: { is_user_deleted: true, changed: expect.arrayContaining([{ place: 'memberships', count: 1 }]) },
  });
  expect((await gone.call('GET', '/users')).status).toBe(401);
  expect((await owner.call('GET', exportOf(gone))).body.user).toBeNull();
  const entry = (await fixture.readAuditLog()).find(({ action }) => action === 'personal_data.erased');
  expect(JSON.stringify(entry)).not.toContain(gone.user.email);
});

test('no more members are invited than the limit has places for', async () => {
  const scope = new Scope(fixture.owner.organization.id);
  const quotas = createQuotaStore(fixture.database, unlimited);
  const { teamMembers } = await quotas.readMonth(scope, new Date());
  await quotas.replaceQuotas(scope, { ...unlimited, teamMembers });
  const path = `/organizations/${scope.organizationId}/invite`;
  expect(await owner.call('POST', path, { email: 'new@example.com' })).toMatchObject({
    status: 422,
    body: { detail: expect.stringMatching(/^Usage limit exceeded: .+ members/) },
  });
  await quotas.replaceQuotas(scope, null);
  expect((await owner.call('POST', path, { email: 'new@example.com' })).status).toBe(200);
});
