import type { BigIntStats } from 'node:fs';
import { lstat, readdir, statfs } from 'node:fs/promises';
import { type BytePath, isInside, joinBytePath, relativeTo, toDisplayText, toFsPath } from './byte-path.ts';
import { describeFsError, fsErrorCode, isGone } from './fs-error.ts';
import type { GlobFilter } from './glob-filter.ts';
import { extendIgnoreChain, type IgnoreChain, ignoreFileNames, isIgnored, toRuleText } from './ignore-rules.ts';
import { isSameFolder, type OpenRoot, realBytePath } from './open-root.ts';
import type { PathSelection } from './path-selection.ts';
import { type LinkTarget, resolveLink } from './resolve-link.ts';

/** What a walk meets, in its order. Paths are relative to the root. */
export type Found =
  | (FoundFile & { readonly kind: 'file' })
  /** A folder, or something that might be one, that could not be looked into. */
  | { readonly kind: 'unreadable'; readonly path: BytePath; readonly reason: string }
  /** A rule in an ignore file that is not obeyed, or a link that is not followed, because there are limits. */
  | { readonly kind: 'refused'; readonly path: BytePath; readonly reason: string }
  /** Of a listing: the folder that is listed, first, and each folder in it. */
  | { readonly kind: 'folder'; readonly path: BytePath }
  /** A link to a hidden folder, which is read as if it were here. */
  | (FollowedLink & { readonly kind: 'followed' });

export interface FoundFile {
  readonly path: BytePath;
  readonly stats: BigIntStats;
  /** When `stats` were taken or a little earlier, in milliseconds since 1970. */
  readonly statsAtMs: number;
  readonly isLink: boolean;
}

/** Both relative to the root. A walk that is resumed needs those from before. */
export interface FollowedLink {
  readonly path: BytePath;
  /** Where it leads. */
  readonly target: BytePath;
}

export interface WalkOptions {
  readonly filter: GlobFilter;
  /** Go on strictly after this file. */
  readonly after?: BytePath;
  /** The part that is wanted; default: everything. */
  readonly selection?: PathSelection;
  /** Give only what is directly in this folder, the empty path for the root, and enter none of the folders in it. */
  readonly listing?: BytePath;
  /** What links were followed before `after`. */
  readonly followed?: readonly FollowedLink[];
  readonly signal: AbortSignal;
}

/** A folder on the way down. */
interface Level {
  readonly path: BytePath;
  readonly dev: bigint;
  readonly names: readonly BytePath[];
  /** Index in `names` of what is next. */
  readonly next: number;
  readonly ignores: IgnoreChain;
  /** The rest of `after` below this folder; undefined where everything is to be read. */
  readonly resume: readonly BytePath[] | undefined;
  /** `lstat` of some of the names, by name; asked for in batches because each call waits for the thread pool. */
  readonly stats: ReadonlyMap<BytePath, BigIntStats | Error>;
  readonly statsAtMs: number;
}

const statBatch = 32;
/** Links to hidden folders that are followed at most: they are part of every checkpoint. */
const maxFollowed = 500;
/** File systems that are windows into the kernel, by the number `statfs` gives: proc, sysfs, cgroup 1 and 2, devpts, debugfs, tracefs. */
const kernelFileSystems = new Set([0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x1cd1, 0x64626720, 0x74726163]);

/**
 * Walks a folder depth first, names in the order of their bytes, so that any file's path is a place to go on from. Keeps one
 * list of names per level and never a list of files.
 *
 * Hidden entries, what ignore files and exclude globs name, office lock files, sockets, pipes, devices and Weft's own data
 * are left out. A symbolic link to a file inside the root is read; one to a folder only when the folder is in a hidden place,
 * since the walk meets every other folder by itself. Each real folder is read once.
 *
 * @throws an error of `node:fs` when the root itself cannot be listed
 */
