import { expect, test } from 'vitest';
import type { Caller } from '../access/index.ts';
import { CollectionId, newId, OrganizationId, Scope } from '../shared/index.ts';
import { resolveSearcher } from './searcher.ts';

const collectionId = newId(CollectionId);
const key: Caller = {
  scope: new Scope(newId(OrganizationId)),
  kind: 'api_key',
  userId: null,
  email: null,
  role: null,
  keyScopes: null,
  collections: null,
};
const user: Caller = { ...key, kind: 'user', email: 'Anna@Example.com', role: 'member' };
const memberships = { expand: async (_scope: Scope, _id: CollectionId, label: string) => [`groups of ${label}`] };
const resolve = (caller: Caller, asUser?: string) => resolveSearcher({ memberships }, caller, collectionId, asUser);

test('a key, and whoever sits at the machine, see everything in their scope', async () => {
  const nothing = { memberships: { expand: () => Promise.reject(new Error('asked for nothing')) } };
  for (const kind of ['api_key', 'local', 'operator'] as const) {
    const email = kind === 'api_key' ? null : 'owner@weft.local';
    expect(await resolveSearcher(nothing, { ...key, kind, email }, collectionId)).toBeUndefined();
  }
});

test('a user has their address, in lower case, and their groups', async () => {
  expect(await resolve(user)).toEqual(['user:anna@example.com', 'groups of user:anna@example.com']);
});

test('a user without an address is nobody in particular', async () => {
  expect(await resolve({ ...user, email: null })).toEqual([]);
});

test('an address that is made to look like the label of a connection opens nothing by itself', async () => {
  const email = '00000000-0000-4000-8000-000000000000/ben@example.com';
  expect(await resolve({ ...user, email })).toEqual([`groups of user:${email}`]);
  expect(await resolve(key, `user:${email}`)).toEqual([`groups of user:${email}`]);
});

test('a key may narrow its search to a user or a group', async () => {
  expect(await resolve(key, 'Anna@Example.com')).toEqual(['user:anna@example.com', 'groups of user:anna@example.com']);
  expect(await resolve(key, 'group:sales')).toEqual(['groups of group:sales']);
  expect(await resolve({ ...key, keyScopes: ['search', 'impersonate'] }, 'group:sales')).toHaveLength(1);
  expect(await resolve({ ...key, keyScopes: ['admin'] }, 'group:sales')).toHaveLength(1);
});

test('a key without the scope for it may not, whatever else it may', async () => {
  const limited: Caller = { ...key, keyScopes: ['search', 'read', 'write'] };
  await expect(resolve(limited, 'anna@example.com')).rejects.toMatchObject({ code: 'forbidden' });
});

test('a user may search as themselves only, an owner too', async () => {
  for (const role of ['member', 'owner'] as const) {
    expect(await resolve({ ...user, role }, 'ANNA@example.com')).toHaveLength(2);
    for (const other of ['ben@example.com', 'group:sales']) {
      await expect(resolve({ ...user, role }, other)).rejects.toMatchObject({ code: 'forbidden' });
    }
  }
  await expect(resolve({ ...user, email: null }, 'ben@example.com')).rejects.toMatchObject({ code: 'forbidden' });
});

test('what is no user is refused and never read as everyone', async () => {
  await expect(resolve(key, 'everyone')).rejects.toMatchObject({ code: 'unprocessable' });
  await expect(resolve(key, '')).rejects.toMatchObject({ code: 'unprocessable' });
});

test('without the groups nothing is said: the error is the answer', async () => {
  const broken = { memberships: { expand: () => Promise.reject(new Error('the database is away')) } };
  await expect(resolveSearcher(broken, user, collectionId)).rejects.toThrow('the database is away');
});
