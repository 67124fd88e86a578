import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import { newId, OrganizationId, Scope, silentLogger } from '../../core/shared/index.ts';
import { type Database, openDatabase } from './database.ts';
import { takeDatabase } from './exclusive-use.ts';
import { migrateDatabase } from './migrate.ts';

let testDatabase: TestDatabase;
let database: Database;
const ours = new Scope(newId(OrganizationId));
const theirs = new Scope(newId(OrganizationId));

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase(testDatabase.connection, { logger: silentLogger });
  for (const [index, { organizationId }] of [ours, theirs].entries()) {
    await database
      .system()
      .insertInto('organizations')
      .values({ id: organizationId, name: `o${index}` })
      .execute();
    await database
      .system()
      .insertInto('collections')
      .values({
        id: crypto.randomUUID(),
        organization_id: organizationId,
        name: 'Some',
        readable_id: `c${index}`,
        encoder_name: 'none',
        dimensions: 1,
      })
      .execute();
  }
});
afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

describe('row-level security', () => {
  const names = async (scope: Scope) =>
    (await database.scoped(scope).selectFrom('collections').select('readable_id').execute()).map(
      (row) => row.readable_id,
    );

  test('hides other organisations even from a query that forgets to ask', async () => {
    expect(await names(ours)).toEqual(['c0']);
    expect(await names(theirs)).toEqual(['c1']);
    expect(await names(new Scope(newId(OrganizationId)))).toEqual([]);
  });

  test('holds when one connection serves many organisations in turn and at once', async () => {
    const rounds = Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? ours : theirs));
    const found = await Promise.all(rounds.map(names));
    expect(found).toEqual(rounds.map((scope) => (scope === ours ? ['c0'] : ['c1'])));
  });

  test('refuses to write rows of another organisation', async () => {
    const values = {
      id: crypto.randomUUID(),
      organization_id: theirs.organizationId,
      name: 'Smuggled',
      readable_id: 'x',
    };
    const insert = database
      .scoped(ours)
      .insertInto('collections')
      .values({ ...values, encoder_name: 'none', dimensions: 1 });
    await expect(insert.execute()).rejects.toThrow(/row-level security/);
    const update = await database.scoped(ours).updateTable('collections').set({ name: 'Taken' }).execute();
    expect(update[0]?.numUpdatedRows).toBe(1n);
    expect(
      await database.system().selectFrom('collections').select('name').where('readable_id', '=', 'c1').execute(),
    ).toEqual([{ name: 'Some' }]);
  });

  test('covers every table that carries an organisation', async () => {
    const { rows } = await sql<{ name: string; forced: boolean }>`
      select class.relname as name, class.relforcerowsecurity as forced from pg_class class
      join pg_attribute attribute on attribute.attrelid = class.oid and attribute.attname = 'organization_id'
      where class.relkind = 'r' and class.relnamespace = 'public'::regnamespace`.execute(database.system());
    expect(rows.length).toBeGreaterThan(7);
    expect(rows.filter((row) => !row.forced)).toEqual([]);
  });

  test('binds the session role, not only the policies', async () => {
    const { rows } = await sql<{ role: string; bypasses: boolean }>`
      select current_user as role, (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses`.execute(
      database.scoped(ours),
    );
    expect(rows).toEqual([{ role: 'weft_server', bypasses: false }]);
  });
});

describe('transactions', () => {
  test('are rolled back whole', async () => {
    const failing = database
      .scoped(ours)
      .transaction()
      .execute(async (transaction) => {
        await transaction.updateTable('collections').set({ name: 'Half done' }).execute();
        throw new Error('stop');
      });
    await expect(failing).rejects.toThrow('stop');
    expect(await database.scoped(ours).selectFrom('collections').select('name').execute()).not.toContainEqual({
      name: 'Half done',
    });
  });

  test('recover on the same pool after the server ended every connection', async () => {
    await database.ping();
    const client = new pg.Client(testDatabase.connection);
    await client.connect();
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await client.end();
    await expect
      .poll(() =>
        database.ping().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });
});

test('a connection that breaks while it is in use fails its query and nothing else', async () => {
  const inUse = database
    .system()
    .transaction()
    .execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
      const administrator = new pg.Client(testDatabase.connection);
      await administrator.connect();
      await administrator.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await administrator.end();
      // The end arrives while nothing is asked of the connection.
      await new Promise((resolve) => setTimeout(resolve, 100));
      await sql`select 1`.execute(transaction);
    });
  await expect(inUse).rejects.toThrow(/terminat|not queryable|closed/i);
  expect(await database.system().selectFrom('organizations').select('id').execute()).toHaveLength(2);
});

describe('migrating', () => {
  test('twice and at the same time changes nothing', async () => {
    await Promise.all([1, 2, 3].map(() => migrateDatabase(testDatabase.connection, { logger: silentLogger })));
  });

  test('refuses a database that a newer version made', async () => {
    const client = new pg.Client(testDatabase.connection);
    await client.connect();
    await client.query("insert into schema_migrations (name, checksum) values ('9999_future.sql', 'x')");
    await expect(migrateDatabase(testDatabase.connection, { logger: silentLogger })).rejects.toThrow(
      /made by a newer version of Weft \(it has 9999_future.sql\)/,
    );
    await client.query("delete from schema_migrations where name = '9999_future.sql'");
    await client.query("update schema_migrations set checksum = 'edited' where name = '0001_initial.sql'");
    await expect(migrateDatabase(testDatabase.connection, { logger: silentLogger })).rejects.toThrow(
      /0001_initial.sql differs/,
    );
    await client.end();
  });
});

test('a database belongs to one server at a time', async () => {
  const options = { logger: silentLogger, onLost: () => undefined };
  const release = await takeDatabase(testDatabase.connection, options);
  await expect(takeDatabase(testDatabase.connection, options)).rejects.toThrow(
    /Another Weft server uses this database/,
  );
  await release();
  const again = await takeDatabase(testDatabase.connection, options);
  await again();
});

test('a database that is not there is named', async () => {
  const nowhere = { host: '127.0.0.1', port: 1, user: 'x', database: 'x' };
  await expect(openDatabase(nowhere, { logger: silentLogger })).rejects.toThrow(/The database cannot be reached/);
});
