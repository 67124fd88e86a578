import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError, toMessage } from '../../core/shared/index.ts';

/**
 * The lock is an open transaction on an empty SQLite file: a writing one holds it alone, reading ones share it. Node has no call for file locks, and SQLite holds the one
 * kind that fits on every platform: taken atomically, let go of by the kernel at death, seen by other containers that
 * mount the same folder. Not chosen: a listening Unix socket, since to replace a stale one takes an unlink that two
 * starters can do to each other, and its path may be too long; an abstract socket, which is Linux only and invisible
 * in another network namespace. Never open the `lock` file by other means: POSIX drops a process's locks on a file
 * when it closes any descriptor of it.
 */
export interface DirectoryLock {
  release(): void;
}

/** `shared`: any number of processes at once, none of them `exclusive`. */
export type LockMode = 'exclusive' | 'shared';

/** A killed process needs a moment to die: its memory is taken apart before its files are closed. */
const patienceMs = 2_000;
const sqliteBusy = 5;
/** A reading transaction begins with its first read. */
const beginning = { exclusive: 'begin exclusive', shared: 'begin; select count(*) from sqlite_master' } as const;

/** @throws AppError('conflict') when another process is in the way; AppError('invalid_request') when there is no locking */
export async function takeDirectoryLock(directory: string, mode: LockMode): Promise<DirectoryLock> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const lock = tryDirectoryLock(directory, mode);
    if (lock !== undefined) {
      nameHolder(directory);
      return lock;
    }
    if (Date.now() > deadline) throw refusal(directory);
    await delay(50);
  }
}

/** Undefined when another process is in the way. @throws AppError('invalid_request') when there is no locking */
export function tryDirectoryLock(directory: string, mode: LockMode): DirectoryLock | undefined {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path.join(directory, 'lock'), { timeout: 0 });
    // Nothing is ever written; without this a journal file would be made, and a killed holder would leave it.
    database.exec(`pragma journal_mode = memory; ${beginning[mode]}`);
    const opened = database;
    return {
      release: () => {
        if (opened.isOpen) opened.close();
      },
    };
  } catch (error) {
    database?.close();
    // Extended result codes keep the kind of the error in the low byte.
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === sqliteBusy) return undefined;
    throw new AppError(
      'invalid_request',
      `The data directory ${directory} cannot be locked: ${toMessage(error)}. Its file system must support file locks, and this user must be allowed to write it; otherwise set WEFT_DATA_DIR to another folder.`,
      { cause: error },
    );
  }
}

/** Tells people who has the lock; nothing is decided by it. */
function nameHolder(directory: string): void {
  try {
    writeFileSync(holderFile(directory), `${process.pid}\n`, { mode: 0o600 });
  } catch {
    // A full disk costs the next refusal its process number, not this start.
  }
}

function refusal(directory: string): AppError {
  const holder = findHolder(directory);
  return new AppError(
    'conflict',
    `The data directory ${directory} is in use by ${holder === undefined ? 'another process' : `process ${holder}`}. Stop that one first, or set WEFT_DATA_DIR to another folder.`,
    { details: { directory, ...(holder === undefined ? {} : { pid: holder }) } },
  );
}

/** The process that wrote its number last, if it lives: one in another container has another number here. */
function findHolder(directory: string): number | undefined {
  try {
    const pid = Number(readFileSync(holderFile(directory), 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
  } catch {
    // Not written yet, or not readable: the message does without a number.
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function holderFile(directory: string): string {
  return path.join(directory, 'lock-holder');
}
