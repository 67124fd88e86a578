import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { AppliedMigration } from '../../core/backup/index.ts';
import { AppError, type Logger } from '../../core/shared/index.ts';

/** The role that the server becomes, so that row-level security binds it even where it connects as a superuser. */
export const serverRole = 'weft_server';

/** Any number that no other application uses as an advisory lock. */
const migrationLock = 7_236_180_001;
const migrationsFolder = fileURLToPath(new URL('../../../migrations/', import.meta.url));

export interface MigrateOptions {
  readonly logger: Logger;
  /** The schema of an older version: only these files. Absent: all. */
  readonly only?: readonly string[];
  /** Called before the first change to a database that has been in use; what it throws stops the migration. */
  readonly beforeUpgrade?: (pending: readonly [string, ...string[]]) => Promise<void>;
}

/**
 * Brings a database up to the code's schema: each file of `server/migrations` once, in order, each in a transaction, all
 * under an advisory lock, so that several servers may start at once.
 *
 * @throws AppError('conflict') when the database was made by a newer version, or a released file was edited
 */
export async function migrateDatabase(connection: pg.PoolConfig, options: MigrateOptions): Promise<void> {
  const client = new pg.Client(connection);
  try {
    await client.connect();
  } catch (error) {
    throw new AppError('unavailable', `The database cannot be reached: ${(error as Error).message}`, { cause: error });
  }
  try {
    await refuseOldServer(client);
    await client.query('select pg_advisory_lock($1)', [migrationLock]);
    await client.query(
      'create table if not exists schema_migrations (name text primary key, checksum text not null, applied_at timestamptz not null default now())',
    );
    const files = await readMigrations(options.only);
    const { rows } = await client.query<{ name: string; checksum: string }>(
      'select name, checksum from schema_migrations',
    );
    const applied = new Map(rows.map((row) => [row.name, row.checksum]));
    refuseUnknown(files, applied, 'The database');
    const pending = files.filter((file) => !applied.has(file.name));
    const [next, ...later] = pending.map((file) => file.name);
    if (applied.size > 0 && next !== undefined) await options.beforeUpgrade?.([next, ...later]);
    for (const file of pending) {
      await applyMigration(client, file);
      options.logger.info({ migration: file.name }, 'database migrated');
    }
    await grantToServerRole(client, options.logger);
  } finally {
    await client.end();
  }
}

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/**
 * @param applied what a copy of a database has had
 * @throws AppError('conflict') when this version of the code cannot read it
 */
export async function requireKnownMigrations(applied: readonly AppliedMigration[]): Promise<void> {
  refuseUnknown(await readMigrations(), new Map(applied.map(({ name, checksum }) => [name, checksum])), 'The backup');
}

async function readMigrations(only?: readonly string[]): Promise<readonly Migration[]> {
  const all = (await readdir(migrationsFolder)).filter((name) => name.endsWith('.sql')).sort();
  const names = only === undefined ? all : all.filter((name) => only.includes(name));
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(`${migrationsFolder}${name}`, 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

function refuseUnknown(
  files: readonly Migration[],
  applied: ReadonlyMap<string, string>,
  what: 'The database' | 'The backup',
): void {
  const known = new Map(files.map((file) => [file.name, file.checksum]));
  const unknown = [...applied.keys()].filter((name) => !known.has(name)).sort();
  if (unknown.length > 0) {
    throw new AppError(
      'conflict',
      `${what} was made by a newer version of Weft (it has ${unknown.join(', ')}). ${newerAdvice[what]}`,
    );
  }
  for (const [name, checksum] of applied) {
    if (known.get(name) !== checksum) {
      throw new AppError('conflict', `The migration ${name} differs from the one ${what.toLowerCase()} was made with.`);
    }
  }
}

const newerAdvice = {
  'The database': 'Start that version, or give this one another database; docs/upgrade.md says how to go back.',
  'The backup': 'Restore it with that version.',
};

async function applyMigration(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.sql);
    await client.query('insert into schema_migrations (name, checksum) values ($1, $2)', [
      migration.name,
      migration.checksum,
    ]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new AppError('internal', `The migration ${migration.name} failed: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function refuseOldServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version_num') as version");
  const version = Number(rows[0]?.version ?? 0);
  if (version < 150_000) {
    throw new AppError(
      'invalid_request',
      `Weft needs PostgreSQL 15 or later; this server is ${Math.floor(version / 10_000)}.`,
    );
  }
}

const insufficientPrivilege = '42501';
const alreadyThere = new Set(['42710', '23505']);

/** Where the connecting user may not make roles, row-level security is forced on the tables' owner instead. */
async function grantToServerRole(client: pg.Client, logger: Logger): Promise<void> {
  const { rows } = await client.query('select 1 from pg_roles where rolname = $1', [serverRole]);
  try {
    if (rows.length === 0) await client.query(`create role ${serverRole} nologin`);
  } catch (error) {
    const code = (error as { code?: string }).code ?? '';
    if (code === insufficientPrivilege) {
      logger.info({ role: serverRole }, 'the database user may not create roles; row-level security binds it as owner');
      return;
    }
    // Roles belong to the whole server: another database's migration may have made it a moment ago.
    if (!alreadyThere.has(code)) throw error;
  }
  try {
    await client.query(`grant ${serverRole} to current_user`);
    await client.query(`do $$ declare place text := quote_ident(current_schema()); begin
      execute 'grant usage on schema ' || place || ' to ${serverRole}';
      execute 'grant select, insert, update, delete on all tables in schema ' || place || ' to ${serverRole}';
      execute 'grant usage on all sequences in schema ' || place || ' to ${serverRole}';
      -- Append-only: what is past its time goes in a function that runs with the owner's rights.
      if to_regclass('audit_log') is not null then execute 'revoke update, delete, truncate on audit_log from ${serverRole}'; end if;
    end $$`);
  } catch (error) {
    if ((error as { code?: string }).code !== insufficientPrivilege) throw error;
    logger.info({ role: serverRole }, 'the role could not be granted; row-level security binds the owner');
  }
}
