import pg from 'pg';
import type { AppliedMigration, DatabaseSnapshot, SequenceValue } from '../../core/backup/index.ts';
import { AppError, toMessage } from '../../core/shared/index.ts';
import { everyOrganization } from './scoped-dialect.ts';

/** Rows are fetched in batches of about this size; a single larger row makes a batch of its own. */
const batchBytes = 1024 * 1024;
const sizesAtOnce = 1_000;

/** Columns of these names hold keys of blobs; what waits to be dropped is no longer needed. */
const blobColumns = ['raw_key', 'blob_key'];
const tablesWithoutBlobs = ['index_drops'];

/**
 * Opens a snapshot on a connection of its own: one read-only transaction, so every table is of the same moment. PostgreSQL
 * keeps what it sees from being vacuumed, so close it soon.
 */
export async function openDatabaseSnapshot(connection: pg.ClientConfig): Promise<DatabaseSnapshot> {
  const client = new pg.Client(connection);
  // A connection that breaks is told by the query that meets it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin transaction isolation level repeatable read read only');
    // Cursors of the sizes and of the rows have to come by in the same order.
    await client.query('set local synchronize_seqscans = off; set local timezone = utc');
    await client.query("select set_config('weft.organization_id', $1, true)", [everyOrganization]);
    return await readSnapshot(client);
  } catch (error) {
    await client.end();
    throw new AppError('unavailable', `The database cannot be copied: ${toMessage(error)}`, { cause: error });
  }
}

async function readSnapshot(client: pg.Client): Promise<DatabaseSnapshot> {
  const migrations = await client.query<AppliedMigration>('select name, checksum from schema_migrations order by name');
  const size = await client.query<{ bytes: string }>('select pg_database_size(current_database())::text as bytes');
  const tables = (await listTables(client)).filter((table) => table !== 'schema_migrations');
  return {
    migrations: migrations.rows,
    tables,
    sizeBytes: Number(size.rows[0]?.bytes ?? 0),
    readRows: (table) => readRows(client, table),
    readBlobKeys: () => readBlobKeys(client),
    readSequences: async () => {
      const { rows } = await client.query<SequenceValue>(
        `select sequencename as name, last_value::text as value from pg_sequences
         where schemaname = current_schema() and last_value is not null order by sequencename`,
      );
      return rows;
    },
    close: () => client.end(),
  };
}

/** The tables of the schema, without partitions, which their table stands for. */
export async function listTables(client: pg.ClientBase): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = (select oid from pg_namespace where nspname = current_schema())
       and relkind in ('r', 'p') and not relispartition order by relname`,
  );
  return rows.map((row) => row.name);
}

/** A first cursor says how much each row weighs, so that the second never fetches more than fits. */
async function* readRows(client: pg.Client, table: string): AsyncGenerator<readonly string[]> {
  const from = `from ${pg.escapeIdentifier(table)} as weft_row`;
  await client.query(
    `declare sizes no scroll cursor for select octet_length(to_jsonb(weft_row)::text) as bytes ${from}`,
  );
  await client.query(`declare lines no scroll cursor for select to_jsonb(weft_row)::text as line ${from}`);
  for (;;) {
    const sizes = await client.query<{ bytes: number }>(`fetch ${sizesAtOnce} from sizes`);
    if (sizes.rows.length === 0) break;
    for (const count of batchCounts(sizes.rows.map((row) => row.bytes))) {
      const { rows } = await client.query<{ line: string }>(`fetch ${count} from lines`);
      yield rows.map((row) => row.line);
    }
  }
  await client.query('close sizes; close lines');
}

function batchCounts(sizes: readonly number[]): readonly number[] {
  const counts: number[] = [];
  let count = 0;
  let bytes = 0;
  for (const size of sizes) {
    if (count > 0 && bytes + size > batchBytes) {
      counts.push(count);
      count = 0;
      bytes = 0;
    }
    count += 1;
    bytes += size;
  }
  return count === 0 ? counts : [...counts, count];
}

async function* readBlobKeys(client: pg.Client): AsyncGenerator<readonly string[]> {
  const columns = await client.query<{ table_name: string; column_name: string }>(
    `select table_name, column_name from information_schema.columns
     where table_schema = current_schema() and column_name = any($1) and table_name <> all($2) order by 1, 2`,
    [blobColumns, tablesWithoutBlobs],
  );
  for (const { table_name: table, column_name: name } of columns.rows) {
    const column = pg.escapeIdentifier(name);
    const keys = `select ${column} as key from ${pg.escapeIdentifier(table)} where ${column} is not null`;
    await client.query(`declare keys no scroll cursor for ${keys}`);
    for (;;) {
      const { rows } = await client.query<{ key: string }>('fetch 5000 from keys');
      if (rows.length === 0) break;
      yield rows.map((row) => row.key);
    }
    await client.query('close keys');
  }
}
