import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/embedded-postgres.ts';
import { silentLogger } from '../src/core/shared/index.ts';
import { withDatabase } from './database-address.ts';

/** The PostgreSQL of a test run. */
export interface TestServer {
  readonly url: string;
  urlOf(database: string): string;
  createDatabase(name: string): Promise<void>;
  /** Drops the databases named, where the server outlives the run. */
  stop(databases: readonly string[]): Promise<void>;
}

/** The server of `TEST_DATABASE_URL` (its user must be allowed to create databases), or an embedded one that lives for this run. */
export async function startTestServer(): Promise<TestServer> {
  const url = process.env.TEST_DATABASE_URL;
  return url === undefined || url === '' ? startEmbeddedServer() : openGivenServer(url);
}

async function startEmbeddedServer(): Promise<TestServer> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'weft-test-'));
  const postgres = await startEmbeddedPostgres({
    directory: path.join(directory, 'postgres'),
    logger: silentLogger,
    // Nothing here outlives the run.
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '200' },
  });
  const { host, port, user, database, password } = postgres.connection;
  const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
  const url = path.isAbsolute(host)
    ? `postgresql://${login}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
    : `postgresql://${login}@${host}:${port}/${database}`;
  return {
    ...openServer(url),
    async stop() {
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function openGivenServer(url: string): TestServer {
  return {
    ...openServer(url),
    async stop(databases) {
      for (const name of databases) await administer(url, `drop database if exists ${pg.escapeIdentifier(name)}`);
    },
  };
}

function openServer(url: string): Omit<TestServer, 'stop'> {
  return {
    url,
    urlOf: (database) => withDatabase(url, database),
    createDatabase: (name) => administer(url, `create database ${pg.escapeIdentifier(name)}`),
  };
}

/** Runs one statement on the maintenance database. */
async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
