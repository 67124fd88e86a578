import type { Json, JsonObject, SourceEntity } from '../../connector-kit/index.ts';
import type { BlobStore } from './blob-store.ts';

/** Entity type of what was pushed. */
export const pushedEntityType = 'DocumentEntity';

/** A pushed document as it waits in the database. */
export interface PushedRecord {
  readonly name: string;
  /** Markdown; absent for a file. */
  readonly text?: string;
  readonly url?: string;
  readonly metadata?: JsonObject;
  readonly created_at?: string;
  readonly updated_at?: string;
  readonly access?: { readonly viewers: readonly string[]; readonly is_public: boolean };
  readonly file?: { readonly name: string; readonly mime_type?: string; readonly size: number };
}

/** What the sync is given for a record. `row.record` was made by `pushDocuments`, which had it validated. */
export function toPushedEntity(
  row: { readonly entityId: string; readonly record: Json; readonly blobKey: string | null },
  blobs: Pick<BlobStore, 'get'>,
): SourceEntity {
  const record = row.record as unknown as PushedRecord;
  const { blobKey } = row;
  return {
    id: row.entityId,
    type: pushedEntityType,
    name: record.name,
    breadcrumbs: [],
    fields: record.metadata ?? {},
    ...(record.url === undefined ? {} : { url: record.url }),
    ...(record.created_at === undefined ? {} : { createdAt: new Date(record.created_at) }),
    ...(record.updated_at === undefined ? {} : { updatedAt: new Date(record.updated_at) }),
    ...(record.text === undefined ? {} : { text: record.text }),
    ...(record.access === undefined
      ? {}
      : { access: { viewers: record.access.viewers, isPublic: record.access.is_public } }),
    ...(record.file === undefined || blobKey === null
      ? {}
      : {
          file: {
            name: record.file.name,
            size: record.file.size,
            ...(record.file.mime_type === undefined ? {} : { mimeType: record.file.mime_type }),
            open: () => blobs.get(blobKey),
          },
        }),
  };
}
