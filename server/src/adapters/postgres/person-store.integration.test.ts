import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import type { Role } from '../../core/access/index.ts';
import type { PersonRecord } from '../../core/administration/index.ts';
import { newId, OrganizationId, Scope, silentLogger, UserId } from '../../core/shared/index.ts';
import { type Database, openDatabase } from './database.ts';
import { personPlaces } from './person-places.ts';
import { createPersonStore } from './person-store.ts';

const ann = 'Ann@Example.com';
let testDatabase: TestDatabase;
let database: Database;
let ours: Scope;
let theirs: Scope;
let annId: UserId;

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.connection, { logger: silentLogger, maxConnections: 4 });
  [ours, theirs] = await Promise.all([addOrganization('Ours'), addOrganization('Theirs')]);
  annId = await addUser(ann);
  await addMember(ours, annId, 'member');
  await addMember(ours, await addUser('owner@example.com'), 'owner');
});
afterEach(async () => {
  await database.close();
  await testDatabase.drop();
});

async function addOrganization(name: string): Promise<Scope> {
  const id = newId(OrganizationId);
  await database.system().insertInto('organizations').values({ id, name, description: null }).execute();
  return new Scope(id);
}

async function addUser(email: string): Promise<UserId> {
  const id = newId(UserId);
  await sql`insert into users (id, email, full_name) values (${id}, ${email}, 'Somebody')`.execute(database.system());
  return id;
}

async function addMember({ organizationId }: Scope, userId: UserId, role: Role): Promise<void> {
  const row = { organization_id: organizationId, user_id: userId, role };
  await database.system().insertInto('memberships').values(row).execute();
}

/** A collection, a connection and a key that Ann made, a search for her, and documents that name her. */
async function addTraces({ organizationId }: Scope): Promise<void> {
  const by = (column: string) => sql.raw(`'${column === 'other' ? 'bob@example.com' : ann.toLowerCase()}'`);
  await sql`
    with collection as (
      insert into collections (id, organization_id, name, readable_id, encoder_name, dimensions, created_by_email, modified_by_email)
      values (gen_random_uuid(), ${organizationId}, 'Papers', ${`papers-${organizationId}`}, 'none', 1, ${by('ann')}, ${by('other')})
      returning id
    ), connection as (
      insert into source_connections (id, organization_id, collection_id, name, short_name, auth_method, is_authenticated,
        created_by_email, end_user_id)
      select gen_random_uuid(), ${organizationId}, id, 'Stub', 'stub', 'direct', true, ${by('ann')}, ${ann} from collection
      returning id, collection_id
    ), sync as (
      insert into syncs (id, organization_id, source_connection_id)
      select gen_random_uuid(), ${organizationId}, id from connection returning id, source_connection_id
    ), document as (
      insert into documents (id, organization_id, collection_id, source_connection_id, sync_id, entity_id, entity_type, name, state,
        access, metadata)
      select gen_random_uuid(), ${organizationId}, collection_id, connection.id, sync.id, entity_id, 'Page', entity_id, 'indexed',
        access::jsonb, metadata::jsonb
      from connection, sync, (values
        ('shared', '{"viewers":["user:ann@example.com"],"isPublic":false}', '{}'),
        ('written', null, '{"author":"ANN@example.com"}'), ('neither', null, '{}')) as wanted (entity_id, access, metadata)
    ), search as (
      insert into logged_searches (id, organization_id, collection_id, at, tier, strategy, caller_kind, query_hash, query_text,
        page_offset, result_count, took_ms)
      select gen_random_uuid(), ${organizationId}, id, now(), 'instant', 'hybrid', 'user', '\\x00', text, 0, 0, 1
      from collection, (values ('mail of ann@example.com'), ('mail of bob')) as asked (text)
    ) insert into api_keys (id, organization_id, key_prefix, key_hash, expires_at, created_by_email)
      values (gen_random_uuid(), ${organizationId}, 'abc', decode(md5(${organizationId}::text), 'hex'), now(), ${by('ann')})`.execute(
    database.system(),
  );
}

const countsOf = ({ found }: PersonRecord) =>
  Object.fromEntries(found.filter(({ count }) => count > 0).map(({ place, count }) => [place, count]));
