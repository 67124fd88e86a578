import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture } from '../../../test/sync-fixture.ts';
import { createSweepStore } from '../../adapters/postgres/sweep-store.ts';
import { silentLogger } from '../shared/index.ts';
import { newUploadKey, removeStrayUploads, sha256, uploadPrefixOf } from '../sync/index.ts';
import type { DocumentStore } from './document-store.ts';
import { pushDocuments } from './push-documents.ts';

/** What becomes of an upload whose push comes to nothing, on a real database and blob store. No worker runs: pushes wait. */
let fixture: SyncFixture;
beforeAll(async () => {
  fixture = await createSyncFixture();
});
afterAll(() => fixture.close());

const hourMs = 3_600_000;
const listKeys = async () =>
  (
    await Array.fromAsync(
      fixture.dependencies.blobs.listKeys(uploadPrefixOf(fixture.caller.scope, fixture.collection.id)),
    )
  ).flat();
const sweep = (now: Date) =>
  removeStrayUploads(
    { sweep: createSweepStore(fixture.database), blobs: fixture.dependencies.blobs, logger: silentLogger },
    { now, signal: new AbortController().signal },
  );

/** Stores a file as an upload does, before its push. */
async function upload(begunAt = new Date()): Promise<string> {
  const key = newUploadKey(fixture.caller.scope, fixture.collection.id, begunAt);
  await fixture.dependencies.blobs.put(key, Buffer.from('an otter'));
  return key;
}

const push = (blobKey: string, changes: Partial<DocumentStore> = {}) => {
  const file = { name: `${blobKey}.txt`, blobKey, sizeBytes: 8, sha256: sha256('an otter') };
  return pushDocuments(
    { ...fixture.pushDependencies, documents: { ...fixture.pushDependencies.documents, ...changes } },
    fixture.caller,
    fixture.collection.readableId,
    [{ id: blobKey, name: 'A file', file }],
    { wait: false, signal: new AbortController().signal },
  );
};
const fail = () => Promise.reject(new Error('the database is gone'));

test('the upload of a push that cannot be stored is removed at once', async () => {
  for (const step of ['ensurePushTarget', 'findPushedStates', 'enqueue'] as const) {
    await expect(push(await upload(), { [step]: fail })).rejects.toThrow('the database is gone');
    expect([step, await listKeys()]).toEqual([step, []]);
  }
});

test('the upload of a push that was stored stays, though the answer of the database was lost', async () => {
  const { enqueue } = fixture.pushDependencies.documents;
  const key = await upload();
  const lost: DocumentStore['enqueue'] = async (...args) => {
    await enqueue(...args);
    return fail();
  };
  await expect(push(key, { enqueue: lost })).rejects.toThrow('the database is gone');
  expect(await listKeys()).toEqual([key]);
  await sweep(new Date(Date.now() + 48 * hourMs));
  expect(await listKeys()).toEqual([key]);
});

test('uploads that a crash cut off are removed after a day, halves of files too, and no others', async () => {
  const before = await listKeys();
  const stored = await upload();
  await push(stored);
  const stray = await upload();
  await fixture.dependencies.blobs.put(`${stray}.partial-0123456789ab`, Buffer.from('an o'));
  // While the database is down it is not known whether the push was stored.
  const unknown = await upload();
  await expect(push(unknown, { enqueue: fail, findWaitingUploads: fail })).rejects.toThrow('the database is gone');
  expect(await listKeys()).toHaveLength(before.length + 4);

  await sweep(new Date(Date.now() + 23 * hourMs));
  expect(await listKeys()).toHaveLength(before.length + 4);
  await sweep(new Date(Date.now() + 25 * hourMs));
  expect((await listKeys()).toSorted()).toEqual([...before, stored].toSorted());
});
