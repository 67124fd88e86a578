import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type S3Server, startS3Server } from './__fixtures__/start-s3-server.ts';
import { describeBlobStore } from './blob-store.conformance.ts';
import { openS3BlobStore, type S3Location } from './s3-blob-store.ts';

let server: S3Server;
let location: S3Location;
let client: S3Client;
beforeAll(async () => {
  server = await startS3Server();
  Object.assign(process.env, server.credentials);
  location = { bucket: server.bucket, prefix: 'some/place', region: 'eu-central-1', endpoint: server.endpoint };
  client = new S3Client({ region: location.region, endpoint: server.endpoint, forcePathStyle: true });
});
afterAll(async () => {
  client.destroy();
  await server.close();
});

describeBlobStore('S3', async () => {
  const blobs = await openS3BlobStore(location);
  const folder = join(server.directory, server.bucket);
  return {
    blobs,
    async listStored() {
      const files = await readdir(folder, { recursive: true });
      return files.filter((file) => file.endsWith('_object'));
    },
    async damage(key) {
      const whole = await readFile(join(folder, location.prefix, `${key}._S3rver_object`));
      const cut = { Bucket: server.bucket, Key: `${location.prefix}/${key}`, Body: whole.subarray(0, -3) };
      await client.send(new PutObjectCommand(cut));
    },
    async close() {
      blobs.close();
    },
  };
});

test('two prefixes of one bucket are apart', async () => {
  const [one, two] = [await openS3BlobStore(location), await openS3BlobStore({ ...location, prefix: 'some/place-b' })];
  await one.put('e/key', Buffer.from('one'));
  await expect(two.get('e/key')).rejects.toMatchObject({ code: 'not_found' });
  await two.deletePrefix('e');
  await (await one.get('e/key')).toArray();
  expect(await one.freeBytes()).toBeNull();
  one.close();
  two.close();
});

test('a bucket that is not there stops the start, in words that say what to check', async () => {
  const opening = openS3BlobStore({ ...location, bucket: 'missing' });
  await expect(opening).rejects.toMatchObject({ code: 'invalid_request' });
  await expect(opening).rejects.toThrow(/The bucket missing of BLOB_URL cannot be used: .*that the bucket exists/);
});

test('a storage that went away is an outage, not a missing blob', { timeout: 60_000 }, async () => {
  const gone = await startS3Server();
  const blobs = await openS3BlobStore({ ...location, endpoint: gone.endpoint });
  await gone.close();
  await expect(blobs.get('e/key')).rejects.toMatchObject({ code: 'unavailable' });
  await expect(blobs.put('e/key', Buffer.from('x'))).rejects.toMatchObject({ code: 'unavailable' });
  blobs.close();
});
