import picomatch from 'picomatch';

/** Decides by path alone, relative to the root, whether a file is wanted and whether a folder may hold wanted files. */
export interface GlobFilter {
  takesFile(path: string): boolean;
  entersFolder(path: string): boolean;
}

/**
 * Compiles the include and exclude globs of a connection. A glob without a slash is compared with the name, at any depth;
 * one that begins with a slash is anchored at the root; `drafts/` means everything in `drafts`.
 */
export function createGlobFilter(include: readonly string[], exclude: readonly string[]): GlobFilter {
  const isIncluded = include.length === 0 ? () => true : compile(include);
  const isExcluded = exclude.length === 0 ? () => false : compile(exclude);
  return {
    takesFile: (path) => isIncluded(path) && !isExcluded(path),
    entersFolder: (path) => !isExcluded(path),
  };
}

function compile(globs: readonly string[]): (path: string) => boolean {
  const options = { dot: true, noextglob: true, nonegate: true };
  const names = globs.filter((glob) => !glob.includes('/'));
  const paths = globs.filter((glob) => glob.includes('/')).map(toPathGlob);
  const matchesName = names.length === 0 ? () => false : picomatch(names, { ...options, basename: true });
  const matchesPath = paths.length === 0 ? () => false : picomatch(paths, options);
  return (path) => matchesName(path) || matchesPath(path);
}

function toPathGlob(glob: string): string {
  const anchored = glob.replace(/^\.?\/+/, '');
  return anchored.endsWith('/') ? `${anchored}**` : anchored;
}
