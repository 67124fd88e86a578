import type pg from 'pg';
import { AppError, type Logger } from '../../core/shared/index.ts';
import { holdSession } from './held-session.ts';

/** Any number that no other application uses as an advisory lock; beside the one of migrations. Servers share it. */
export const useLock = 7_236_180_002;

/**
 * Keeps every server out of a database, for work that must not meet one, such as restoring a backup.
 *
 * @param options.onLost called when a server took it while the connection was broken
 * @returns lets go of it
 * @throws AppError('conflict') while a server uses it
 */
export async function takeDatabase(
  connection: pg.ClientConfig,
  options: { readonly logger: Logger; readonly onLost: () => void },
): Promise<() => Promise<void>> {
  const session = await holdSession(connection, {
    ...options,
    async acquire(client) {
      const { rows } = await client.query<{ taken: boolean }>('select pg_try_advisory_lock($1) as taken', [useLock]);
      return rows[0]?.taken === true;
    },
  });
  if (session === undefined) {
    throw new AppError(
      'conflict',
      'Another Weft server uses this database (DATABASE_URL). Stop it, or name another database here.',
    );
  }
  return () => session.release();
}
