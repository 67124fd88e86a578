import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import { silentLogger } from '../../core/shared/index.ts';
import { type Database, openDatabase } from './database.ts';
import { holdDrops, mayDrop } from './hold-drops.ts';
import { isEmptyDatabase, loadSnapshot } from './load-snapshot.ts';
import { migrateDatabase } from './migrate.ts';
import { openDatabaseSnapshot } from './open-snapshot.ts';

const oddTable = `create table odd (
  id bigint generated always as identity primary key, parent bigint references odd, weft_rows text, bytes bytea,
  at timestamptz, list text[], amount numeric, ratio double precision, fields jsonb,
  twice numeric generated always as (amount * 2) stored);
  create function refuse() returns trigger language plpgsql as $$ begin raise exception 'fired'; end $$`;
const oddRows = `insert into odd (parent, weft_rows, bytes, at, list, amount, ratio, fields) values
  (2, E'tab\\t, line\\nand "quotes" \\\\ and 🦦', '\\x00ff10', '2026-01-31 12:00:00.123456+05:30', array['a,b', null, '{}'], 12345678901234567890.000000001, 'NaN', '{"a": [1e30, null, "x"]}'),
  (1, '', '', 'infinity', '{}', null, 0.1, '"text"'),
  (null, null, null, '0044-03-15 12:00:00 BC', null, -1, '-Infinity', null)`;

describe('a snapshot', () => {
  let from: TestDatabase;
  let to: TestDatabase;
  beforeEach(async () => {
    from = await createTestDatabase();
    to = await createTestDatabase();
  });
  afterEach(async () => {
    await from.drop();
    await to.drop();
  });

  const query = async (database: TestDatabase, text: string, values: readonly unknown[] = []) => {
    const client = new pg.Client(database.connection);
    await client.connect();
    try {
      await client.query("select set_config('weft.organization_id', '*', false)");
      return (await client.query(text, [...values])).rows;
    } finally {
      await client.end();
    }
  };

  async function copy(): Promise<void> {
    const snapshot = await openDatabaseSnapshot(from.connection);
    try {
      await loadSnapshot(to.connection, async (loader) => {
        for (const table of snapshot.tables) {
          for await (const lines of snapshot.readRows(table)) await loader.insertRows(table, lines);
        }
        await loader.setSequences(await snapshot.readSequences());
      });
    } finally {
      await snapshot.close();
    }
  }

  it('carries every type, generated columns, circular references and sequences over, and fires no trigger', async () => {
    for (const database of [from, to]) await query(database, oddTable);
    await query(from, oddRows);
    await query(to, 'create trigger refuse before insert on odd for each row execute function refuse()');
    await query(from, "select setval('document_versions', 77)");
    await copy();
    const rows = 'select odd::text from odd order by id';
    expect(await query(to, rows)).toEqual(await query(from, rows));
    expect(await query(to, "select nextval('document_versions')::int as version")).toEqual([{ version: 78 }]);
    await query(to, 'drop trigger refuse on odd');
    expect(await query(to, 'insert into odd (ratio) values (1) returning id::int')).toEqual([{ id: 4 }]);
    await expect(query(to, 'insert into odd (parent) values (99)')).rejects.toThrow(/foreign key/);
  });

  it('is of one moment, in batches that fit into memory', async () => {
    for (const database of [from, to]) await query(database, oddTable);
    await query(from, "insert into odd (weft_rows) select repeat('x', 400000) from generate_series(1, 7)");
    const snapshot = await openDatabaseSnapshot(from.connection);
    await query(from, "update odd set weft_rows = 'changed'");
    await query(from, "insert into odd (weft_rows) values ('later')");
    const sizes: number[] = [];
    for await (const lines of snapshot.readRows('odd')) sizes.push(lines.length);
    await snapshot.close();
    expect(sizes).toEqual([2, 2, 2, 1]);
  });

  it('names the blobs that its rows name', async () => {
    await query(from, 'create table keeps (raw_key text, blob_key text)');
    await query(from, "insert into keeps values ('raw/1', null), (null, 'pushed/2')");
    const snapshot = await openDatabaseSnapshot(from.connection);
    const keys = (await Array.fromAsync(snapshot.readBlobKeys())).flat();
    await snapshot.close();
    expect(keys.toSorted()).toEqual(['pushed/2', 'raw/1']);
  });

  it('is loaded whole or not at all', async () => {
    const organization =
      '{"id": "00000000-0000-4000-8000-000000000001", "name": "Ours", "created_at": "2026-01-01T00:00:00Z", "modified_at": "2026-01-01T00:00:00Z"}';
    const load = (table: string, line: string) =>
      loadSnapshot(to.connection, async (loader) => {
        await loader.insertRows('organizations', [organization]);
        await loader.insertRows(table, [line]);
      });
    await expect(load('no_such_table', '{}')).rejects.toThrow(/does not exist: 'no_such_table'/);
    await expect(load('schema_migrations', '{}')).rejects.toThrow(/does not exist/);
    await expect(load('users', '{"id": 1}')).rejects.toThrow(/'users' cannot be read/);
    await expect(load('users', 'no json')).rejects.toThrow(/'users' cannot be read/);
    await expect(
      load(
        'memberships',
        '{"organization_id": "00000000-0000-4000-8000-000000000001", "user_id": "00000000-0000-4000-8000-000000000009", "role": "owner", "is_primary": false, "created_at": "2026-01-01T00:00:00Z"}',
      ),
    ).rejects.toThrow(/foreign key/);
    expect(await isEmptyDatabase(to.connection)).toBe(true);
    await loadSnapshot(to.connection, (loader) => loader.insertRows('organizations', [organization]));
    expect(await isEmptyDatabase(to.connection)).toBe(false);
  });
});

