import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AppError } from '../../core/shared/index.ts';

/** Keys of 32 bytes. The first seals, all open. */
export type KeyRing = readonly [Uint8Array, ...Uint8Array[]];

const keyBytes = 32;

/**
 * The ring kept in a file of mode 0600: one key a line in base64, the first seals. Made at the first start.
 *
 * @param writeOnce writes a file that another process may be making at this moment, and gives what it then holds
 * @throws AppError('invalid_request') when the file holds something else
 */
export async function loadOrCreateKeyRing(
  path: string,
  writeOnce: (path: string, content: string) => Promise<string>,
): Promise<KeyRing> {
  try {
    return parseKeyRing(await readFile(path, 'utf8'), path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return parseKeyRing(await writeOnce(path, `${randomBytes(keyBytes).toString('base64')}\n`), path);
}

function parseKeyRing(text: string, path: string): KeyRing {
  const [first, ...rest] = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Buffer.from(line, 'base64'));
  if (first === undefined || [first, ...rest].some((key) => key.length !== keyBytes)) {
    throw new AppError(
      'invalid_request',
      `${path} does not hold keys of ${keyBytes} bytes in base64. Without it, stored credentials cannot be opened: restore it from a backup.`,
    );
  }
  return [first, ...rest];
}
