import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import { silentLogger } from '../../core/shared/index.ts';
import { takeDatabase } from './exclusive-use.ts';
import { HeldClaims } from './held-claims.ts';
import { SharedLocks } from './shared-locks.ts';
import { enterDatabase } from './shared-use.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const options = { logger: silentLogger, onLost: () => undefined };
const enter = (onLost: () => void = options.onLost) =>
  enterDatabase(database.connection, { logger: silentLogger, onLost });

/** Ends every connection that waits for nothing but its next statement, as a restart of the database would. */
async function breakConnections(): Promise<void> {
  const client = new pg.Client(database.connection);
  await client.connect();
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  await client.end();
}

describe('servers on one database', () => {
  it('are as many as wanted with one data directory, and refused with another', async () => {
    const [first, second, stranger] = await Promise.all([enter(), enter(), enter()]);
    expect(await first.countOthers()).toBe(0);
    await first.join('directory-1');
    await second.join('directory-1');
    expect([await first.countOthers(), await second.countOthers(), await stranger.countOthers()]).toEqual([1, 1, 2]);
    await expect(stranger.join('directory-2')).rejects.toMatchObject({ code: 'conflict' });
    await expect(stranger.join('directory-2')).rejects.toThrow(/with another data directory/);
    await first.release();
    await second.release();
    await stranger.join('directory-2');
    await stranger.release();
  });

  it('keep a restore out, and are kept out by one', async () => {
    const server = await enter();
    await expect(takeDatabase(database.connection, options)).rejects.toMatchObject({ code: 'conflict' });
    await server.release();
    const release = await takeDatabase(database.connection, options);
    await expect(enter()).rejects.toThrow(/in use by a restore/);
    await release();
    await (await enter()).release();
  });

  it('are there again after the connection broke, or are told that others are', async () => {
    const lost = Promise.withResolvers<void>();
    const server = await enter(() => lost.resolve());
    await server.join('directory-1');
    await breakConnections();
    await expect.poll(() => server.countOthers().catch(() => -1), { timeout: 10_000 }).toBe(0);
    const other = await enter();
    await expect(other.join('directory-2')).rejects.toMatchObject({ code: 'conflict' });
    await other.release();
    await breakConnections();
    // Faster than the server comes back, or not: one of the two has it, never both.
    const rival = await enter();
    const joined = await rival.join('directory-2').then(
      () => true,
      () => false,
    );
    if (joined) await lost.promise;
    await rival.release();
    await server.release();
  });
});

describe('locks by name', () => {
  it('let one in at a time, whatever the process, and others beside it', async () => {
    const [one, two] = [
      new SharedLocks(database.connection, silentLogger),
      new SharedLocks(database.connection, silentLogger),
    ];
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 60 }, (_, i) => (i % 2 === 0 ? one : two).run('table', work)));
    expect([most, inside]).toEqual([1, 0]);
    await one.run('a', async () => {
      expect(await two.tryRun('a', async () => 'in')).toBeUndefined();
      expect(await two.tryRun('b', async () => 'in')).toBe('in');
    });
    await expect(one.run('a', () => Promise.reject(new Error('the work failed')))).rejects.toThrow('the work failed');
    expect(await two.tryRun('a', async () => 'in')).toBe('in');
    await one.close();
    await two.close();
  });

  it('are let go of with the connection', async () => {
    const [one, two] = [
      new SharedLocks(database.connection, silentLogger),
      new SharedLocks(database.connection, silentLogger),
    ];
    await one.run('a', async () => {
      await breakConnections();
      expect(await two.run('a', async () => 'in')).toBe('in');
    });
    expect(await one.run('a', async () => 'again')).toBe('again');
    await one.close();
    await two.close();
  });
});

describe('claims', () => {
  it('belong to one process until it gives them up or its connection breaks', async () => {
    const [one, two] = [
      new HeldClaims(database.connection, silentLogger),
      new HeldClaims(database.connection, silentLogger),
    ];
    let losses = 0;
    one.onLost(() => {
      losses += 1;
    });
    expect([await one.take('x'), await two.take('x'), await two.take('y')]).toEqual([true, false, true]);
    await one.release('x');
    expect(await two.take('x')).toBe(true);
    expect(await one.take('z')).toBe(true);
    await breakConnections();
    await expect.poll(() => losses, { timeout: 10_000 }).toBe(1);
    expect(await one.take('x')).toBe(true);
    await one.close();
    await two.close();
  });
});
