import { z } from 'zod';
import { cursorPages, get, type SourceApi } from '../../connector-kit/index.ts';
import { Drive, type DriveFile } from './drive-objects.ts';

const Folder = z.object({ name: z.string(), parents: z.array(z.string()).default([]) });
/** Deeper folders are taken for the top. */
const maxDepth = 50;
/** Folders remembered in one run. */
const maxFolders = 20_000;

export const drivePages = cursorPages({ items: 'drives', next: 'nextPageToken', param: 'pageToken' });
export const listDrives = () => get('/drives', { query: { pageSize: 100 } });

interface Known {
  drives?: Promise<ReadonlyMap<string, string>>;
  readonly folders: Map<string, Promise<string>>;
}
/** What was asked about drives and folders during one reading, for as long as it lasts. */
const known = new WeakMap<SourceApi, Known>();

function knownOf(api: SourceApi): Known {
  const found = known.get(api) ?? { folders: new Map() };
  known.set(api, found);
  return found;
}

/** Names of the shared drives by id. */
export function driveNames(api: SourceApi): Promise<ReadonlyMap<string, string>> {
  const memory = knownOf(api);
  memory.drives ??= (async () => {
    const names = new Map<string, string>();
    for await (const { id, name } of api.list(listDrives(), drivePages, Drive)) names.set(id, name ?? 'Untitled Drive');
    return names;
  })();
  return memory.drives;
}

/**
 * Whether a file is wanted. A pattern without a slash is held against the file's name, others against its path.
 *
 * @param patterns globs: `*` and `?` within a name, `**` over folders; none: everything is wanted
 */
export async function isIncluded(file: DriveFile, patterns: readonly string[], api: SourceApi): Promise<boolean> {
  if (patterns.length === 0) return true;
  const name = file.name ?? '';
  if (patterns.some((pattern) => !pattern.includes('/') && toRegExp(pattern).test(name))) return true;
  const paths = patterns.filter((pattern) => pattern.includes('/'));
  if (paths.length === 0) return false;
  const folder = await pathOf(file.parents[0], api, 0);
  return paths.some((pattern) => toRegExp(pattern.replace(/^\/|\/$/g, '')).test(`${folder}${name}`));
}

/** `Projects/2026/`; empty at the top. */
async function pathOf(folderId: string | undefined, api: SourceApi, depth: number): Promise<string> {
  if (folderId === undefined || depth > maxDepth) return '';
  const { folders } = knownOf(api);
  const found = folders.get(folderId);
  if (found !== undefined) return found;
  const path = (async () => {
    const query = { supportsAllDrives: true, fields: 'name,parents' };
    const folder = await api.find(get('/files/{id}', { at: { id: folderId }, query }), Folder);
    const [parent] = folder?.parents ?? [];
    // The folder above all others is the drive, whose name is no part of a path.
    return folder === undefined || parent === undefined ? '' : `${await pathOf(parent, api, depth + 1)}${folder.name}/`;
  })();
  if (folders.size < maxFolders) folders.set(folderId, path);
  return path;
}

/** Each `**` matches any text and each `*` any text without a slash; a folder matches all that is in it. */
function toRegExp(pattern: string): RegExp {
  const source = pattern
    .split(/(\*\*+|\*|\?)/)
    .map((part) => {
      if (part.startsWith('**')) return '.*';
      if (part === '*') return '[^/]*';
      return part === '?' ? '[^/]' : part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(pattern.includes('/') ? `^${source}(/.*)?$` : `^${source}$`, 'i');
}
