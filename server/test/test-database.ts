import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { inject } from 'vitest';
import { withDatabase } from './database-address.ts';

/** A migrated database of one test file's own. */
export interface TestDatabase {
  readonly connection: pg.PoolConfig;
  /** The same as a `DATABASE_URL`, for processes that a test starts. */
  readonly url: string;
  /**
   * Removes it.
   *
   * @throws Error when connections are still open, naming them: the test leaks a pool or a process. Removed all the same
   */
  drop(): Promise<void>;
}

/** Copies the run's migrated template; call it in `beforeAll`, and `drop` in `afterAll` after closing every pool. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { url, template } = inject('testDatabases');
  const name = `weft_test_${randomBytes(8).toString('hex')}`;
  await administer(url, async (client) => {
    await client.query(`create database ${name} template ${template}`);
  });
  const own = withDatabase(url, name);
  return {
    connection: { connectionString: own },
    url: own,
    drop: () =>
      administer(url, async (client) => {
        const open = await findOpenConnections(client, name);
        await client.query(`drop database if exists ${name} with (force)`);
        if (open.length > 0) {
          throw new Error(`The test leaves ${open.length} database connection(s) open:\n${open.join('\n')}`);
        }
      }),
  };
}

/** Server processes notice a closed connection a moment after the client. */
const patienceMs = 2_000;

async function findOpenConnections(client: pg.Client, database: string): Promise<readonly string[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { rows } = await client.query<{ readonly description: string }>(
      `select format('process %s, application "%s", %s, last statement: %s', pid, application_name, state, left(query, 200)) as description
       from pg_stat_activity where datname = $1 and backend_type = 'client backend' order by backend_start`,
      [database],
    );
    if (rows.length === 0 || Date.now() > deadline) return rows.map((row) => row.description);
    await delay(25);
  }
}

async function administer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
