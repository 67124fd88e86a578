import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ContentSpool, ContentTooLargeError } from '../../core/sync/index.ts';

const smallBytes = 64 * 1024;

/** Short-lived copies in one folder, which is emptied when it is opened: what is in it belongs to runs that are over. */
export async function openDirectorySpool(directory: string): Promise<ContentSpool> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    async spool(content, { maxBytes, signal }) {
      const path = join(directory, randomUUID());
      const hash = createHash('sha256');
      let sizeBytes = 0;
      let small: Buffer[] | undefined = [];
      const count = async function* (source: AsyncIterable<Buffer | string>) {
        for await (const part of source) {
          const chunk = typeof part === 'string' ? Buffer.from(part) : part;
          sizeBytes += chunk.length;
          if (sizeBytes > maxBytes) throw new ContentTooLargeError(maxBytes);
          hash.update(chunk);
          if (sizeBytes > smallBytes) small = undefined;
          small?.push(chunk);
          yield chunk;
        }
      };
      const remove = () => rm(path, { force: true });
      try {
        await pipeline(content, count, createWriteStream(path, { mode: 0o600 }), { signal });
      } catch (error) {
        await remove();
        throw error;
      }
      const bytes = small === undefined ? {} : { bytes: Buffer.concat(small) };
      return { path, sizeBytes, ...bytes, sha256: hash.digest('hex'), open: () => createReadStream(path), remove };
    },
  };
}
