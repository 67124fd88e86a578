import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ServerStartError } from '../scripts/server-process.ts';
import { countPassages, ServerFixture, waitForJob } from './server-fixture.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
// Before the fixture's hooks, so that its servers are gone when the database goes.
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());
const fixture = ServerFixture.use();

it('a PostgreSQL of the operator serves one data directory at a time, with all it holds', {
  timeout: 240_000,
}, async () => {
  await fixture.write({ 'paper.txt': 'The otter sleeps.\n' });
  // The run's own cluster is on a socket, whose folder is named behind the question mark; an address wants a host all the same.
  const env = { DATABASE_URL: database.url.replace('@/', '@localhost/') };
  const first = await fixture.start(env);
  const { id } = await fixture.connect(first.api);
  await waitForJob(first.api, id);
  expect(await countPassages(first.api, 'otter')).toBe(1);

  const refusal: unknown = await fixture
    .start(env, { dataDirectory: join(fixture.directory, 'other-data') })
    .catch((error: unknown) => error);
  if (!(refusal instanceof ServerStartError)) throw refusal;
  expect(refusal.exitCode).toBe(1);
  expect(refusal.output).toContain(
    'Another Weft server uses this database (DATABASE_URL) with another data directory.',
  );
  expect(refusal.output).not.toMatch(/^\s+at /m);
  expect(refusal.output).not.toContain(env.DATABASE_URL);
  expect(await countPassages(first.api, 'otter')).toBe(1);

  // Killed, it lets go of the database at once.
  await first.kill();
  const next = await fixture.start(env);
  expect(await countPassages(next.api, 'otter')).toBe(1);
  expect(await next.stop()).toMatchObject({ exitCode: 0 });
});
