import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import ignore, { type Ignore } from 'ignore';
import { type BytePath, joinBytePath, toFsPath } from './byte-path.ts';
import { isSimplePattern } from './files-config.ts';
import { isGone } from './fs-error.ts';

/** Names of ignore files; the later overrules the earlier. */
export const ignoreFileNames: readonly string[] = ['.gitignore', '.weftignore'];
const maxFileBytes = 256 * 1024;
/** The library remembers every path it was asked about; it is renewed after this many, to bound its memory. */
const testsPerInstance = 10_000;
const options = { ignorecase: process.platform !== 'linux' };

/** The rules of one folder's ignore files, for paths below that folder. */
export interface IgnoreLayer {
  /** Path of the folder with `/` behind it; empty for the root. */
  readonly base: string;
  test(relativePath: string): 'ignored' | 'unignored' | 'undecided';
  /** The same layer, deciding by name only for what is in a folder that a deeper layer took back in. */
  reopen(folder: string): IgnoreLayer;
}

/** Root first. Later layers overrule earlier ones, as in git. */
export type IgnoreChain = readonly IgnoreLayer[];

/** Whether a path is left out by the chain of the folder it is in. Its parents are taken for granted. */
export function isIgnored(chain: IgnoreChain, path: string, isFolder: boolean): boolean {
  for (const layer of chain.toReversed()) {
    const verdict = layer.test(`${path.slice(layer.base.length)}${isFolder ? '/' : ''}`);
    if (verdict !== 'undecided') return verdict === 'ignored';
  }
  return false;
}

/**
 * Adds the ignore files of a folder to the chain of its parent; `.weftignore` overrules `.gitignore`.
 *
 * @param present the ignore files that the folder has
 * @returns the folder's chain, and the patterns that were left out because matching them could take very long
 * @throws an error of `node:fs`, also (EFBIG) for a file over 256 KB: then nobody knows what the owner meant to hide
 */
export async function extendIgnoreChain(
  parent: IgnoreChain,
  root: BytePath,
  folder: BytePath,
  present: readonly string[] = ignoreFileNames,
): Promise<{ readonly chain: IgnoreChain; readonly refused: readonly string[] }> {
  const text = folder === '' ? '' : `${toRuleText(folder)}/`;
  const chain = parent.map((layer) => {
    const isTakenBack = folder !== '' && layer.test(text.slice(layer.base.length)) === 'ignored';
    return isTakenBack ? layer.reopen(text.slice(layer.base.length)) : layer;
  });
  const lines = await Promise.all(present.map((name) => readLines(toFsPath(root, joinBytePath(folder, name)))));
  const patterns = lines.flat().filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const refused = patterns.filter((pattern) => !isBounded(pattern));
  if (patterns.length === 0) return { chain, refused };
  const layer = createLayer(text, ignore(options).add(patterns.filter(isBounded)));
  return { chain: [...chain, layer], refused };
}

/** Rules are written in UTF-8, so that is how paths are compared with them. */
export function toRuleText(path: BytePath): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

function createLayer(base: string, rules: Ignore): IgnoreLayer {
  let instance = rules;
  let tests = 0;
  return {
    base,
    test(relativePath) {
      tests += 1;
      if (tests % testsPerInstance === 0) instance = ignore(options).add(rules);
      const { ignored, unignored } = instance.test(relativePath);
      if (ignored) return 'ignored';
      return unignored ? 'unignored' : 'undecided';
    },
    reopen: (folder) =>
      createLayer(
        base,
        ignore(options)
          .add(rules)
          .add(`!/${escapePattern(folder)}`),
      ),
  };
}

/** Braces mean nothing in ignore files, so only the stars count. */
function isBounded(pattern: string): boolean {
  return isSimplePattern(pattern.replaceAll('{', ''));
}

function escapePattern(path: string): string {
  return path.replace(/[\\*?[\]!# ]/g, '\\$&');
}

async function readLines(path: Buffer): Promise<readonly string[]> {
  // As in git, a symbolic link is not an ignore file; a pipe must not block us.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch((error: unknown) => {
    if (isGone(error) || (error instanceof Error && 'code' in error && error.code === 'ELOOP')) return undefined;
    throw error;
  });
  if (handle === undefined) return [];
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return [];
    if (stats.size > maxFileBytes) throw Object.assign(new Error('ignore file too large'), { code: 'EFBIG' });
    const text = await handle.readFile('utf8');
    return text.split(/\r?\n/);
  } finally {
    await handle.close();
  }
}
