import { Kysely } from 'kysely';
import pg from 'pg';
import { AppError, type Logger, type Scope } from '../../core/shared/index.ts';
import { serverRole } from './migrate.ts';
import { ConnectionBindings, createScopedDialect, everyOrganization } from './scoped-dialect.ts';
import type { Tables } from './tables.ts';

export type Queries = Kysely<Tables>;

/** `bigint` as a number: our counters and versions stay far below 2^53. */
const int8Oid = 20;
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === int8Oid ? Number : pg.types.getTypeParser(oid, format as 'text'),
} as pg.CustomTypesConfig;

/** A pool of connections, given out per organisation. */
export class Database {
  readonly #pool: pg.Pool;
  readonly #bindings: ConnectionBindings;
  readonly #byOrganization = new Map<string, Queries>();

  constructor(pool: pg.Pool, bindings: ConnectionBindings) {
    this.#pool = pool;
    this.#bindings = bindings;
  }

  /** Queries of one organisation: row-level security hides all other rows, whatever the where clause says. */
  scoped(scope: Scope): Queries {
    return this.#queriesOf(scope.organizationId);
  }

  /** Queries across organisations, for the system's own work: finding jobs, sweeping, resolving a key. */
  system(): Queries {
    return this.#queriesOf(everyOrganization);
  }

  /** @throws when the database does not answer within 5 s */
  async ping(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new AppError('unavailable', 'The database does not answer.')), 5_000);
    });
    await Promise.race([this.#pool.query('select 1'), timeout]).finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end();
  }

  #queriesOf(organization: string): Queries {
    let queries = this.#byOrganization.get(organization);
    if (queries === undefined) {
      queries = new Kysely<Tables>({ dialect: createScopedDialect(this.#pool, this.#bindings, organization) });
      this.#byOrganization.set(organization, queries);
    }
    return queries;
  }
}

/**
 * Opens a pool on a migrated database.
 *
 * @param options.maxConnections  default 20
 * @throws AppError('unavailable') when the database cannot be reached
 */
export async function openDatabase(
  connection: pg.PoolConfig,
  options: { readonly logger: Logger; readonly maxConnections?: number },
): Promise<Database> {
  const pool = new pg.Pool({
    ...connection,
    max: options.maxConnections ?? 20,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    types,
  });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  pool.on('error', (error) => options.logger.warn({ err: error }, 'an idle database connection broke'));
  try {
    const { rows } = await pool.query<{ may_become: boolean; bypasses: boolean }>(
      `select coalesce((select pg_has_role(oid, 'member') from pg_roles where rolname = $1), false) as may_become,
              (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses`,
      [serverRole],
    );
    const role = rows[0]?.may_become ? serverRole : null;
    if (role === null && rows[0]?.bypasses) {
      options.logger.warn({ role: serverRole }, 'row-level security is not in force: the role is missing');
    }
    return new Database(pool, new ConnectionBindings(role));
  } catch (error) {
    await pool.end();
    throw new AppError('unavailable', `The database cannot be reached: ${(error as Error).message}`, { cause: error });
  }
}
