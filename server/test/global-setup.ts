import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { migrateDatabase } from '../src/adapters/postgres/migrate.ts';
import { silentLogger } from '../src/core/shared/index.ts';
import { startTestServer } from './test-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The run's database server, and the migrated database that each test file gets a copy of. */
    testDatabases: TestDatabases;
  }
}

export interface TestDatabases {
  /** A PostgreSQL address (`postgresql://…`) of the server's maintenance database. */
  readonly url: string;
  readonly template: string;
}

/** One PostgreSQL and one migration for the whole run. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer();
  const template = `weft_test_template_${randomBytes(4).toString('hex')}`;
  try {
    await server.createDatabase(template);
    await migrateDatabase({ connectionString: server.urlOf(template) }, { logger: silentLogger });
  } catch (error) {
    await server.stop([template]);
    throw error;
  }
  project.provide('testDatabases', { url: server.url, template });
  return () => server.stop([template]);
}
