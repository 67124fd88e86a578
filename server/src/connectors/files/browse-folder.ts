import { posix } from 'node:path';
import { type BrowseNode, maxBrowseNodes, SourceError, type ValidateContext } from '../../connector-kit/index.ts';
import { type BytePath, toDisplayText } from './byte-path.ts';
import type { FilesConfig } from './files-config.ts';
import { createGlobFilter } from './glob-filter.ts';
import { openRoot, toRootError } from './open-root.ts';
import { fromNodeId, toNodeId } from './path-selection.ts';
import { isWantedName, walkFolder } from './walk-folder.ts';

/** Longer paths are read with the folder they are in, and not chosen by themselves. */
const maxIdBytes = 1_500;

/**
 * The folders and files of the root, or of a folder in it, that a run would read: with the same guards, since it is the same
 * walk. Folders come first.
 *
 * @throws SourceError('configuration' | 'source') for the root; SourceError('entity') for a folder that is not there
 */
export async function browseFolder(
  { config, policy, signal }: ValidateContext<FilesConfig>,
  parentId: string | undefined,
): Promise<readonly BrowseNode[]> {
  const root = await openRoot(config.path, policy);
  const listing = parentId === undefined ? '' : toListedPath(parentId);
  const folders: BrowseNode[] = [];
  const files: BrowseNode[] = [];
  let isThere = false;
  try {
    const filter = createGlobFilter(config.include, config.exclude);
    for await (const found of walkFolder(root, { filter, listing, signal })) {
      if (found.kind === 'folder' && found.path === listing) isThere = true;
      else if (found.kind === 'folder') folders.push(toNode(found.path, 'folder'));
      else if (found.kind === 'file')
        files.push({ ...toNode(found.path, 'file'), metadata: { size: Number(found.stats.size) } });
      else if (found.kind === 'unreadable' && found.path === listing) throw unreadable(listing, found.reason);
      if (folders.length + files.length >= 10 * maxBrowseNodes) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof SourceError ? error : toRootError(config.path, error);
  }
  if (!isThere) throw notThere(parentId ?? '');
  return [...folders, ...files].filter(({ id }) => Buffer.byteLength(id) <= maxIdBytes).slice(0, maxBrowseNodes);
}

function toNode(path: BytePath, type: 'folder' | 'file'): BrowseNode {
  return { id: toNodeId(type, path), type, title: toDisplayText(posix.basename(path)), hasChildren: type === 'folder' };
}

/** An id comes from a caller: it must not lead out of the root, nor to what is hidden. */
function toListedPath(id: string): BytePath {
  const path = fromNodeId(id);
  const isPlain = path.split('/').every((name) => name !== '' && isWantedName(name) && !name.includes('\0'));
  if (!isPlain) throw notThere(id);
  return path;
}

function notThere(id: string): SourceError {
  return new SourceError('entity', `There is no folder "${toDisplayText(fromNodeId(id))}" to look into.`);
}

function unreadable(path: BytePath, reason: string): SourceError {
  return new SourceError('source', `The folder "${toDisplayText(path)}" cannot be read: ${reason}.`);
}
