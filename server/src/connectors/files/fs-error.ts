/** The `code` of a file system error, such as `ENOENT`; undefined for anything else. */
export function fsErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether a path is simply not there any more: deleted, or a folder on the way to it became a file. */
export function isGone(error: unknown): boolean {
  const code = fsErrorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Says in words why the operating system refused, for a person; the code is kept for those who search for it. */
export function describeFsError(error: unknown): string {
  const code = fsErrorCode(error);
  const words = code === undefined ? undefined : reasons.get(code);
  if (words !== undefined) return `${words} (${code})`;
  return code ?? 'unknown error';
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'the operating system does not permit it'],
  ['ENOENT', 'it does not exist'],
  ['ENOTDIR', 'part of its path is not a folder'],
  ['ELOOP', 'its symbolic links lead in a circle'],
  ['ENAMETOOLONG', 'its path is too long for the operating system'],
  ['EFBIG', 'its ignore file is larger than 256 KB'],
  ['EIO', 'the disk reported an error'],
  ['ESTALE', 'the network drive lost it'],
  ['ETIMEDOUT', 'the network drive did not answer'],
  ['EMFILE', 'this process has too many open files'],
  ['ENFILE', 'the machine has too many open files'],
  ['EBUSY', 'another program holds it'],
]);