const traces = {
  memberships: 1,
  api_keys: 1,
  collections: 1,
  source_connections: 1,
  end_user_connections: 1,
  logged_searches: 1,
  documents_shared_with: 1,
  documents_naming: 1,
};

test('what names a person is found in one organisation or in all, in any case, and without secrets', async () => {
  await addTraces(ours);
  await addTraces(theirs);
  const store = createPersonStore(database);
  const found = await store.export(ours, ann.toUpperCase());
  expect(found.user).toMatchObject({ id: annId, email: ann });
  expect(countsOf(found)).toEqual(traces);
  expect(JSON.stringify(found)).not.toContain('key_hash');
  expect(countsOf(await store.export(null, ann))).toMatchObject({ memberships: 1, api_keys: 2, documents_naming: 2 });
});

test('an organisation in which the person is no member sees its own rows, and not the account', async () => {
  await addTraces(theirs);
  const { user, found } = await createPersonStore(database).export(theirs, ann);
  expect(user).toBeNull();
  expect(countsOf({ user, found })).toEqual({ ...traces, memberships: undefined });
});

test('nobody is found for an address that is only like one', async () => {
  await addTraces(ours);
  for (const email of ['nn@example.co', '%@example.com', 'ann_example.com', 'joe@example.com']) {
    const { user, found } = await createPersonStore(database).export(null, email);
    expect(user).toBeNull();
    expect(found.find(({ place }) => place === 'api_keys')?.count, email).toBe(0);
  }
});

test('erasing in one organisation takes the address out of it, keeps what is not the person’s, and leaves others alone', async () => {
  await addMember(theirs, annId, 'member');
  await addTraces(ours);
  await addTraces(theirs);
  const store = createPersonStore(database);
  const { isUserDeleted, changed } = await store.erase(ours, ann);
  expect(isUserDeleted).toBe(false);
  expect(changed).toContainEqual({ place: 'memberships', count: 1 });
  expect(countsOf(await store.export(ours, ann))).toEqual({ documents_shared_with: 1, documents_naming: 1 });
  expect(countsOf(await store.export(theirs, ann))).toEqual(traces);
  const collections = await database.scoped(ours).selectFrom('collections').selectAll().execute();
  expect(collections).toMatchObject([{ created_by_email: null, modified_by_email: 'bob@example.com' }]);
  const searches = await database.scoped(ours).selectFrom('logged_searches').select('query_text').execute();
  expect(searches.map(({ query_text }) => query_text).sort()).toEqual(['mail of bob', null]);
});

test('the account goes with the last membership, and with it its sessions', async () => {
  await sql`insert into sessions (id, user_id, token_hash, method, created_at, last_used_at, expires_at)
    values (gen_random_uuid(), ${annId}, '\\x01', 'password', now(), now(), now())`.execute(database.system());
  expect(await createPersonStore(database).erase(ours, ann)).toMatchObject({ isUserDeleted: true });
  const { rows } = await sql`select from users where id = ${annId} union all select from sessions`.execute(
    database.system(),
  );
  expect(rows).toEqual([]);
});

test('the only owner of an organisation is not erased', async () => {
  await addMember(theirs, annId, 'owner');
  await addTraces(theirs);
  const store = createPersonStore(database);
  await expect(store.erase(null, ann)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining("'Theirs'"),
  });
  expect(countsOf(await store.export(theirs, ann))).toEqual(traces);
  expect(await store.erase(ours, ann)).toMatchObject({ isUserDeleted: false });
});

test('every column that may hold a person’s address is looked into', async () => {
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    select table_name, column_name from information_schema.columns
    where table_schema = current_schema() and column_name ~ '(email|user_id|actor_id|member$)' order by 1, 2`.execute(
    database.system(),
  );
  // Those of the account itself go with it.
  const withTheAccount = ['users', 'user_credentials', 'sessions', 'account_links'];
  const conditions = personPlaces.map(({ table, names }) => ({
    table,
    text: names({ email: ann, userId: annId }).compile(database.system()).sql,
  }));
  const left = rows.filter(({ table_name: table, column_name: column }) => {
    if (withTheAccount.includes(table)) return false;
    return !conditions.some((condition) => condition.table === table && condition.text.includes(column));
  });
  expect(left.map(({ table_name, column_name }) => `${table_name}.${column_name}`)).toEqual([]);
});
