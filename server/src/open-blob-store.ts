import { createDirectoryBlobStore } from './adapters/blob-store/directory-blob-store.ts';
import type { S3Location } from './adapters/blob-store/s3-blob-store.ts';
import type { BlobStore } from './core/sync/index.ts';

export interface OpenedBlobStore {
  readonly blobs: BlobStore;
  close(): void;
}

/**
 * The store of files and records that the configuration asks for.
 *
 * @param folder of the data directory; its disk holds the index, so its free space counts with S3 too
 * @throws AppError('invalid_request') when the bucket cannot be used
 */
export async function openBlobStore(location: S3Location | undefined, folder: string): Promise<OpenedBlobStore> {
  const inFolder = createDirectoryBlobStore(folder);
  if (location === undefined) return { blobs: inFolder, close: () => undefined };
  // Loaded only when it is asked for: the SDK takes time and memory to load.
  const { openS3BlobStore } = await import('./adapters/blob-store/s3-blob-store.ts');
  const inBucket = await openS3BlobStore(location);
  return { blobs: { ...inBucket, freeBytes: () => inFolder.freeBytes() }, close: () => inBucket.close() };
}
