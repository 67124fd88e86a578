import { statfs } from 'node:fs/promises';
import { AppError } from '../../core/shared/index.ts';

/** What has to stay free for the server itself. */
const reserveBytes = 64 * 1024 * 1024;

/**
 * Compressed rows take a fraction of what the database takes; half of it is asked for.
 *
 * @throws AppError('unavailable') that says how much is missing
 */
export async function requireSpace(folder: string, databaseBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const needed = Math.ceil(databaseBytes / 2) + reserveBytes;
  if (free >= needed) return;
  const megabytes = (bytes: number) => `${Math.ceil(bytes / 1_000_000).toLocaleString('en')} MB`;
  throw new AppError(
    'unavailable',
    `There is too little room for a copy of the database in ${folder}: ${megabytes(free)} free, ${megabytes(needed)} needed. Free some space and try again.`,
  );
}
