import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, type Logger } from '../../core/shared/index.ts';
import { anyClusterMark, listProcesses } from './cluster-mark.ts';

/**
 * What an earlier server left on a cluster's folder. The caller holds the data directory, so a PostgreSQL that still
 * runs on it has outlived its server.
 */
export interface PostmasterFile {
  readonly pid: number;
  /** `starting`, `ready`, `stopping` or the like; empty in the first moments. */
  readonly status: string;
}

const fastShutdownMs = 5_000;
const immediateShutdownMs = 10_000;

/** `postmaster.pid`: line 1 is the process, line 8 what it is doing. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), status: lines[7]?.trim() ?? '' };
}

/**
 * Ends a PostgreSQL that outlived its server: politely first, then at once; both keep every commit.
 * Returns when no process of the cluster lives.
 *
 * @throws AppError('conflict') when it does not end
 */
export async function endPredecessor(
  cluster: string,
  mark: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const since = Date.now();
  let sent: NodeJS.Signals | undefined;
  for (;;) {
    const file = await readPostmasterFile(cluster);
    if (file === undefined) return;
    const alive = (await listProcesses()).filter(({ commandLine }) => commandLine.includes(mark));
    if (alive.length === 0) return;
    const waitedMs = Date.now() - since;
    const next = waitedMs < fastShutdownMs ? 'SIGINT' : 'SIGQUIT';
    // Without a postmaster the rest notices and ends by itself.
    if (sent !== next && alive.some(({ pid }) => pid === file.pid)) {
      logger.warn({ pid: file.pid, signal: next }, 'ending a PostgreSQL that outlived its server');
      sendSignal(file.pid, next);
      sent = next;
    }
    if (waitedMs > fastShutdownMs + immediateShutdownMs) {
      throw new AppError(
        'conflict',
        `A PostgreSQL from an earlier start still runs on ${cluster} (process ${alive.map(({ pid }) => pid).join(', ')}) and does not end. End it, then start again.`,
      );
    }
    await delay(20, undefined, { signal });
  }
}

/**
 * Removes a `postmaster.pid` that PostgreSQL takes for a living server's though it is not: its process number belongs
 * to a dead process that nobody has reaped, or by now to another program. PostgreSQL itself can only ask whether the
 * number is in use. Does nothing where it might be a server on this folder.
 */
export async function removeStalePostmasterFile(cluster: string, mark: string, logger: Logger): Promise<void> {
  // Where processes cannot be listed nothing can be told apart.
  const processes = await listProcesses();
  const file = await readPostmasterFile(cluster);
  if (file === undefined || processes.length === 0) return;
  const named = processes.find(({ pid }) => pid === file.pid)?.commandLine ?? '';
  const isOther = !named.includes('postgres') || (anyClusterMark.test(named) && !named.includes(mark));
  if (!isOther || processes.some(({ commandLine }) => commandLine.includes(mark))) return;
  logger.warn({ pid: file.pid }, 'removing the postmaster.pid of a PostgreSQL that is dead');
  await rm(path.join(cluster, 'postmaster.pid'), { force: true });
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended by itself in the meantime.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
