import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeOnce } from './write-once.ts';

/** Where the machine's own tools find the server that uses a data directory, and what they show it. */
const serverFile = 'server.json';
const tokenFile = 'operator-token';
const idFile = 'directory-id';

/** Writes `server.json`: `{ url, pid, started_at }`, mode 0600. Of several servers the last to start is found. */
export async function announceServer(directory: string, url: string): Promise<void> {
  const announcement = { url, pid: process.pid, started_at: new Date().toISOString() };
  await writeWhole(join(directory, serverFile), `${JSON.stringify(announcement)}\n`);
}

/**
 * The secret of the machine's own tools: whoever can read the data directory acts as its owner. Made once, mode 0600.
 * @param fresh used when there is none yet
 */
export async function createOperatorToken(directory: string, fresh: string): Promise<string> {
  const path = join(directory, tokenFile);
  const token = (await readOrWrite(path, fresh)).trim();
  if (token.length >= 32) return token;
  await writeWhole(path, `${fresh}\n`);
  return fresh;
}

/** Tells this data directory from every other, for processes that share it. Made once. */
export async function createDirectoryId(directory: string): Promise<string> {
  return (await readOrWrite(join(directory, idFile), randomUUID())).trim();
}

async function readOrWrite(path: string, fresh: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return writeOnce(path, `${fresh}\n`);
  }
}

/** A reader sees the old or the new file, never half of one. */
async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}
