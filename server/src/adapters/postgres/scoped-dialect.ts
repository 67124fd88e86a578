import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
  type TransactionSettings,
} from 'kysely';
import type pg from 'pg';
import { AppError } from '../../core/shared/index.ts';

/** Value of `weft.organization_id` for the system's own work across organisations. */
export const everyOrganization = '*';

/**
 * A Kysely dialect over a shared pool whose every connection is bound to one organisation by row-level security before a
 * query runs on it. The binding is a session setting, remembered per connection: while one organisation is at work, it costs
 * no round trip.
 */
export function createScopedDialect(pool: pg.Pool, bindings: ConnectionBindings, organization: string): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new ScopedDriver(pool, bindings, organization),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

/** Which organisation each open connection is bound to, and the role that row-level security binds. */
export class ConnectionBindings {
  readonly #role: string | null;
  readonly #bound = new WeakMap<pg.PoolClient, string>();

  /** @param role the role to become on each connection; null keeps the one that connected */
  constructor(role: string | null) {
    this.#role = role;
  }

  async bind(client: pg.PoolClient, organization: string): Promise<void> {
    const bound = this.#bound.get(client);
    if (bound === organization) return;
    if (bound === undefined && this.#role !== null) {
      await client.query("select set_config('role', $1, false), set_config('weft.organization_id', $2, false)", [
        this.#role,
        organization,
      ]);
    } else {
      await client.query("select set_config('weft.organization_id', $1, false)", [organization]);
    }
    this.#bound.set(client, organization);
  }
}

class ScopedDriver implements Driver {
  readonly #pool: pg.Pool;
  readonly #bindings: ConnectionBindings;
  readonly #organization: string;

  constructor(pool: pg.Pool, bindings: ConnectionBindings, organization: string) {
    this.#pool = pool;
    this.#bindings = bindings;
    this.#organization = organization;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<ScopedConnection> {
    const client = await this.#pool.connect();
    try {
      await this.#bindings.bind(client, this.#organization);
    } catch (error) {
      client.release(true);
      throw error;
    }
    return new ScopedConnection(client);
  }

  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel === undefined ? '' : ` isolation level ${settings.isolationLevel}`;
    const mode = settings.accessMode === undefined ? '' : ` ${settings.accessMode}`;
    await connection.executeQuery(CompiledQuery.raw(`start transaction${level}${mode}`));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }

  async rollbackTransaction(connection: ScopedConnection): Promise<void> {
    try {
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    } catch (error) {
      connection.isBroken = true;
      throw error;
    }
  }

  async releaseConnection(connection: ScopedConnection): Promise<void> {
    connection.client.release(connection.isBroken);
  }

  /** The pool is shared by all scopes and ended by its owner. */
  async destroy(): Promise<void> {}
}

/** Statements seen so far get a name each, so that the server parses and plans them once per connection. */
const statementNames = new Map<string, string>();
/** Bounded, since every length of a generated list is another statement. */
const maxStatementNames = 500;

/** Put before a statement whose text depends on what a user asks: it gets no name, so that it takes nobody else's. */
export const generatedStatement = sql`/* generated */`;

function nameOf(statement: string): string | undefined {
  if (statement.trimStart().startsWith('/* generated */')) return undefined;
  const known = statementNames.get(statement);
  if (known !== undefined) return known;
  if (statementNames.size >= maxStatementNames) return undefined;
  const name = `weft_${statementNames.size}`;
  statementNames.set(statement, name);
  return name;
}

/** The state in which a trigger of ours refuses what goes past a limit; its message is for the caller. */
const pastLimit = 'WF001';

function explainRefusal(error: unknown): unknown {
  if (!(error instanceof Error) || (error as Error & { code?: string }).code !== pastLimit) return error;
  return new AppError('invalid_request', error.message, { cause: error });
}

class ScopedConnection implements DatabaseConnection {
  readonly client: pg.PoolClient;
  isBroken = false;

  constructor(client: pg.PoolClient) {
    this.client = client;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const name = query.parameters.length > 0 ? nameOf(query.sql) : undefined;
    const result = await this.client
      .query({ text: query.sql, values: query.parameters as unknown[], ...(name === undefined ? {} : { name }) })
      .catch((error: unknown) => {
        throw explainRefusal(error);
      });
    // A transaction that an error has aborted answers COMMIT with ROLLBACK, without an error of its own.
    if (query.sql === 'commit' && result.command === 'ROLLBACK') throw new Error('the transaction was rolled back');
    const changes = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(result.command);
    return {
      rows: (result.rows ?? []) as R[],
      ...(changes ? { numAffectedRows: BigInt(result.rowCount ?? 0) } : {}),
    };
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator; large results are read by key range instead
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('streaming is not supported: read by key range');
  }
}