export async function* walkFolder(root: OpenRoot, options: WalkOptions): AsyncGenerator<Found> {
  const { signal, filter, selection, listing } = options;
  const followed = new Map((options.followed ?? []).map(({ target, path }) => [joinBytePath(root.real, target), path]));
  const levels: Level[] = [];
  yield* descend({ path: '', dev: root.identity.dev, ignores: [], resume: options.after?.split('/') });

  for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
    signal.throwIfAborted();
    const name = level.names[level.next];
    if (name === undefined) {
      levels.pop();
      continue;
    }
    if (!level.stats.has(name)) level = { ...level, ...(await statNames(root, level)) };
    levels[levels.length - 1] = { ...level, next: level.next + 1 };
    const entry = level.stats.get(name);
    const path = joinBytePath(level.path, name);
    if (entry instanceof Error) {
      if (isGone(entry)) continue;
      // A folder that may be listed but not searched would say the same of every other name.
      const isWholeFolder = fsErrorCode(entry) === 'EACCES' && level.path !== '';
      if (isWholeFolder) levels.pop();
      yield { kind: 'unreadable', path: isWholeFolder ? level.path : path, reason: describeFsError(entry) };
    } else if (entry !== undefined) {
      yield* visit(level, path, level.resume?.[0] === name ? level.resume.slice(1) : undefined, entry);
    }
  }

  /** @param rest what is left of `after` below this entry: nothing when it is where the earlier run stopped */
  async function* visit(
    level: Level,
    path: BytePath,
    rest: readonly BytePath[] | undefined,
    stats: BigIntStats,
  ): AsyncGenerator<Found> {
    const target: LinkTarget | undefined = stats.isSymbolicLink()
      ? await resolveLink(root, path, filter, followed)
      : { kind: kindOf(stats), stats, real: undefined };
    if (target === undefined || target.kind === 'other') return;
    if (isIgnored(level.ignores, toRuleText(path), target.kind === 'folder')) return;
    if (target.kind === 'file') {
      if (listing !== undefined && level.path !== listing) return;
      if (selection?.takes(path) === false) return;
      if (rest?.length === 0 || !filter.takesFile(toDisplayText(path))) return;
      yield { kind: 'file', path, stats: target.stats, statsAtMs: level.statsAtMs, isLink: target.real !== undefined };
      return;
    }
    if (!filter.entersFolder(toDisplayText(path)) || selection?.mayHold(path) === false) return;
    if (root.forbidden.some((folder) => isSameFolder(folder, target.stats))) return;
    if (target.stats.dev !== level.dev && (await isKernelFolder(root, path))) return;
    if (level.path === listing) {
      yield { kind: 'folder', path };
      return;
    }
    if (target.real !== undefined) {
      if (!followed.has(target.real) && followed.size >= maxFollowed) {
        yield { kind: 'refused', path, reason: `the folder has more than ${maxFollowed} links to hidden folders` };
        return;
      }
      followed.set(target.real, path);
      yield { kind: 'followed', path, target: relativeTo(root.real, target.real) };
    }
    const resume = rest?.length === 0 ? undefined : rest;
    yield* descend({ path, dev: target.stats.dev, ignores: level.ignores, resume });
  }

  async function* descend(folder: Folder): AsyncGenerator<Found> {
    try {
      const opened = await openFolder(root, folder, followed);
      if (opened === undefined) return;
      levels.push(opened.level);
      if (listing !== undefined) {
        if (folder.path === listing) yield { kind: 'folder', path: listing };
        else levels[levels.length - 1] = onTheWay(opened.level, listing);
      }
      // A resumed run has said it already.
      if (opened.refused === undefined || folder.resume !== undefined) return;
      yield { kind: 'refused', ...opened.refused };
    } catch (error) {
      if (folder.path === '' || fsErrorCode(error) === undefined) throw error;
      if (!isGone(error)) yield { kind: 'unreadable', path: folder.path, reason: describeFsError(error) };
    }
  }
}

type Folder = Pick<Level, 'path' | 'dev' | 'ignores' | 'resume'>;

/** Lists a folder and reads its ignore files; undefined when it may not be read from here. */
async function openFolder(
  root: OpenRoot,
  { path, dev, ignores, resume }: Folder,
  followed: ReadonlyMap<BytePath, BytePath>,
): Promise<{ readonly level: Level; readonly refused?: { path: BytePath; reason: string } } | undefined> {
  const fsPath = toFsPath(root.real, path);
  const real = await realBytePath(fsPath);
  // The folder may have become a link out of the root since it was looked at.
  if (!isInside(real, root.real) || root.forbidden.some((folder) => isInside(real, folder.real))) return undefined;
  if ((followed.get(real) ?? path) !== path) return undefined;
  const names = await readdir(fsPath, { encoding: 'latin1' });
  const present = ignoreFileNames.filter((name) => names.includes(name));
  const { chain, refused } = await extendIgnoreChain(ignores, root.real, path, present);
  const first = resume?.[0] ?? '';
  const wanted = names.filter((name) => isWantedName(name) && name >= first).sort();
  const level = { path, dev, names: wanted, next: 0, ignores: chain, resume, stats: new Map(), statsAtMs: 0 };
  if (refused.length === 0) return { level };
  return { level, refused: { path: joinBytePath(path, present[0] ?? ''), reason: refusal(refused) } };
}

/** A level above the folder that is listed, with nothing in it but the way there. */
function onTheWay(level: Level, listing: BytePath): Level {
  const next = relativeTo(level.path, listing).split('/')[0];
  return { ...level, names: level.names.filter((name) => name === next) };
}

function kindOf(stats: BigIntStats): LinkTarget['kind'] {
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'other';
}

/** Asks for the next few names at once, from the current one on. */
async function statNames(root: OpenRoot, level: Level): Promise<Pick<Level, 'stats' | 'statsAtMs'>> {
  const statsAtMs = Date.now();
  const names = level.names.slice(level.next, level.next + statBatch);
  const stats = await Promise.all(
    names.map((name) =>
      lstat(toFsPath(root.real, joinBytePath(level.path, name)), { bigint: true }).catch((error: Error) => error),
    ),
  );
  return { stats: new Map(names.flatMap((name, i) => (stats[i] === undefined ? [] : [[name, stats[i]]]))), statsAtMs };
}

/** Hidden entries and the lock files that office programs leave beside an open document carry nothing to find. */
export function isWantedName(name: BytePath): boolean {
  return !name.startsWith('.') && !name.startsWith('~$');
}

async function isKernelFolder(root: OpenRoot, path: BytePath): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return kernelFileSystems.has((await statfs(toFsPath(root.real, path))).type);
}

function refusal(rules: readonly string[]): string {
  return `${rules.length} ignore rules have too many wildcards and are not obeyed, the first is "${rules[0]}"`;
}
