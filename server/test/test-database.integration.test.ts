import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { withDatabase } from './database-address.ts';
import { createTestDatabase } from './test-database.ts';

describe('a test database', () => {
  it('is migrated and is nobody else’s', async () => {
    const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const pool = new pg.Pool(one.connection);
    const { rows } = await pool.query('select count(*)::int as collections from collections');
    expect(rows).toEqual([{ collections: 0 }]);
    await pool.end();
    expect(one.url).not.toBe(other.url);
    await one.drop();
    await other.drop();
  });

  it('names the connections that a test leaves open, and is removed all the same', async () => {
    const database = await createTestDatabase();
    const pool = new pg.Pool({ ...database.connection, application_name: 'leaky' });
    pool.on('error', () => undefined);
    await pool.query('select 42 as answer');
    await expect(database.drop()).rejects.toThrow(/leaves 1 database connection.*\n.*"leaky", idle, .*select 42/);
    await pool.end();
    await expect(new pg.Client(database.connection).connect()).rejects.toThrow(/does not exist/);
  });

  it('has an address that differs from the server’s in the database only', () => {
    expect(withDatabase('postgresql://u:p@h:5/db?ssl=true', 'x')).toBe('postgresql://u:p@h:5/x?ssl=true');
    expect(withDatabase('postgresql:///db?host=/run/pg', 'x')).toBe('postgresql:///x?host=/run/pg');
    expect(withDatabase('postgresql://u@/postgres?host=%2Ftmp', 'x')).toBe('postgresql://u@/x?host=%2Ftmp');
    expect(() => withDatabase('not an address', 'x')).toThrow(/not of the form/);
  });
});
