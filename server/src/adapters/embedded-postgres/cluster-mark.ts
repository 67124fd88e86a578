import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * A name that all processes of one cluster carry in their command lines (PostgreSQL's `cluster_name`), made of the
 * folder's identity on the machine rather than its path: two containers may have two folders of the same path.
 */
export async function getClusterMark(cluster: string): Promise<string> {
  const { dev, ino } = await stat(cluster, { bigint: true });
  return `weft-${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 16)}`;
}

export const anyClusterMark = /\bweft-[0-9a-f]{16}\b/;

export interface RunningProcess {
  readonly pid: number;
  /** Arguments joined with spaces. */
  readonly commandLine: string;
}

/** The living processes of this machine; those that are dead and not yet reaped have no command line and are left out. */
export async function listProcesses(): Promise<readonly RunningProcess[]> {
  if (process.platform === 'linux') return listFromProc();
  if (process.platform === 'win32') return [];
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,command='], { maxBuffer: 64 * 2 ** 20 });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(.*)$/.exec(line);
    return match === null ? [] : [{ pid: Number(match[1]), commandLine: match[2] ?? '' }];
  });
}

async function listFromProc(): Promise<readonly RunningProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const processes = await Promise.all(
    pids.map(async (pid) => {
      // A process may end between the listing and the reading.
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid, commandLine: commandLine.replaceAll('\0', ' ').trim() };
    }),
  );
  return processes.filter(({ commandLine }) => commandLine !== '');
}
