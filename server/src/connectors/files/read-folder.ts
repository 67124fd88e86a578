import { z } from 'zod';
import {
  type ItemFailure,
  type Json,
  type Page,
  type ReadContext,
  type SourceEntity,
  SourceError,
} from '../../connector-kit/index.ts';
import { type BytePath, fromPathText, toDisplayText, toEntityId, toIdPrefix, toPathText } from './byte-path.ts';
import type { FilesConfig } from './files-config.ts';
import { createGlobFilter } from './glob-filter.ts';
import { assertSameRoot, type OpenRoot, openRoot, toRootError } from './open-root.ts';
import { createPathSelection, type PathSelection } from './path-selection.ts';
import { fileEntityType, toFileEntity } from './to-file-entity.ts';
import { type FollowedLink, type Found, walkFolder } from './walk-folder.ts';

const filesPerPage = 100;
/** Sum of file sizes after which a page ends, so that what is lost with a crash is bounded in bytes too. */
const bytesPerPage = 64 * 1024 * 1024;
const namesInMessage = 5;

const path = z.string().transform(fromPathText);
/** Where a run can go on. Paths are in their reversible text form. */
const folderCheckpoint = z.object({
  /** The last path whose entity was committed. */
  after: path.optional(),
  followed: z.array(z.object({ path, target: path })).default([]),
  /** Folders that held documents and cannot be read now; the first few by name. */
  lost: z.object({ count: z.number(), first: z.array(z.string()) }).default({ count: 0, first: [] }),
});
type Lost = z.output<typeof folderCheckpoint>['lost'];

/**
 * Reads everything below a folder, or what is left of it behind a checkpoint.
 *
 * What cannot be read must not look as if it were gone. A folder that held documents and cannot be listed now makes the run
 * fail after everything else was read; one that never did is a failed item. A root that is missing, or is another at the
 * end, fails the run at once.
 *
 * @throws SourceError('configuration') for the root; SourceError('source') at the end for folders that were lost
 */
export async function* readFolder(context: ReadContext<FilesConfig>): AsyncGenerator<Page> {
  const { config, signal } = context;
  const root = await openRoot(config.path, context.policy);
  const start = folderCheckpoint.parse(context.checkpoint ?? {});
  const followed = [...start.followed];
  let { after, lost } = start;
  let page = emptyPage();
  const take = (): Page => {
    const { entities, failures } = page;
    page = emptyPage();
    return { entities, failures, checkpoint: toCheckpoint(after, followed, lost) };
  };

  const selection = context.selection && createPathSelection(context.selection);
  for await (const found of walk(root, { config, after, followed: start.followed, selection, signal })) {
    if (found.kind === 'followed') {
      followed.push({ path: found.path, target: found.target });
      continue;
    }
    if (found.kind === 'unreadable') lost = await countIfLost(lost, found.path, context);
    if (found.kind === 'file') {
      page.entities.push(toFileEntity(root, found));
      page.bytes += Number(found.stats.size);
    } else if (found.kind !== 'folder') {
      page.failures.push(toFailure(found.path, found.reason));
    }
    after = found.path;
    if (page.entities.length + page.failures.length >= filesPerPage || page.bytes >= bytesPerPage) yield take();
  }
  if (page.entities.length + page.failures.length > 0) yield take();
  await assertSameRoot(root);
  if (lost.count > 0) throw lostError(lost);
}

interface OpenPage {
  readonly entities: SourceEntity[];
  readonly failures: ItemFailure[];
  bytes: number;
}

function emptyPage(): OpenPage {
  return { entities: [], failures: [], bytes: 0 };
}

async function* walk(
  root: OpenRoot,
  options: {
    readonly config: FilesConfig;
    readonly after: BytePath | undefined;
    readonly followed: readonly FollowedLink[];
    readonly selection: PathSelection | undefined;
    readonly signal: AbortSignal;
  },
): AsyncGenerator<Found> {
  const { config, after, followed, selection, signal } = options;
  const filter = createGlobFilter(config.include, config.exclude);
  try {
    yield* walkFolder(root, {
      ...{ filter, followed, signal },
      ...(after !== undefined && { after }),
      ...(selection !== undefined && { selection }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof SourceError ? error : toRootError(config.path, error);
  }
}

async function countIfLost(lost: Lost, folder: BytePath, context: ReadContext<FilesConfig>): Promise<Lost> {
  const wasIndexed = (await context.wasIndexed?.(toIdPrefix(folder))) ?? true;
  if (!wasIndexed) return lost;
  return { count: lost.count + 1, first: [...lost.first, toDisplayText(folder)].slice(0, namesInMessage) };
}

function lostError({ count, first }: Lost): SourceError {
  const what = count === 1 ? 'A folder cannot' : `${count} folders cannot`;
  return new SourceError(
    'source',
    `${what} be read: ${first.join(', ')}${count > first.length ? ', …' : ''}. Nothing was deleted; everything else was read. ` +
      'Give the user that runs Weft permission to read it, or leave it out with "exclude".',
  );
}

function toFailure(itemPath: BytePath, reason: string): ItemFailure {
  const name = toDisplayText(itemPath.slice(itemPath.lastIndexOf('/') + 1));
  return { id: toEntityId(itemPath), type: fileEntityType, name, reason: `"${toDisplayText(itemPath)}": ${reason}` };
}

function toCheckpoint(after: BytePath | undefined, followed: readonly FollowedLink[], lost: Lost): Json {
  return {
    ...(after !== undefined && { after: toPathText(after) }),
    ...(followed.length > 0 && {
      followed: followed.map((link) => ({ path: toPathText(link.path), target: toPathText(link.target) })),
    }),
    ...(lost.count > 0 && { lost }),
  };
}
