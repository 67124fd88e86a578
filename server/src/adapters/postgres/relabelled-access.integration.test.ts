import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/test-database.ts';
import { silentLogger } from '../../core/shared/index.ts';
import { migrateDatabase } from './migrate.ts';

let database: TestDatabase;
let client: pg.Client;
const id = (number: number) => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
const document = (number: number, access: object | null) =>
  `('${id(number)}', '${id(1)}', '${id(number < 200 ? 11 : 12)}', '${id(number < 200 ? 21 : 22)}', '${id(number < 200 ? 31 : 32)}', 'e${number}',
    'FileEntity', 'd', 'indexed', 1, 'hash', ${access === null ? 'null' : `'${JSON.stringify(access)}'`})`;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
  // As it was before the migration.
  await client.query(`
    drop table group_memberships, membership_loads;
    delete from schema_migrations where name = '0010_access.sql';
    set weft.organization_id = '*';
    insert into organizations (id, name) values ('${id(1)}', 'Ours');
    insert into collections (id, organization_id, name, readable_id, index_generation, encoder_name, dimensions) values
      ('${id(11)}', '${id(1)}', 'Papers', 'papers', 3, 'none', 384), ('${id(12)}', '${id(1)}', 'Notes', 'notes', 1, 'none', 384);
    insert into source_connections (id, organization_id, collection_id, name, short_name, auth_method, is_authenticated) values
      ('${id(21)}', '${id(1)}', '${id(11)}', 'Folder', 'files', 'direct', true),
      ('${id(22)}', '${id(1)}', '${id(12)}', 'Folder', 'files', 'direct', true);
    insert into syncs (id, organization_id, source_connection_id) values
      ('${id(31)}', '${id(1)}', '${id(21)}'), ('${id(32)}', '${id(1)}', '${id(22)}');
    insert into documents (id, organization_id, collection_id, source_connection_id, sync_id, entity_id, entity_type, name,
      state, version, entity_hash, access) values
      ${document(101, { viewers: ['group:sales', 'user:Anna@Example.com', 'role:x', 'user:U1'], isPublic: false })},
      ${document(102, { viewers: ['user:anna@example.com'], isPublic: false })},
      ${document(103, null)},
      ${document(201, { viewers: ['user:anna@example.com'], isPublic: true })},
      ${document(202, { viewers: [], isPublic: false })}`);
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const rows = async (text: string) => (await client.query({ text, rowMode: 'array' })).rows;

it('documents of before get the labels that are compared now, and the index of their collection is built anew', async () => {
  await migrateDatabase(database.connection, { logger: silentLogger });
  const viewers = ['group:sales', 'user:anna@example.com', 'role:x', 'user:U1'];
  const labels = [viewers[0]?.replace('group:', `group:${id(21)}/`), ...viewers.slice(1)];
  expect(await rows('select entity_id, access, entity_hash from documents order by 1')).toEqual([
    ['e101', { viewers: labels, isPublic: false }, null],
    ['e102', { viewers: ['user:anna@example.com'], isPublic: false }, 'hash'],
    ['e103', null, 'hash'],
    ['e201', { viewers: ['user:anna@example.com'], isPublic: true }, 'hash'],
    ['e202', { viewers: [], isPublic: false }, 'hash'],
  ]);
  expect(await rows('select collection_id, status, generation from reindexes')).toEqual([[id(11), 'pending', 4]]);
  expect(await rows('select index_generation from collections order by id')).toEqual([[3], [1]]);
});

it('a rebuild that waits already does it', async () => {
  await client.query(
    `insert into reindexes (id, organization_id, collection_id, status, generation) values ('${id(41)}', '${id(1)}', '${id(11)}', 'pending', 5)`,
  );
  await migrateDatabase(database.connection, { logger: silentLogger });
  expect(await rows('select collection_id, status, generation from reindexes')).toEqual([[id(11), 'pending', 5]]);
});

it('a rebuild that is under way is begun anew, since it has written rows with the old labels', async () => {
  await client.query(`
    insert into reindexes (id, organization_id, collection_id, status, generation, attempts)
      values ('${id(41)}', '${id(1)}', '${id(11)}', 'running', 5, 1);
    insert into reindexed_documents (reindex_id, document_id, organization_id) values ('${id(41)}', '${id(101)}', '${id(1)}')`);
  await migrateDatabase(database.connection, { logger: silentLogger });
  expect(await rows('select status, generation from reindexes order by generation')).toEqual([
    ['cancelled', 5],
    ['pending', 6],
  ]);
  expect(await rows('select count(*)::int from reindexed_documents')).toEqual([[0]]);
});
