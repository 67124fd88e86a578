import type { BigIntStats } from 'node:fs';
import { posix } from 'node:path';
import { z } from 'zod';
import type { Breadcrumb, SourceEntity } from '../../connector-kit/index.ts';
import { type BytePath, toDisplayText, toEntityId, toFileUrl } from './byte-path.ts';
import { mimeTypeOf } from './mime-types.ts';
import { openFile } from './open-file.ts';
import type { OpenRoot } from './open-root.ts';
import type { FoundFile } from './walk-folder.ts';

export const fileEntityType = 'FileEntity';

/** What is kept of a file beside its text. */
export const fileFields = z.object({
  path: z.string().meta({ description: 'Relative to the folder' }),
  size: z.int().meta({ description: 'In bytes' }),
  extension: z.string().meta({ description: 'In lower case, with its dot; empty without one' }),
  mime_type: z.string(),
});

/** File systems stamp times with a grain of up to two seconds; within it a second change leaves the same stamp. */
const timeGrainMs = 2_000;

/** The entity of a file; its content is opened only when somebody reads it. */
export function toFileEntity(root: OpenRoot, { path, stats, statsAtMs, isLink }: FoundFile): SourceEntity {
  const name = toDisplayText(posix.basename(path));
  const extension = posix.extname(name).toLowerCase();
  const mimeType = mimeTypeOf(extension);
  const size = Number(stats.size);
  const createdAt = toDate(stats.birthtimeMs);
  const updatedAt = toDate(stats.mtimeMs);
  const revision = toRevision(stats, statsAtMs);
  return {
    id: toEntityId(path),
    type: fileEntityType,
    name,
    breadcrumbs: toBreadcrumbs(path),
    url: toFileUrl(root.url, path),
    ...(createdAt && { createdAt }),
    ...(updatedAt && { updatedAt }),
    fields: { path: toDisplayText(path), size, extension, mime_type: mimeType },
    file: { name, mimeType, size, open: (signal) => openFile(root, path, isLink, signal) },
    ...(revision !== undefined && { revision }),
  };
}

/**
 * Size, times and number of the file. The time of the last status change is among them because nobody can set it back, as
 * copying tools do with the modification time. Undefined while the last change is so fresh that another one might leave the
 * same mark: then the content is compared.
 */
function toRevision(stats: BigIntStats, statsAtMs: number): string | undefined {
  if (Number(stats.ctimeMs) > statsAtMs - timeGrainMs) return undefined;
  return [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].join(':');
}

/** Undefined where the file system keeps no such time (0) or the year has not four digits. */
function toDate(milliseconds: bigint): Date | undefined {
  const date = new Date(Number(milliseconds));
  const year = date.getUTCFullYear();
  return milliseconds !== 0n && year >= 1 && year <= 9_999 ? date : undefined;
}

function toBreadcrumbs(path: BytePath): readonly Breadcrumb[] {
  const folders = path.split('/').slice(0, -1);
  return folders.map((folder, index) => ({
    entityId: toEntityId(folders.slice(0, index + 1).join('/')),
    name: toDisplayText(folder),
    entityType: 'FolderEntity',
  }));
}
