import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, it } from 'vitest';
import { ServerStartError } from '../scripts/server-process.ts';
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/embedded-postgres.ts';
import { migrateDatabase } from '../src/adapters/postgres/migrate.ts';
import { silentLogger } from '../src/core/shared/index.ts';
import { runWeft } from '../src/entrypoints/cli/__fixtures__/run-weft.ts';
import { countPassages, listDocuments, ServerFixture, waitForJob } from './server-fixture.ts';

const fixture = ServerFixture.use();

/** The first released schema. */
const firstVersion = ['0001_initial.sql'];
const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const [organization, user, collection, connection, sync] = [id(1), id(2), id(3), id(4), id(5)];

/** What a server of the first version keeps: a folder that was read, with jobs, and a key. */
const firstRows = (folder: string) => [
  `insert into organizations (id, name) values ('${organization}', 'Local')`,
  `insert into users (id, email) values ('${user}', 'owner@weft.local')`,
  `insert into memberships (organization_id, user_id, role, is_primary) values ('${organization}', '${user}', 'owner', true)`,
  `insert into api_keys (id, organization_id, key_prefix, key_hash, expires_at)
   values ('${id(6)}', '${organization}', 'abcdefgh', '\\x00', '2099-01-01')`,
  `insert into collections (id, organization_id, name, readable_id, encoder_name, dimensions)
   values ('${collection}', '${organization}', 'Some papers', 'papers', 'none', 384)`,
  `insert into source_connections (id, organization_id, collection_id, name, short_name, config, auth_method, is_authenticated)
   values ('${connection}', '${organization}', '${collection}', 'Folder', 'files', '${JSON.stringify({ path: folder })}', 'direct', true)`,
  `insert into syncs (id, organization_id, source_connection_id, run_number) values ('${sync}', '${organization}', '${connection}', 3)`,
  `insert into sync_jobs (id, organization_id, sync_id, status, trigger, run_number, is_full, entities_inserted, started_at, completed_at)
   values ('${id(7)}', '${organization}', '${sync}', 'completed', 'manual', 3, true, 500, now(), now())`,
  `insert into documents (id, organization_id, collection_id, source_connection_id, sync_id, entity_id, entity_type, name, state, error, version, chunk_count, seen_run)
   select gen_random_uuid(), '${organization}', '${collection}', '${connection}', '${sync}', 'gone' || n || '.txt', 'FileEntity', 'gone' || n || '.txt',
     case when n = 1 then 'failed' else 'indexed' end, case when n = 1 then 'could not be read' end, 1, 1, 3 from generate_series(1, 500) n`,
];

/** A data directory as the first version leaves it, or another look at one that has its schema. */
async function withFirstVersion<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  await mkdir(join(fixture.dataDirectory, 'postgres'), { recursive: true, mode: 0o700 });
  const postgres = await startEmbeddedPostgres({
    directory: join(fixture.dataDirectory, 'postgres'),
    logger: silentLogger,
  });
  try {
    await migrateDatabase(postgres.connection, { logger: silentLogger, only: firstVersion });
    const client = new pg.Client({ ...postgres.connection });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  } finally {
    await postgres.stop();
  }
}

const backups = () => join(fixture.dataDirectory, 'backups');

it('a database of the first version is backed up and migrated with all it holds, and the way back is that backup', {
  timeout: 240_000,
}, async () => {
  await fixture.write({ 'paper.txt': 'The otter sleeps.\n' });
  const count = 'select count(*)::int as count from documents';
  await withFirstVersion(async (client) => {
    for (const statement of firstRows(fixture.folder)) await client.query(statement);
  });

  const server = await fixture.start();
  const [backup, ...others] = await readdir(backups());
  expect(others).toEqual([]);
  expect(backup).toMatch(/^before-0\d{3}_\w+-\d{8}-\d{6}\.tar$/);
  expect(await server.api.get('/collections/papers')).toMatchObject({ id: collection, name: 'Some papers' });
  expect(await server.api.get('/api-keys')).toMatchObject([{ id: id(6), key_prefix: 'abcdefgh' }]);
  const documents = await listDocuments(server.api);
  expect(documents).toHaveLength(500);
  expect(documents.filter(({ state }) => state === 'failed')).toMatchObject([{ error: 'could not be read' }]);
  expect(await server.api.get(`/source-connections/${connection}/jobs`)).toMatchObject([
    { id: id(7), status: 'completed', entities_inserted: 500 },
  ]);
  // Rows of the first version's index cannot be read any more.
  await expect
    .poll(() => server.api.get('/collections/papers/reindex'), { timeout: 60_000 })
    .toMatchObject({ status: 'completed' });
  await server.api.post('/collections/papers/documents?wait=true', {
    documents: [{ id: 'pushed', name: 'Pushed', text: 'The heron of the new version.' }],
  });
  await server.api.post(`/source-connections/${connection}/run`);
  await waitForJob(server.api, connection);
  expect(await countPassages(server.api, 'otter')).toBe(1);
  expect(await server.stop()).toMatchObject({ exitCode: 0 });
  // Not again at the next start.
  await (await fixture.start()).stop();
  expect(await readdir(backups())).toEqual([backup]);

  const restored = await runWeft(['restore', join(backups(), backup ?? ''), '--json', '--force', '--keep-schema'], {
    WEFT_DATA_DIR: fixture.dataDirectory,
    LOG_LEVEL: 'warn',
  });
  expect(restored).toMatchObject({ code: 0 });
  expect(JSON.parse(restored.out)).toMatchObject({ kind: 'database', missing_records: 0 });
  // The first version's own migrations find nothing newer, and its rows are as they were.
  await withFirstVersion(async (client) => {
    expect((await client.query('select name from schema_migrations')).rows).toEqual([{ name: '0001_initial.sql' }]);
    expect((await client.query(count)).rows).toEqual([{ count: 500 }]);
    expect((await client.query('select run_number::int from syncs')).rows).toEqual([{ run_number: 3 }]);
  });

  // And forward again.
  const again = await fixture.start();
  expect(await listDocuments(again.api)).toHaveLength(500);
  await again.api.post(`/source-connections/${connection}/run`);
  await waitForJob(again.api, connection);
  expect(await countPassages(again.api, 'otter')).toBe(1);
  // What the folder no longer has is too much to be deleted without being asked.
  expect(await listDocuments(again.api)).toHaveLength(501);
  await again.stop();
});

it('an upgrade whose backup cannot be written is not begun, unless it is told to do without', {
  timeout: 120_000,
}, async () => {
  await withFirstVersion(async (client) => {
    for (const statement of firstRows(fixture.folder)) await client.query(statement);
  });
  await writeFile(backups(), 'no folder');
  const refusal: unknown = await fixture.start().catch((error: unknown) => error);
  if (!(refusal instanceof ServerStartError)) throw refusal;
  expect(refusal.output).toMatch(/Weft cannot start\. The database has to be migrated, and the backup .* failed/);
  expect(refusal.output).toContain('SKIP_MIGRATION_BACKUP=true');
  await withFirstVersion(async (client) => {
    expect((await client.query('select name from schema_migrations')).rows).toHaveLength(1);
  });
  const server = await fixture.start({ SKIP_MIGRATION_BACKUP: 'true' });
  expect(await listDocuments(server.api)).toHaveLength(500);
  expect(await readFile(backups(), 'utf8')).toBe('no folder');
  await server.stop();
});
