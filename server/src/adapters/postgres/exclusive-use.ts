import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { AppError, type Logger } from '../../core/shared/index.ts';

/** Any number that no other application uses as an advisory lock; beside the one of migrations. */
const serverLock = 7_236_180_002;
const retryEveryMs = 1_000;

/**
 * Keeps a database to one server: index and files lie in the server's data directory, and a second server with another one would
 * miss what the first indexes. The lock is the session's, so PostgreSQL lets go of it when the server dies. After a restart of
 * the database it is taken again.
 *
 * @param options.onLost called when another server took it meanwhile
 * @returns lets go of it
 * @throws AppError('conflict') when another server has it
 */
export async function takeDatabase(
  connection: pg.ClientConfig,
  options: { readonly logger: Logger; readonly onLost: () => void },
): Promise<() => Promise<void>> {
  let isReleased = false;
  let current = await connectAndLock();
  if (current === undefined) {
    throw new AppError(
      'conflict',
      'Another Weft server uses this database (DATABASE_URL). Stop it, or give this one a database of its own.',
    );
  }
  return async () => {
    isReleased = true;
    await current?.end();
  };

  async function connectAndLock(): Promise<pg.Client | undefined> {
    const client = new pg.Client({ ...connection, keepAlive: true });
    client.on('error', (error) => {
      options.logger.warn({ err: error }, 'the connection that holds the database broke; connecting again');
      current = undefined;
      void regain();
    });
    await client.connect();
    const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [serverLock]);
    if (rows[0]?.taken) return client;
    client.removeAllListeners('error');
    await client.end();
    return undefined;
  }

  async function regain(): Promise<void> {
    while (!isReleased) {
      try {
        current = await connectAndLock();
        if (current === undefined) options.onLost();
        return;
      } catch {
        // The database is not back yet; the break itself was logged.
        await delay(retryEveryMs);
      }
    }
  }
}
