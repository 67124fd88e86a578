import { createHash } from 'node:crypto';
import type pg from 'pg';
import { AppError, type Logger } from '../../core/shared/index.ts';
import { useLock } from './exclusive-use.ts';
import { holdSession } from './held-session.ts';

/** Servers at work, by data directory: the first half of a lock's key, the second is the directory's. */
const serversLock = 723_618_004;
/** Held for the moment in which a server looks who else is there. */
const joiningLock = 7_236_180_005;

/** A server's part in a database that several servers may use. */
export interface DatabaseUse {
  /** Other servers that have joined. */
  countOthers(): Promise<number>;
  /**
   * Joins those at work.
   *
   * @throws AppError('conflict') when they have another data directory: each would miss what the other indexes
   */
  join(directoryId: string): Promise<void>;
  release(): Promise<void>;
}

/**
 * Enters a database as one of several servers.
 *
 * @param options.onLost called when it cannot be entered again after the connection broke
 * @throws AppError('conflict') while a backup is restored into it, or a server of a version that shares nothing uses it
 */
export async function enterDatabase(
  connection: pg.ClientConfig,
  options: { readonly logger: Logger; readonly onLost: () => void },
): Promise<DatabaseUse> {
  let joinedKey: number | undefined;
  const session = await holdSession(connection, {
    ...options,
    async acquire(client) {
      const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock_shared($1) as taken', [
        useLock,
      ]);
      return rows[0]?.taken === true && (joinedKey === undefined || (await tryJoin(client, joinedKey)));
    },
  });
  if (session === undefined) {
    throw new AppError(
      'conflict',
      'The database of DATABASE_URL is in use by a restore, or by a Weft server of an older version. Wait for its end, or stop it.',
    );
  }
  const connected = (): pg.Client => {
    if (session.client === undefined) throw new AppError('unavailable', 'The connection to the database broke.');
    return session.client;
  };
  return {
    async countOthers() {
      const { rows } = await connected().query<{ count: string }>(`select count(*) ${joined}`, [serversLock]);
      return Number(rows[0]?.count);
    },
    async join(directoryId) {
      const key = createHash('sha256').update(directoryId).digest().readUInt32BE() >>> 1;
      if (!(await tryJoin(connected(), key))) {
        throw new AppError(
          'conflict',
          'Another Weft server uses this database (DATABASE_URL) with another data directory. Give this one the same directory (WEFT_DATA_DIR), or a database of its own.',
        );
      }
      joinedKey = key;
    },
    release: () => session.release(),
  };
}

const joined = `from pg_locks where locktype = 'advisory' and granted and classid = $1 and objsubid = 2
  and database = (select oid from pg_database where datname = current_database()) and pid <> pg_backend_pid()`;

async function tryJoin(client: pg.Client, key: number): Promise<boolean> {
  await client.query('select pg_advisory_lock($1)', [joiningLock]);
  try {
    const { rows } = await client.query(`select 1 ${joined} and objid <> $2 limit 1`, [serversLock, key]);
    if (rows.length > 0) return false;
    await client.query('select pg_advisory_lock_shared($1, $2)', [serversLock, key]);
    return true;
  } finally {
    await client.query('select pg_advisory_unlock($1)', [joiningLock]);
  }
}
