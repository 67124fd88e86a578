import { constants } from 'node:fs';
import { access, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError, toMessage } from '../../core/shared/index.ts';
import { type LockMode, takeDirectoryLock } from './directory-lock.ts';

/** The folder that holds everything a server keeps. */
export interface DataDirectory {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** The absolute path of a folder in it, made (mode 0700) when it is missing. `name` is one path segment. */
  subdirectory(name: string): Promise<string>;
  /** Lets another process in; the folder stays. May be called twice. */
  release(): void;
}

/**
 * Creates the folder (mode 0700) where it is missing and takes it for this process. The operating system lets go of it
 * when the process dies, however it dies, so that a start right after SIGKILL works.
 *
 * @param mode `exclusive` by default; `shared` where the processes meet in a database of the operator's
 * @throws AppError('conflict') when another process has it; AppError('invalid_request') when it cannot be used
 */
export async function openDataDirectory(directory: string, mode: LockMode = 'exclusive'): Promise<DataDirectory> {
  const resolved = await prepare(path.resolve(directory));
  const lock = await takeDirectoryLock(resolved, mode);
  return {
    path: resolved,
    async subdirectory(name) {
      if (name !== path.basename(name) || name === '' || name === '.' || name === '..') {
        throw new AppError('internal', `"${name}" is not the name of a folder in the data directory.`);
      }
      const folder = path.join(resolved, name);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return folder;
    },
    release: () => lock.release(),
  };
}

async function prepare(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    return await realpath(directory);
  } catch (error) {
    throw new AppError(
      'invalid_request',
      `The data directory ${directory} cannot be used: ${toMessage(error)}. Make it a folder that this user may write, or set WEFT_DATA_DIR to another one.`,
      { cause: error },
    );
  }
}
