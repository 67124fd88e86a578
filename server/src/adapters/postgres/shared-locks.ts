import pg from 'pg';
import { AppError, type Logger } from '../../core/shared/index.ts';

/** Locks held or waited for at once by one process; more wait for a connection. */
const maxConnections = 8;
/** More than the longest work under a lock, which is the upkeep of a large index. */
const waitLimitMs = 15 * 60_000;
/** Keeps names apart from those of other applications in the same database. */
const seed = 7_236_180_006;

/**
 * Locks by name among all processes on a database. Each is a session's advisory lock on a connection of its own, so PostgreSQL
 * lets go of it when the process dies. When a connection breaks in the middle, the work goes on without the lock: whoever
 * relies on it for more than turns must check for itself.
 */
export class SharedLocks {
  readonly #pool: pg.Pool;

  constructor(connection: pg.PoolConfig, logger: Logger) {
    this.#pool = new pg.Pool({ ...connection, max: maxConnections, keepAlive: true, idleTimeoutMillis: 60_000 });
    this.#pool.on('error', (error) => {
      if (!this.#pool.ending) logger.warn({ err: error }, 'an idle connection for locks broke');
    });
    this.#pool.on('connect', (client) => {
      client.on('error', () => undefined);
      // Ahead of every other query of the connection; if this fails, so does the one behind it.
      client.query(`set lock_timeout = ${waitLimitMs}`).catch(() => undefined);
    });
  }

  /**
   * Works while no other process holds the name, waiting for it.
   *
   * @throws AppError('unavailable') when another holds it for too long
   */
  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      await client.query('select pg_advisory_lock(hashtextextended($1, $2))', [name, seed]);
    } catch (error) {
      client.release(true);
      const lockNotAvailable = '55P03';
      if ((error as { code?: string }).code !== lockNotAvailable) throw error;
      throw new AppError('unavailable', 'Another process works on the same for too long. Try again.', {
        cause: error,
        details: { lock: name },
      });
    }
    return this.#workAndRelease(client, name, work);
  }

  /** Works if no other process holds the name; undefined when one does. */
  async tryRun<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    const client = await this.#pool.connect();
    const isTaken = await tryLock(client, name).catch((error: unknown) => {
      client.release(true);
      throw error;
    });
    if (isTaken) return this.#workAndRelease(client, name, work);
    client.release();
    return undefined;
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #workAndRelease<T>(client: pg.PoolClient, name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      await unlock(client, name).then(
        () => client.release(),
        // With the connection goes the lock.
        () => client.release(true),
      );
    }
  }
}

/** For locks held on one connection for as long as it lives. */
export async function tryLock(client: pg.ClientBase, name: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, $2)) as taken',
    [name, seed],
  );
  return rows[0]?.taken === true;
}

export async function unlock(client: pg.ClientBase, name: string): Promise<void> {
  await client.query('select pg_advisory_unlock(hashtextextended($1, $2))', [name, seed]);
}
