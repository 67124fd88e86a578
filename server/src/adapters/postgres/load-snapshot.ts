import pg from 'pg';
import type { SequenceValue } from '../../core/backup/index.ts';
import { AppError, toMessage } from '../../core/shared/index.ts';
import { listTables } from './open-snapshot.ts';
import { everyOrganization } from './scoped-dialect.ts';

/** Fills a database; see `loadSnapshot`. */
export interface SnapshotLoader {
  /** @param lines rows as a snapshot gives them. @throws AppError('invalid_request') for a table that is not there */
  insertRows(table: string, lines: readonly string[]): Promise<void>;
  setSequences(sequences: readonly SequenceValue[]): Promise<void>;
}

/**
 * Fills a database, whose schema is the snapshot's, in one transaction: all of it is there afterwards, or nothing. Foreign
 * keys are taken off meanwhile and put back at the end, which checks them; triggers do not fire.
 *
 * @throws what `fill` throws; AppError('conflict') when the database is in use already
 */
export async function loadSnapshot(
  connection: pg.ClientConfig,
  fill: (loader: SnapshotLoader) => Promise<void>,
): Promise<void> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    await client.query("select set_config('weft.organization_id', $1, true)", [everyOrganization]);
    const tables = (await listTables(client)).filter((table) => table !== 'schema_migrations');
    const foreignKeys = await listForeignKeys(client);
    for (const { table, name } of foreignKeys) await client.query(`alter table ${table} drop constraint ${name}`);
    for (const table of tables.map((name) => pg.escapeIdentifier(name))) {
      await client.query(`alter table ${table} disable trigger user`);
      // What migrations put in by themselves is in the snapshot too.
      await client.query(`delete from ${table}`);
    }
    await fill(createLoader(client, new Set(tables)));
    for (const table of tables) await client.query(`alter table ${pg.escapeIdentifier(table)} enable trigger user`);
    for (const { table, name, definition } of foreignKeys) {
      await client.query(`alter table ${table} add constraint ${name} ${definition}`);
    }
    await client.query('commit');
    // Otherwise the first queries are planned as if the tables were empty.
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

function createLoader(client: pg.Client, tables: ReadonlySet<string>): SnapshotLoader {
  const statements = new Map<string, string>();
  return {
    async insertRows(table, lines) {
      if (!tables.has(table)) {
        throw new AppError('invalid_request', `The backup has rows of a table that does not exist: '${table}'.`);
      }
      const statement = statements.get(table) ?? (await toInsert(client, table));
      statements.set(table, statement);
      try {
        await client.query(statement, [`[${lines.join(',')}]`]);
      } catch (error) {
        throw new AppError('invalid_request', `The backup's table '${table}' cannot be read: ${toMessage(error)}`, {
          cause: error,
        });
      }
    },
    async setSequences(sequences) {
      for (const { name, value } of sequences) {
        await client.query('select setval($1::regclass, $2::bigint)', [pg.escapeIdentifier(name), value]);
      }
    },
  };
}

/** All columns but those that the database computes. */
async function toInsert(client: pg.Client, table: string): Promise<string> {
  const name = pg.escapeIdentifier(table);
  const { rows } = await client.query<{ column: string }>(
    `select quote_ident(attname) as column from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [name],
  );
  const columns = rows.map((row) => row.column).join(', ');
  return `insert into ${name} (${columns}) overriding system value
    select ${columns} from json_populate_recordset(null::${name}, $1::json)`;
}

interface ForeignKey {
  /** All three ready to stand in a statement. */
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

async function listForeignKeys(client: pg.Client): Promise<readonly ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(
    `select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
     from pg_constraint
     where contype = 'f' and conparentid = 0
       and connamespace = (select oid from pg_namespace where nspname = current_schema())`,
  );
  return rows;
}

/** True when nobody has kept anything in the database yet; its tables may be there. */
export async function isEmptyDatabase(connection: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(connection);
  client.on('error', () => undefined);
  try {
    await client.connect();
    const tables = await listTables(client);
    if (!tables.includes('organizations'))
      return tables.length === 0 || tables.every((name) => name === 'schema_migrations');
    await client.query("select set_config('weft.organization_id', $1, false)", [everyOrganization]);
    const { rows } = await client.query('select 1 from organizations limit 1');
    return rows.length === 0;
  } catch (error) {
    throw new AppError('unavailable', `The database cannot be reached: ${toMessage(error)}`, { cause: error });
  } finally {
    await client.end();
  }
}
