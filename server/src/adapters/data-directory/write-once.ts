import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

/**
 * Writes a file (mode 0600) that others may be writing at the same moment: the first one stays, and a reader sees it whole.
 *
 * @returns what the file holds now
 */
export async function writeOnce(path: string, content: string): Promise<string> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { mode: 0o600, flag: 'wx', flush: true });
    try {
      await link(temporary, path);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (code === 'EEXIST') return await readFile(path, 'utf8');
      // Some file systems have no hard links. There two writers may meet, which takes two first starts in one instant.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code)) throw error;
      await rename(temporary, path);
    }
    return content;
  } finally {
    await rm(temporary, { force: true });
  }
}
