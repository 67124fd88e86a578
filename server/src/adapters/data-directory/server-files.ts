import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the machine's own tools find the server that uses a data directory, and what they show it. */
const serverFile = 'server.json';
const tokenFile = 'operator-token';

/** Writes `server.json`: `{ url, pid, started_at }`, mode 0600. */
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
  try {
    const token = (await readFile(path, 'utf8')).trim();
    if (token.length >= 32) return token;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await writeWhole(path, `${fresh}\n`);
  return fresh;
}

/** A reader sees the old or the new file, never half of one. */
async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  await writeFile(temporary, content, { mode: 0o600 });
  await rename(temporary, path);
}
