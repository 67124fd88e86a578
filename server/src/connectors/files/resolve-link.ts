import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { type BytePath, isInside, relativeTo, toDisplayText, toFsPath } from './byte-path.ts';
import { fsErrorCode, isGone } from './fs-error.ts';
import type { GlobFilter } from './glob-filter.ts';
import { extendIgnoreChain, type IgnoreChain, isIgnored, toRuleText } from './ignore-rules.ts';
import { type OpenRoot, realBytePath } from './open-root.ts';

/** What an entry of a folder is, after following a link. `real` is set where a link was followed. */
export interface LinkTarget {
  readonly kind: 'file' | 'folder' | 'other';
  readonly stats: BigIntStats;
  readonly real: BytePath | undefined;
}

/**
 * Where a symbolic link leads, if it may be followed: inside the root, not into Weft's data or a repository's `.git`, and to
 * nothing that an exclude glob or an ignore file hides at its own place. Folders only when they are in a hidden place (the
 * walk reads the others where they are) and nothing of them was read through a link before, which also ends every circle.
 *
 * @param followed links that were followed, by the real path of where they led
 */
export async function resolveLink(
  root: OpenRoot,
  link: BytePath,
  filter: GlobFilter,
  followed: ReadonlyMap<BytePath, BytePath>,
): Promise<LinkTarget | undefined> {
  try {
    const real = await realBytePath(toFsPath(root.real, link));
    if (real === root.real || !isInside(real, root.real)) return undefined;
    if (root.forbidden.some((folder) => isInside(real, folder.real))) return undefined;
    const inRoot = relativeTo(root.real, real);
    const segments = inRoot.split('/');
    if (segments.includes('.git') || !filter.entersFolder(toDisplayText(inRoot))) return undefined;
    const stats = await lstat(Buffer.from(real, 'latin1'), { bigint: true });
    const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
    if (await isIgnoredInPlace(root, segments, kind === 'folder')) return undefined;
    if (kind === 'folder') {
      const isHidden = segments.some((segment) => segment.startsWith('.'));
      if (!isHidden || isCovered(real, link, followed)) return undefined;
    }
    return { kind, stats, real };
  } catch (error) {
    // A link to nothing or in a circle, or to what we may not see: there is nothing to read.
    if (isGone(error) || ['ELOOP', 'EACCES', 'EPERM'].includes(fsErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

function isCovered(real: BytePath, link: BytePath, followed: ReadonlyMap<BytePath, BytePath>): boolean {
  return [...followed].some(([target, by]) => by !== link && isInside(real, target));
}

async function isIgnoredInPlace(root: OpenRoot, segments: readonly BytePath[], isFolder: boolean): Promise<boolean> {
  let chain: IgnoreChain = [];
  for (const index of segments.keys()) {
    ({ chain } = await extendIgnoreChain(chain, root.real, segments.slice(0, index).join('/')));
    const path = toRuleText(segments.slice(0, index + 1).join('/'));
    if (isIgnored(chain, path, isFolder || index < segments.length - 1)) return true;
  }
  return false;
}
