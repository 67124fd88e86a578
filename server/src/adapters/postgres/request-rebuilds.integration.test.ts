import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import { forgetAllContents, forgetRecords, requestRebuilds } from './request-rebuilds.ts';

let database: TestDatabase;
let client: pg.Client;
const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
  await client.query(`
    set weft.organization_id = '*';
    insert into organizations (id, name) values ('${id(1)}', 'Ours'), ('${id(2)}', 'Theirs');
    insert into collections (id, organization_id, name, readable_id, index_generation, encoder_name, dimensions, deleted_at) values
      ('${id(11)}', '${id(1)}', 'Papers', 'papers', 3, 'none', 384, null),
      ('${id(12)}', '${id(2)}', 'Papers', 'their-papers', 1, 'none', 384, null),
      ('${id(13)}', '${id(2)}', 'Gone', 'gone', 1, 'none', 384, now());
    insert into source_connections (id, organization_id, collection_id, name, short_name, auth_method, is_authenticated)
      values ('${id(21)}', '${id(1)}', '${id(11)}', 'Folder', 'files', 'direct', true);
    insert into syncs (id, organization_id, source_connection_id) values ('${id(31)}', '${id(1)}', '${id(21)}');
    insert into documents (id, organization_id, collection_id, source_connection_id, sync_id, entity_id, entity_type, name,
      state, version, entity_hash, content_hash, revision, raw_key)
    select ('00000000-0000-4000-8000-00000000010' || n)::uuid, '${id(1)}', '${id(11)}', '${id(21)}', '${id(31)}', 'e' || n, 'FileEntity', 'd',
      'indexed', n, 'entity', 'content', 'revision', 'raw/' || n from generate_series(1, 3) n`);
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const rows = async (text: string) => (await client.query({ text, rowMode: 'array' })).rows;

it('every living collection is rebuilt in a generation that nobody has used, whoever was rebuilding it', async () => {
  await client.query(`
    insert into reindexes (id, organization_id, collection_id, status, generation) values
      ('${id(41)}', '${id(1)}', '${id(11)}', 'running', 7), ('${id(42)}', '${id(1)}', '${id(11)}', 'completed', 2);
    insert into reindexed_documents (reindex_id, document_id, organization_id) values ('${id(41)}', '${id(101)}', '${id(1)}')`);
  await requestRebuilds(database.connection);
  expect(await rows("select collection_id, generation from reindexes where status = 'pending' order by 1")).toEqual([
    [id(11), 8],
    [id(12), 2],
  ]);
  expect(await rows(`select status, ended_at is not null from reindexes where id = '${id(41)}'`)).toEqual([
    ['cancelled', true],
  ]);
  expect(await rows('select count(*)::int from reindexed_documents')).toEqual([[0]]);
});

const known = 'select entity_id, raw_key, entity_hash, content_hash, revision from documents order by 1';
const kept = (number: number) => [`e${number}`, `raw/${number}`, 'entity', 'content', 'revision'];

it('documents whose records are gone are read again, and no others', async () => {
  await forgetRecords(database.connection, ['raw/2', 'raw/of-nobody']);
  expect(await rows(known)).toEqual([kept(1), ['e2', null, null, null, null], kept(3)]);
});

it('for an index that is newer, all are read again, under versions above all that it has', async () => {
  await forgetAllContents(database.connection);
  expect(await rows(known)).toEqual([1, 2, 3].map((number) => [`e${number}`, `raw/${number}`, null, null, null]));
  const [[version] = []] = await rows("select nextval('document_versions')::int");
  expect(version).toBeGreaterThan(1_000_000_000);
});
