import { createHash } from 'node:crypto';
import { lchown, lstat, mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { UnprivilegedLaunch } from './unprivileged-launch.ts';

/** A private folder (mode 0700) for PostgreSQL's Unix socket. */
export interface SocketDirectory {
  readonly path: string;
  /** Removes it where it lies outside the data directory. */
  remove(): Promise<void>;
}

/** Fixed, since no TCP port stands behind it: it only names the socket file. */
export const socketPort = 5432;

/** `sun_path` has 108 bytes on Linux and 104 on macOS, the closing zero included. */
const maxSocketPathBytes = process.platform === 'darwin' ? 103 : 107;

/**
 * The folder itself, or a short one in the temporary folder where the socket's path would be too long. That one is
 * named after the folder, so that the next start finds it again after a crash.
 */
export async function prepareSocketDirectory(directory: string, launch: UnprivilegedLaunch): Promise<SocketDirectory> {
  if (fits(directory)) {
    await removeSocket(directory);
    return { path: directory, remove: () => removeSocket(directory) };
  }
  const temporary = await makeShortDirectory(await realpath(directory));
  await removeSocket(temporary);
  if (launch.uid !== undefined) await lchown(temporary, launch.uid, launch.gid ?? launch.uid);
  return { path: temporary, remove: () => rm(temporary, { recursive: true, force: true }) };
}

function fits(directory: string): boolean {
  return Buffer.byteLength(path.join(directory, socketName)) <= maxSocketPathBytes;
}

const socketName = `.s.PGSQL.${socketPort}`;

/** What a killed server left: its lock file may name a process that is now another one. */
async function removeSocket(directory: string): Promise<void> {
  await rm(path.join(directory, socketName), { force: true });
  await rm(path.join(directory, `${socketName}.lock`), { force: true });
}

async function makeShortDirectory(directory: string): Promise<string> {
  const name = `weft-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;
  const parent = fits(path.join(os.tmpdir(), `${name}-123456`)) ? os.tmpdir() : '/tmp';
  const wanted = path.join(parent, name);
  try {
    await mkdir(wanted, { mode: 0o700 });
    return wanted;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Everybody may write in the temporary folder, and the name can be guessed: only our own is used.
    return (await isPrivate(wanted)) ? wanted : mkdtemp(`${wanted}-`);
  }
}

async function isPrivate(directory: string): Promise<boolean> {
  const { uid, mode, isDirectory } = await lstat(directory).then((found) => ({
    uid: found.uid,
    mode: found.mode & 0o777,
    isDirectory: found.isDirectory(),
  }));
  return isDirectory && mode === 0o700 && uid === process.getuid?.();
}