describe('an owner of the database that row-level security binds', () => {
  const role = `weft_test_owner_${randomBytes(4).toString('hex')}`;
  let from: TestDatabase;
  let to: TestDatabase;
  const administer = async (test: TestDatabase, text: string) => {
    const client = new pg.Client(test.connection);
    await client.connect();
    await client.query(text).finally(() => client.end());
  };
  beforeAll(async () => {
    from = await createTestDatabase();
    to = await createTestDatabase();
    await administer(from, `create role ${role}`);
    for (const test of [from, to]) {
      await administer(test, `drop schema public cascade; create schema public authorization ${role}`);
      await migrateDatabase(asOwner(test), { logger: silentLogger });
    }
  });
  afterAll(async () => {
    await administer(to, `drop owned by ${role}`);
    await administer(from, `drop owned by ${role}; drop role ${role}`);
    await from.drop();
    await to.drop();
  });
  const asOwner = (test: TestDatabase): pg.ClientConfig => ({ ...test.connection, options: `-c role=${role}` });

  it('copies the rows of all organisations', async () => {
    const organizations = [1, 2].map((number) => `00000000-0000-4000-8000-00000000000${number}`);
    for (const id of organizations) {
      await administer(
        from,
        `insert into organizations (id, name) values ('${id}', 'Org ${id}');
         insert into collections (id, organization_id, name, readable_id, encoder_name, dimensions)
         values ('${id}', '${id}', 'Papers', 'papers-${id}', 'none', 384)`,
      );
    }
    const snapshot = await openDatabaseSnapshot(asOwner(from));
    const counts: Record<string, number> = {};
    await loadSnapshot(asOwner(to), async (loader) => {
      for (const table of ['organizations', 'collections']) {
        for await (const lines of snapshot.readRows(table)) {
          counts[table] = lines.length;
          await loader.insertRows(table, lines);
        }
      }
    });
    await snapshot.close();
    expect(counts).toEqual({ organizations: 2, collections: 2 });
    expect(await isEmptyDatabase(asOwner(to))).toBe(false);
  });
});

describe('while a backup holds what is to be dropped', () => {
  let test: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    test = await createTestDatabase();
    database = await openDatabase(test.connection, { logger: silentLogger });
  });
  afterAll(async () => {
    await database.close();
    await test.drop();
  });

  it('nothing is, by any process, and a second backup is refused', async () => {
    const isAllowed = async () => {
      const row = await database.system().selectNoFrom(mayDrop.as('is_allowed')).executeTakeFirstOrThrow();
      return row.is_allowed;
    };
    expect(await isAllowed()).toBe(true);
    const release = await holdDrops(test.connection);
    expect(await isAllowed()).toBe(false);
    await expect(holdDrops(test.connection)).rejects.toThrow(/Another backup is being made/);
    await release();
    await expect.poll(isAllowed).toBe(true);
  });
});
