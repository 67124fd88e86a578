import { createHash } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Busboy } from '@fastify/busboy';
import type { PushedDocument } from '../../../core/documents/index.ts';
import { AppError } from '../../../core/shared/index.ts';
import { type BlobStore, formatBytes } from '../../../core/sync/index.ts';
import { DocumentKey, DocumentName, Metadata } from './push-input.ts';

const maxFiles = 100;
const maxFields = 10;
const maxFieldBytes = 1_000_000;

/**
 * Reads a `multipart/form-data` body: each file becomes a document. Its bytes go to the blob store as they come. Fields, to be
 * sent before the files: `metadata` (a JSON object, for all files), and for a single file `id` and `name`; otherwise the file's
 * name is both.
 *
 * @param options.newKey says where the next file is kept
 * @throws AppError('unprocessable' | 'too_large'), and then nothing of it is kept
 */
export async function receiveUploads(
  request: Request,
  options: {
    readonly blobs: BlobStore;
    readonly newKey: () => string;
    readonly maxBytes: number;
    readonly signal: AbortSignal;
  },
): Promise<readonly PushedDocument[]> {
  const received = new Uploads(options);
  try {
    return await received.read(request);
  } catch (error) {
    await received.discard();
    throw error;
  }
}

interface Upload {
  readonly fileName: string;
  readonly mimeType: string;
  readonly blobKey: string;
  readonly stored: Promise<{ readonly sizeBytes: number; readonly sha256: string }>;
  /** Ends the storing of a file of which nothing more comes. */
  readonly giveUp: () => void;
}

class Uploads {
  readonly #options: Parameters<typeof receiveUploads>[1];
  readonly #fields = new Map<string, string>();
  readonly #uploads: Upload[] = [];
  #totalBytes = 0;
  /** What failed first; the rest only follows from it. */
  #failed: 'form' | 'connection' | 'storage' | undefined;

  constructor(options: Parameters<typeof receiveUploads>[1]) {
    this.#options = options;
  }

  async read(request: Request): Promise<readonly PushedDocument[]> {
    const contentType = request.headers.get('content-type') ?? '';
    if (request.body === null) throw new AppError('unprocessable', 'The body is empty.');
    const parser = this.#createParser(contentType);
    // The DOM's and Node's types of the same stream differ in name only.
    const source = Readable.fromWeb(request.body as ReadableStream<Uint8Array>);
    source.once('error', () => this.#note('connection'));
    parser.once('error', () => this.#note('form'));
    try {
      await pipeline(source, parser, { signal: this.#options.signal });
    } catch (error) {
      if (error instanceof AppError || this.#failed !== 'form' || this.#options.signal.aborted) throw error;
      throw new AppError(
        'unprocessable',
        'The form cannot be read: it is malformed, or ends before its last boundary.',
        {
          cause: error,
        },
      );
    }
    if (this.#uploads.length === 0) throw new AppError('unprocessable', 'The form holds no file.');
    const stored = await Promise.all(this.#uploads.map((upload) => upload.stored));
    return this.#uploads.map((upload, index) =>
      this.#toDocument(upload, stored[index] ?? { sizeBytes: 0, sha256: '' }),
    );
  }

  #note(failed: 'form' | 'connection' | 'storage'): void {
    this.#failed ??= failed;
  }

  async discard(): Promise<void> {
    for (const upload of this.#uploads) upload.giveUp();
    await Promise.allSettled(this.#uploads.map((upload) => upload.stored));
    for (const upload of this.#uploads) await this.#options.blobs.delete(upload.blobKey);
  }

  #createParser(contentType: string): InstanceType<typeof Busboy> {
    let parser: InstanceType<typeof Busboy>;
    try {
      const limits = { files: maxFiles, fields: maxFields, fieldSize: maxFieldBytes, headerPairs: 100 };
      parser = new Busboy({ headers: { 'content-type': contentType }, limits });
    } catch (error) {
      throw new AppError('unprocessable', 'The form cannot be read: its Content-Type names no boundary.', {
        cause: error,
      });
    }
    const refuse = (message: string, code: 'unprocessable' | 'too_large' = 'unprocessable') =>
      parser.destroy(new AppError(code, message));
    parser.on('field', (name, value, _nameIsCut, valueIsCut) => {
      if (valueIsCut) refuse(`A field is larger than ${formatBytes(maxFieldBytes)}.`, 'too_large');
      this.#fields.set(name, value);
    });
    parser.on('fieldsLimit', () => refuse(`At most ${maxFields} fields can be sent beside the files.`));
    parser.on('filesLimit', () => refuse(`At most ${maxFiles} files can be sent at once.`));
    parser.on('file', (_field, stream, fileName, _encoding, mimeType) => {
      const blobKey = this.#options.newKey();
      const { stored, giveUp } = this.#store(stream, blobKey);
      // Met again where all are awaited; a failure also ends the parser, so that the client is answered at once.
      stored.catch((error: unknown) => {
        this.#note('storage');
        parser.destroy(error as Error);
      });
      this.#uploads.push({ fileName: fileName || 'file', mimeType, blobKey, stored, giveUp });
    });
    return parser;
  }

  #store(stream: Readable, blobKey: string): Pick<Upload, 'stored' | 'giveUp'> {
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const meter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        sizeBytes += chunk.length;
        this.#totalBytes += chunk.length;
        hash.update(chunk);
        const { maxBytes } = this.#options;
        if (this.#totalBytes <= maxBytes) done(null, chunk);
        else done(new AppError('too_large', `More than ${formatBytes(maxBytes)} were sent (MAX_UPLOAD_BYTES).`));
      },
    });
    // The blob store listens a moment later, and a form may be found broken before: without this that would end the process.
    meter.on('error', () => undefined);
    stream.on('error', (error) => meter.destroy(error));
    const stored = this.#options.blobs
      .put(blobKey, stream.pipe(meter), { isDurable: true })
      .then(() => ({ sizeBytes, sha256: hash.digest('hex') }));
    return { stored, giveUp: () => meter.destroy(new Error('the upload was given up')) };
  }

  #toDocument(upload: Upload, stored: { readonly sizeBytes: number; readonly sha256: string }): PushedDocument {
    const isOnly = this.#uploads.length === 1;
    const id = DocumentKey.safeParse((isOnly ? this.#fields.get('id') : undefined) ?? upload.fileName);
    const name = DocumentName.safeParse((isOnly ? this.#fields.get('name') : undefined) ?? upload.fileName);
    const metadata = this.#readMetadata();
    if (!id.success || !name.success) {
      throw new AppError('unprocessable', 'id and name must be 1 to 512 characters, without control characters.');
    }
    return {
      id: id.data,
      name: name.data,
      ...(metadata === undefined ? {} : { metadata }),
      file: { name: upload.fileName, mimeType: upload.mimeType, blobKey: upload.blobKey, ...stored },
    };
  }

  #readMetadata() {
    const text = this.#fields.get('metadata');
    if (text === undefined) return undefined;
    try {
      return Metadata.parse(JSON.parse(text));
    } catch (error) {
      throw new AppError('unprocessable', 'The field metadata must be a JSON object.', { cause: error });
    }
  }
}
