import { type RawBuilder, sql } from 'kysely';
import pg from 'pg';
import { AppError } from '../../core/shared/index.ts';

/** Any number that no other application uses as an advisory lock; beside those of migrations and of the server. */
const dropsLock = 7_236_180_003;

/**
 * Part of a where clause: false while a backup copies blobs. What waits to be removed then waits longer, and is found
 * again by the sweep. Asked once a statement; a statement that was faster has seen only what no later snapshot names.
 */
export const mayDrop: RawBuilder<boolean> = sql<boolean>`(select pg_try_advisory_xact_lock_shared(${sql.lit(dropsLock)}))`;

/**
 * Keeps every process on this database from removing blobs and superseded rows. The lock is the session's, so it goes when
 * this process dies.
 *
 * @returns lets go of it
 * @throws AppError('conflict') while another backup holds it
 */
export async function holdDrops(connection: pg.ClientConfig): Promise<() => Promise<void>> {
  const client = new pg.Client({ ...connection, keepAlive: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await takeLock(client);
  } catch (error) {
    await client.end();
    throw error;
  }
  return () => client.end();
}

/** Statements hold their share for a moment only: who holds it longer is another backup. */
async function takeLock(client: pg.Client): Promise<void> {
  try {
    await client.query("set lock_timeout = '5s'");
    await client.query('select pg_advisory_lock($1)', [dropsLock]);
  } catch (error) {
    const lockNotAvailable = '55P03';
    if ((error as { code?: string }).code !== lockNotAvailable) throw error;
    throw new AppError('conflict', 'Another backup is being made. Wait until it is done, and try again.', {
      cause: error,
    });
  }
}
