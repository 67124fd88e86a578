import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type End, type Manifest, names } from './archive-format.ts';
import { tarEnd, tarHeader, tarPadding } from './tar.ts';

/** Makes the bytes of an archive, entry after entry, in the order in which they have to be written. */
export class ArchiveWriter {
  readonly #hash = createHash('sha256');
  readonly #now: Date;

  constructor(now: Date) {
    this.#now = now;
  }

  manifest(manifest: Manifest): AsyncGenerator<Buffer> {
    return this.bytes(names.manifest, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  }

  async *bytes(name: string, content: Buffer): AsyncGenerator<Buffer> {
    yield this.#count(tarHeader(name, content.length, this.#now));
    yield this.#count(content);
    yield this.#count(tarPadding(content.length));
  }

  /** @throws Error when the file is not as long as it was a moment ago */
  async *file(name: string, path: string): AsyncGenerator<Buffer> {
    const { size } = await stat(path);
    yield this.#count(tarHeader(name, size, this.#now));
    let sent = 0;
    if (size > 0) {
      for await (const chunk of createReadStream(path, { end: size - 1 }) as AsyncIterable<Buffer>) {
        sent += chunk.length;
        yield this.#count(chunk);
      }
    }
    if (sent !== size) throw new Error(`${path} became shorter while it was copied`);
    yield this.#count(tarPadding(size));
  }

  /** The last entry: `end.json` and the end of the tar file, 2,048 bytes in all. */
  *end(missingBlobs: number): Generator<Buffer> {
    const end: End = { sha256: this.#hash.digest('hex'), missing_blobs: missingBlobs };
    const content = Buffer.from(`${JSON.stringify(end)}\n`);
    yield tarHeader(names.end, content.length, this.#now);
    yield content;
    yield tarPadding(content.length);
    yield tarEnd;
  }

  #count(bytes: Buffer): Buffer {
    this.#hash.update(bytes);
    return bytes;
  }
}
