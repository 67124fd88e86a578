import { constants } from 'node:fs';
import { access, opendir, realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConnectorPolicy, SourceError } from '../../connector-kit/index.ts';
import { type BytePath, isInside, toBytePath } from './byte-path.ts';
import { describeFsError, isGone } from './fs-error.ts';

/** A folder by what it is rather than by its name, so that a bind mount or another spelling does not hide it. */
export interface FolderIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

/** A folder that may be read, with everything that later checks compare with. */
export interface OpenRoot {
  /** As configured. */
  readonly path: string;
  /** Without symbolic links. */
  readonly real: BytePath;
  readonly identity: FolderIdentity;
  /** `file://` address. */
  readonly url: string;
  readonly forbidden: readonly (FolderIdentity & { readonly real: BytePath })[];
}

/**
 * Checks that a folder is there, may be read by us, and is allowed by the operator.
 *
 * @throws SourceError('configuration') saying what to change; SourceError('source') when the disk fails
 */
export async function openRoot(path: string, policy: ConnectorPolicy): Promise<OpenRoot> {
  const allowed = policy.filesRoots && (await realPaths(policy.filesRoots));
  // Before the disk is touched: the answer must not tell which folders exist outside of what is allowed.
  if (allowed && !isAllowed(toBytePath(path), [...allowed, ...(policy.filesRoots ?? []).map(resolved)])) {
    throw notAllowed(path);
  }
  try {
    const real = await realBytePath(path);
    const stats = await stat(path, { bigint: true });
    if (allowed && !isAllowed(real, allowed)) throw notAllowed(path);
    if (!stats.isDirectory()) {
      throw new SourceError('configuration', `"${path}" is a file, not a folder. Give the folder it is in.`);
    }
    const forbidden = await identify(policy.forbiddenRoots);
    if (forbidden.some((folder) => isInside(real, folder.real) || isSameFolder(stats, folder))) {
      throw new SourceError('configuration', `"${path}" belongs to Weft's own data and cannot be a source.`);
    }
    await access(path, constants.R_OK | constants.X_OK);
    await (await opendir(path)).close();
    return { path, real, identity: { dev: stats.dev, ino: stats.ino }, url: pathToFileURL(path).href, forbidden };
  } catch (error) {
    throw error instanceof SourceError ? error : toRootError(path, error);
  }
}

/**
 * Checks after a run that the root is still the same folder: when a disk was unmounted on the way, its files seemed to be
 * gone one by one.
 *
 * @throws SourceError('configuration')
 */
export async function assertSameRoot(root: OpenRoot): Promise<void> {
  const stats = await stat(root.path, { bigint: true }).catch((error: unknown) => {
    throw toRootError(root.path, error);
  });
  if (!isSameFolder(stats, root.identity)) {
    throw new SourceError('configuration', `"${root.path}" was replaced or unmounted while it was read. Run again.`);
  }
}

export function isSameFolder(one: FolderIdentity, other: FolderIdentity): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

/** The real path of something, in bytes, with `/` on every system. */
export async function realBytePath(path: string | Buffer): Promise<BytePath> {
  const real = (await realpath(path, { encoding: 'buffer' })).toString('latin1');
  return sep === '/' ? real : real.replaceAll(sep, '/');
}

function resolved(path: string): BytePath {
  return toBytePath(resolve(path));
}

function isAllowed(path: BytePath, folders: readonly BytePath[]): boolean {
  return folders.some((folder) => isInside(path, folder));
}

async function realPaths(paths: readonly string[]): Promise<readonly BytePath[]> {
  return (await identify(paths)).map((folder) => folder.real);
}

async function identify(paths: readonly string[]): Promise<OpenRoot['forbidden']> {
  const found = await Promise.all(
    paths.map(async (path) => {
      try {
        const [real, { dev, ino }] = await Promise.all([realBytePath(path), stat(path, { bigint: true })]);
        return [{ real, dev, ino }];
      } catch (error) {
        // A folder that is not there (yet) has nothing to allow or to protect.
        if (isGone(error)) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}

function notAllowed(path: string): SourceError {
  return new SourceError(
    'configuration',
    `"${path}" is not in a folder that may be read. Choose one that the operator allows (setting FILES_ROOTS).`,
  );
}

/** What a failure to read the root itself means. */
export function toRootError(path: string, cause: unknown): SourceError {
  if (isGone(cause)) {
    return new SourceError(
      'configuration',
      `The folder "${path}" does not exist on the machine that runs Weft. Create or mount it, or correct "path".`,
      { cause },
    );
  }
  const reason = describeFsError(cause);
  const isPermission = reason.includes('(EACCES)') || reason.includes('(EPERM)');
  return isPermission
    ? new SourceError(
        'configuration',
        `The folder "${path}" cannot be read: ${reason}. Give the user that runs Weft permission to read it.`,
        { cause },
      )
    : new SourceError('source', `The folder "${path}" cannot be read: ${reason}.`, { cause });
}
