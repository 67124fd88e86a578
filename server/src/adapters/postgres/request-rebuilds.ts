import pg from 'pg';
import { everyOrganization } from './scoped-dialect.ts';

/**
 * Lets the next runs read documents again whose records are gone.
 *
 * @param rawKeys blob keys that are not there
 */
export async function forgetRecords(connection: pg.ClientConfig, rawKeys: readonly string[]): Promise<void> {
  await withClient(connection, (client) =>
    client.query(
      `update documents set raw_key = null, entity_hash = null, content_hash = null, revision = null
       where raw_key = any($1::text[])`,
      [rawKeys],
    ),
  );
}

/** Versions that an index may hold beyond those that its database has given out. */
const versionsAhead = 1_000_000_000;

/**
 * For an index that stays while its database becomes older: the next runs read every document again, and write it under a
 * version above all that the index has.
 */
export async function forgetAllContents(connection: pg.ClientConfig): Promise<void> {
  await withClient(connection, async (client) => {
    await client.query('update documents set entity_hash = null, content_hash = null, revision = null');
    await client.query("select setval('document_versions', nextval('document_versions') + $1::bigint)", [
      versionsAhead,
    ]);
  });
}

/**
 * Lets the started server build the index of every collection from the records. Rebuilds that were under way are begun anew,
 * since what they had written is not there.
 */
export async function requestRebuilds(connection: pg.ClientConfig): Promise<void> {
  await withClient(connection, async (client) => {
    await client.query('delete from reindexed_documents');
    await client.query(
      "update reindexes set status = 'cancelled', ended_at = now() where status in ('pending', 'running')",
    );
    await client.query(
      `insert into reindexes (id, organization_id, collection_id, status, generation)
       select gen_random_uuid(), organization_id, id, 'pending',
         1 + greatest(index_generation, (select max(generation) from reindexes where collection_id = collections.id))
       from collections where deleted_at is null`,
    );
  });
}

async function withClient(connection: pg.ClientConfig, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query("select set_config('weft.organization_id', $1, false)", [everyOrganization]);
    await work(client);
  } finally {
    await client.end();
  }
}
