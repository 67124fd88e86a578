import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { chmod, lchown, readdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** How to start PostgreSQL's programs, which refuse to run as root. */
export interface UnprivilegedLaunch {
  /** Programs that run the next one in their place, with their arguments: the process keeps its id. */
  readonly wrappers: readonly string[];
  /** The user to become, where we are root and there is no user namespace. */
  readonly uid?: number;
  readonly gid?: number;
}

/** The kernel's number for nobody, in every namespace. */
const nobody = 65_534;
const userNamespace = ['unshare', '--user', `--map-user=${nobody}`, `--map-group=${nobody}`];
/**
 * The kernel sends it SIGINT, a fast and clean shutdown, when the thread that started it dies, even by SIGKILL: so start
 * it from the main thread. Linux only.
 */
const dieWithParent = ['setpriv', '--pdeathsig', 'INT'];

/**
 * As root: in a user namespace where root's files look like nobody's, so that nothing changes hands. Where that is
 * refused (containers often do), the folder is given to nobody. A folder that another user owns runs as that user.
 *
 * As a user whose number has no name (containers again), which `initdb` refuses as well: in such a namespace too.
 *
 * @param directory an existing folder; what PostgreSQL writes goes into it
 */
export async function findUnprivilegedLaunch(directory: string): Promise<UnprivilegedLaunch> {
  const endings = (await works(dieWithParent)) ? dieWithParent : [];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && hasName()) return { wrappers: endings };
  const { uid, gid } = await stat(directory);
  if (isRoot && uid !== 0) return { wrappers: endings, uid, gid };
  if (await works(userNamespace)) return { wrappers: [...userNamespace, ...endings] };
  if (!isRoot) return { wrappers: endings };
  await giveTo(nobody, directory);
  return { wrappers: endings, uid: nobody, gid: nobody };
}

/** What to add to an error where the cause may be the other user; empty where there is none. */
export function explainLaunch(launch: UnprivilegedLaunch): string {
  return launch.uid === undefined
    ? ''
    : `\nIt runs as user ${launch.uid}, since PostgreSQL refuses root: that user must be able to reach this folder and Weft's node_modules. Otherwise start Weft as an ordinary user, or set DATABASE_URL.`;
}

function hasName(): boolean {
  try {
    os.userInfo();
    return true;
  } catch {
    // That there is no entry for the number is all that it can fail with.
    return false;
  }
}

/** Starts a program in a session of its own, so that Ctrl-C in the terminal reaches only us. */
export function spawnUnprivileged(
  launch: UnprivilegedLaunch,
  program: string,
  programArguments: readonly string[],
  options: SpawnOptions,
): ChildProcess {
  const [command, ...rest] = [...launch.wrappers, program, ...programArguments];
  return spawn(command ?? program, rest, {
    detached: process.platform !== 'win32',
    windowsHide: true,
    // Nothing of ours: PGPORT, PGDATA and the like would change what the programs do.
    env: { PATH: process.env.PATH, SystemRoot: process.env.SystemRoot, TEMP: process.env.TEMP, LC_ALL: 'C', TZ: 'UTC' },
    ...(launch.uid === undefined ? {} : { uid: launch.uid, gid: launch.gid }),
    ...options,
  });
}

async function works(wrapper: readonly string[]): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const [command = '', ...rest] = wrapper;
  return new Promise((resolve) => {
    const probe = spawn(command, [...rest, 'true'], { stdio: 'ignore' });
    probe.once('error', () => resolve(false));
    probe.once('exit', (code) => resolve(code === 0));
  });
}

async function giveTo(uid: number, directory: string): Promise<void> {
  // The data directory above is closed to others; PostgreSQL must be able to pass, not to look around.
  const parent = path.dirname(directory);
  await chmod(parent, (await stat(parent)).mode | 0o011);
  for (const entry of await readdir(directory, { recursive: true }))
    await lchown(path.join(directory, entry), uid, uid);
  // Last: an interrupted hand-over starts again.
  await lchown(directory, uid, uid);
}
