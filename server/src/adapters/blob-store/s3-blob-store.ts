import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createZstdCompress, createZstdDecompress, zstdCompress } from 'node:zlib';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { AppError, isAppError, toMessage } from '../../core/shared/index.ts';
import type { BlobStore } from '../../core/sync/index.ts';
import { requireBlobKey } from './blob-key.ts';

export interface S3Location {
  readonly bucket: string;
  /** In front of every key; without slashes at its ends. Empty: none. */
  readonly prefix: string;
  readonly region: string;
  /** Of a store other than Amazon's, such as `http://127.0.0.1:9000`; its buckets are then part of the path. */
  readonly endpoint?: string;
}

/** The smallest part that S3 takes; a stream has at most two of them in memory. */
const partBytes = 5 * 1024 * 1024;
const partsAtOnce = 2;
const connectTimeoutMs = 5_000;
/** Without a byte in either direction. */
const silenceTimeoutMs = 60_000;
/** S3's own limit is 1,000. */
const keysPerDelete = 1_000;

/**
 * Blobs as objects of an S3 bucket, compressed with Zstandard. S3 shows an object whole or not at all, and is durable when
 * it has answered. Credentials come from where the AWS SDK looks for them: `AWS_ACCESS_KEY_ID` and
 * `AWS_SECRET_ACCESS_KEY`, a profile, or the machine's role.
 *
 * @throws AppError('invalid_request') when the bucket cannot be listed
 */
export async function openS3BlobStore(location: S3Location): Promise<BlobStore & { close(): void }> {
  const client = createClient(location);
  const bucket = location.bucket;
  const prefix = location.prefix === '' ? '' : `${location.prefix}/`;
  const at = (key: string) => ({ Bucket: bucket, Key: `${prefix}${requireBlobKey(key)}` });
  await requireBucket(client, location);

  return {
    async put(key, content) {
      const target = at(key);
      if (content instanceof Uint8Array) {
        const body = await compress(content);
        await ask(() => client.send(new PutObjectCommand({ ...target, Body: body })));
      } else await ask(() => upload(client, target, content));
    },

    async get(key) {
      const target = at(key);
      const { Body: body } = await ask(() => client.send(new GetObjectCommand(target)), key);
      const decompressed = createZstdDecompress();
      // In Node the body is a stream of Node's. An error on either side ends the other; the reader sees it on its stream.
      pipeline(body as Readable, decompressed).catch((error: unknown) => decompressed.destroy(error as Error));
      return decompressed;
    },

    async delete(key) {
      const target = at(key);
      await ask(() => client.send(new DeleteObjectCommand(target)));
    },

    async deletePrefix(key) {
      const target = at(key);
      await ask(async () => {
        await client.send(new DeleteObjectCommand(target));
        await deleteBelow(client, bucket, `${target.Key}/`);
      });
    },

    async *listKeys(key) {
      const target = at(key);
      for (let token: string | undefined; ; ) {
        const page = await ask(() =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: `${target.Key}/`,
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
          ),
        );
        const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key.slice(prefix.length)]));
        if (keys.length > 0) yield keys;
        token = page.NextContinuationToken;
        if (token === undefined) return;
      }
    },

    async freeBytes() {
      return null;
    },

    close: () => client.destroy(),
  };
}

function createClient({ region, endpoint }: S3Location): S3Client {
  return new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    maxAttempts: 5,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      socketTimeout: silenceTimeoutMs,
    },
    // Stores other than Amazon's often do not know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

async function requireBucket(client: S3Client, { bucket, prefix }: S3Location): Promise<void> {
  try {
    await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix === '' ? '' : `${prefix}/`, MaxKeys: 1 }),
    );
  } catch (error) {
    client.destroy();
    throw new AppError(
      'invalid_request',
      `The bucket ${bucket} of BLOB_URL cannot be used: ${toMessage(error)}. Check the address and region in BLOB_URL, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that the bucket exists.`,
      { cause: error },
    );
  }
}

async function upload(
  client: S3Client,
  target: { readonly Bucket: string; readonly Key: string },
  content: Readable,
): Promise<void> {
  const compressed = createZstdCompress();
  const upload = new Upload({
    client,
    params: { ...target, Body: compressed },
    partSize: partBytes,
    queueSize: partsAtOnce,
  });
  // What breaks first tells why; the other side is ended with it.
  const reading = pipeline(content, compressed).catch(async (error: unknown) => {
    // Ends the parts under way; `sending` fails with it, and what broke first is told.
    await upload.abort().catch(() => undefined);
    throw error;
  });
  const sending = upload.done().catch((error: unknown) => {
    compressed.destroy(error as Error);
    throw error;
  });
  const [read, sent] = await Promise.allSettled([reading, sending]);
  if (read.status === 'rejected') throw read.reason;
  if (sent.status === 'rejected') throw sent.reason;
}

async function deleteBelow(client: S3Client, bucket: string, prefix: string): Promise<void> {
  for (;;) {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: keysPerDelete }),
    );
    const keys = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    if (keys.length === 0) return;
    const { Errors: errors = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys, Quiet: true } }),
    );
    const [first] = errors;
    if (first !== undefined) {
      throw new AppError('unavailable', `The file storage (BLOB_URL) kept an object: ${first.Message ?? first.Code}.`);
    }
  }
}

const compress = promisify(zstdCompress);

/** @param key of what is read, for the message when it is not there */
async function ask<T>(call: () => Promise<T>, key?: string): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (key !== undefined && error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) {
      throw new AppError('not_found', `There is no blob '${key}'`, { cause: error });
    }
    if (isAppError(error) || !isOfStorage(error)) throw error;
    throw new AppError('unavailable', `The file storage (BLOB_URL) failed: ${toMessage(error)}. It is tried again.`, {
      cause: error,
    });
  }
}

/** What the storage or the way to it did; other errors are the content's own. */
function isOfStorage(error: unknown): boolean {
  return error instanceof Error && '$metadata' in error;
}
