import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAppError } from '../../core/shared/index.ts';
import { tryDirectoryLock } from './directory-lock.ts';

/** A process locks the folder that it has made at once; a younger one may be about to. */
const lockedWithinMs = 60_000;

export interface OwnFolder {
  /** Absolute, empty but for its lock. */
  readonly path: string;
  /** Removes it. */
  release(): Promise<void>;
}

/**
 * A folder in `parent` for this process alone, where several share the data directory. What processes left there that are
 * gone is removed first: nobody holds the lock of their folder any more.
 *
 * @param minAgeMs younger folders are left alone; default 60 s
 */
export async function takeOwnFolder(parent: string, minAgeMs = lockedWithinMs): Promise<OwnFolder> {
  await mkdir(parent, { recursive: true, mode: 0o700 });
  for (const name of await readdir(parent)) await removeAbandoned(join(parent, name), minAgeMs);
  const path = join(parent, randomUUID());
  await mkdir(path, { mode: 0o700 });
  const lock = tryDirectoryLock(path, 'exclusive');
  return {
    path,
    async release() {
      lock?.release();
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function removeAbandoned(path: string, minAgeMs: number): Promise<void> {
  try {
    if (Date.now() - (await stat(path)).mtimeMs < minAgeMs) return;
    const lock = tryDirectoryLock(path, 'exclusive');
    if (lock === undefined) return;
    lock.release();
  } catch (error) {
    // Another process was faster, or it is not a folder: a file was left by a server that had the directory to itself.
    if (!isAppError(error) && (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}
