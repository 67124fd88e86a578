import crypto from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from 's3rver';

export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  /** Where it keeps objects: `KEY._S3rver_object` in the folder of the bucket. */
  readonly directory: string;
  /** What a client needs in its environment. */
  readonly credentials: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  close(): Promise<void>;
}

/** An S3 server with one bucket, in this process, on a free port. */
export async function startS3Server(): Promise<S3Server> {
  replaceRetiredCipher();
  const directory = await mkdtemp(join(tmpdir(), 'weft-s3-'));
  const bucket = 'weft';
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: bucket }],
  });
  const { port } = await server.run();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    directory,
    credentials: { AWS_ACCESS_KEY_ID: 'S3RVER', AWS_SECRET_ACCESS_KEY: 'S3RVER' },
    async close() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The server writes the token of a list's next page with a cipher that OpenSSL 3 no longer has; another of its kind will do. */
function replaceRetiredCipher(): void {
  const original = crypto.createCipheriv;
  if (original.name === 'createReplaced') return;
  crypto.createCipheriv = function createReplaced(name: string, key: Buffer, iv: Buffer) {
    const isRetired = name === 'des';
    return original(isRetired ? 'des-ede3-cbc' : name, isRetired ? Buffer.concat([key, key, key]) : key, iv);
  } as typeof crypto.createCipheriv;
}
