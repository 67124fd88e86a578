import { constants } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { SourceError } from '../../connector-kit/index.ts';
import { type BytePath, isInside, toDisplayText, toFsPath } from './byte-path.ts';
import { describeFsError, fsErrorCode, isGone } from './fs-error.ts';
import { type OpenRoot, realBytePath } from './open-root.ts';

const chunkBytes = 64 * 1024;

/**
 * Opens a file that a walk found and streams it from the beginning. What was opened, not what was listed, is checked: a
 * regular file inside the root. The stream fails when the file was changed between its first and its last byte, so that
 * nothing half old and half new is taken for a document.
 *
 * @throws SourceError('entity'), also as the stream's error; SourceError('source') when this process may open no more files
 */
export async function openFile(
  root: OpenRoot,
  path: BytePath,
  isLink: boolean,
  signal: AbortSignal,
): Promise<Readable> {
  const name = toDisplayText(path);
  // Not blocking: a pipe that took the file's place would otherwise never open.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (isLink ? 0 : (constants.O_NOFOLLOW ?? 0));
  const handle = await open(toFsPath(root.real, path), flags).catch((error: unknown) => {
    throw toEntityError(name, error);
  });
  try {
    const before = await handle.stat({ bigint: true });
    const real = await realPathOf(handle, toFsPath(root.real, path));
    const isOurs = root.forbidden.some((folder) => isInside(real, folder.real));
    if (!before.isFile() || !isInside(real, root.real) || isOurs) {
      throw new SourceError('entity', `"${name}" is no longer a file inside the folder; it was not read.`);
    }
    return addAbortSignal(signal, streamOf(handle, name, before));
  } catch (error) {
    await handle.close();
    throw toEntityError(name, error);
  }
}

interface FileState {
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

function streamOf(handle: FileHandle, name: string, before: FileState): Readable {
  let position = 0;
  async function readNext(): Promise<Buffer | null> {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    position += bytesRead;
    if (bytesRead > 0) return buffer.subarray(0, bytesRead);
    const after = await handle.stat({ bigint: true });
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || BigInt(position) !== before.size) {
      throw new SourceError('entity', `"${name}" was changed while it was read. The next run reads it again.`);
    }
    return null;
  }
  return new Readable({
    highWaterMark: chunkBytes,
    read() {
      readNext().then(
        (chunk) => this.push(chunk),
        (error: unknown) => this.destroy(toEntityError(name, error)),
      );
    },
    destroy(error, done) {
      handle.close().then(
        () => done(error),
        (closing: Error) => done(error ?? closing),
      );
    },
  });
}

/** Where an open file really is. On Linux the kernel says it of the open file itself; elsewhere its path is asked again. */
async function realPathOf(handle: FileHandle, path: Buffer): Promise<BytePath> {
  if (process.platform !== 'linux') return realBytePath(path);
  return (await readlink(`/proc/self/fd/${handle.fd}`, { encoding: 'buffer' })).toString('latin1');
}

function toEntityError(name: string, cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause;
  const code = fsErrorCode(cause);
  if (code === 'EMFILE' || code === 'ENFILE') {
    return new SourceError('source', `Files cannot be opened: ${describeFsError(cause)}.`, { cause });
  }
  if (isGone(cause)) return new SourceError('entity', `"${name}" was deleted before it could be read.`, { cause });
  if (code === 'ELOOP')
    return new SourceError('entity', `"${name}" became a symbolic link; it was not read.`, { cause });
  return new SourceError('entity', `"${name}" could not be read: ${describeFsError(cause)}.`, { cause });
}
