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

/**
 * Connections, given out per organisation. The system's own work has a pool of its own: on a shared one, each request (whose key
 * is looked up across organisations, and whose rest is scoped) would bind a connection to and fro, which halved throughput.
 */
export class Database {
  readonly #pools: { readonly scoped: pg.Pool; readonly system: pg.Pool };
  readonly #bindings: ConnectionBindings;
  readonly #byOrganization = new Map<string, Queries>();

  constructor(pools: { readonly scoped: pg.Pool; readonly system: pg.Pool }, bindings: ConnectionBindings) {
    this.#pools = pools;
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
    await Promise.race([this.#pools.scoped.query('select 1'), timeout]).finally(() => clearTimeout(timer));
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#pools).map((pool) => (pool.ending ? undefined : pool.end())));
  }

  #queriesOf(organization: string): Queries {
    let queries = this.#byOrganization.get(organization);
    if (queries === undefined) {
      const pool = organization === everyOrganization ? this.#pools.system : this.#pools.scoped;
      queries = new Kysely<Tables>({ dialect: createScopedDialect(pool, this.#bindings, organization) });
      this.#byOrganization.set(organization, queries);
    }
    return queries;
  }
}

/**
 * Opens a migrated database.
 *
 * @param options.maxConnections  in all, at least 4; default 20, of which a quarter is for the system's own work
 * @throws AppError('unavailable') when the database cannot be reached
 */
export async function openDatabase(
  connection: pg.PoolConfig,
  options: { readonly logger: Logger; readonly maxConnections?: number },
): Promise<Database> {
  const max = options.maxConnections ?? 20;
  const systemMax = Math.max(2, Math.floor(max / 4));
  const pools = {
    scoped: openPool(connection, max - systemMax, options.logger),
    system: openPool(connection, systemMax, options.logger),
  };
  try {
    return new Database(pools, new ConnectionBindings(await findServerRole(pools.system, options.logger)));
  } catch (error) {
    await Promise.all(Object.values(pools).map((pool) => pool.end()));
    throw new AppError('unavailable', `The database cannot be reached: ${(error as Error).message}`, { cause: error });
  }
}

function openPool(connection: pg.PoolConfig, max: number, logger: Logger): pg.Pool {
  const pool = new pg.Pool({ ...connection, max, connectionTimeoutMillis: 10_000, idleTimeoutMillis: 60_000, types });
  // An idle connection that breaks is replaced at its next use; without a listener it would end the process.
  // While the pool ends, its last connections may meet the end of the server: nothing to tell.
  pool.on('error', (error) => {
    if (!pool.ending) logger.warn({ err: error }, 'an idle database connection broke');
  });
  // The pool listens to idle connections only. One that breaks in use tells so by its query; its event must not end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** The role to become on each connection, or null where there is none to become. */
async function findServerRole(pool: pg.Pool, logger: Logger): Promise<string | null> {
  const { rows } = await pool.query<{ may_become: boolean; bypasses: boolean }>(
    `select coalesce((select pg_has_role(oid, 'member') from pg_roles where rolname = $1), false) as may_become,
            (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses`,
    [serverRole],
  );
  if (rows[0]?.may_become) return serverRole;
  if (rows[0]?.bypasses) logger.warn({ role: serverRole }, 'row-level security is not in force: the role is missing');
  return null;
}
