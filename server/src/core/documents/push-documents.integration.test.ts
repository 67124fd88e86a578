import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture } from '../../../test/sync-fixture.ts';
import type { SyncWorker } from '../sync/index.ts';
import type { PushedDocument } from './document.ts';
import { deleteDocument, getDocument, listDocuments } from './documents.ts';
import { pushDocuments } from './push-documents.ts';

let fixture: SyncFixture;
let worker: SyncWorker;
beforeAll(async () => {
  fixture = await createSyncFixture();
  worker = fixture.startWorker();
});
afterAll(() => fixture.close());

const push = (documents: readonly PushedDocument[], wait = true) =>
  pushDocuments(fixture.pushDependencies, fixture.caller, fixture.collection.readableId, documents, {
    wait,
    signal: new AbortController().signal,
  });
const note = (id: string, text: string): PushedDocument => ({ id, name: `Note ${id}`, text });

describe('pushing documents', () => {
  test('makes them searchable, and the same again does nothing', async () => {
    const documents = [note('1', 'kelp forest'), note('2', 'kelp harvest')];
    expect(await push(documents)).toMatchObject({ accepted: 2, unchanged: 0, failed: [], isPending: false });
    expect((await fixture.search('kelp')).toSorted()).toEqual(['kelp forest', 'kelp harvest']);
    fixture.encoder.embedded.length = 0;
    expect(await push(documents)).toMatchObject({ accepted: 0, unchanged: 2 });
    expect(fixture.encoder.embedded).toEqual([]);
  });

  test('replaces what has the same id, and only that', async () => {
    await push([note('r', 'old reed'), note('s', 'still reed')]);
    await push([note('r', 'new reed')]);
    expect((await fixture.search('reed')).toSorted()).toEqual(['new reed', 'still reed']);
  });

  test('of the same id twice keeps the later', async () => {
    await push([note('twice', 'first moss'), note('twice', 'second moss')]);
    expect(await fixture.search('moss')).toEqual(['second moss']);
  });

  test('reports what cannot be indexed and keeps the rest', async () => {
    fixture.encoder.breaksOn = 'unspeakable';
    const result = await push([note('ok', 'fine fern'), note('bad', 'unspeakable fern')]);
    fixture.encoder.breaksOn = undefined;
    expect(result).toMatchObject({ accepted: 1, failed: [{ id: 'bad', error: expect.stringContaining('it broke') }] });
    expect(await push([note('bad', 'unspeakable fern')])).toMatchObject({ accepted: 1, failed: [] });
  });

  test('from many callers at once loses none', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => push([note(`many-${i}`, `crowded lichen ${i}`)], i % 2 === 0)),
    );
    await expect.poll(async () => (await fixture.search('crowded lichen')).length).toBe(20);
  });

  test('stores text with NUL and broken surrogates in metadata without failing', async () => {
    const metadata = { 'a\0b': 'c\0d \ud800' };
    expect(await push([{ ...note('nul', 'odd alga\0 text'), metadata }])).toMatchObject({ accepted: 1, failed: [] });
    const document = await getDocument(fixture.pushDependencies, fixture.caller, fixture.collection.readableId, 'nul');
    expect(document.metadata).toEqual({ ab: 'cd \ufffd' });
  });
});

describe('deleting a pushed document', () => {
  const remove = (id: string) =>
    deleteDocument(fixture.pushDependencies, fixture.caller, fixture.collection.readableId, id);

  test('hides it at once, and its rows are dropped', async () => {
    await push([note('gone', 'doomed duckweed')]);
    await remove('gone');
    expect(await fixture.search('duckweed')).toEqual([]);
    await expect(remove('gone')).rejects.toThrow("Document 'gone' not found");
  });

  test('also removes what still waits to be indexed', async () => {
    await worker.stop();
    await push([note('waiting', 'never seen sedge')], false);
    const [pending] = await listDocuments(fixture.pushDependencies, fixture.caller, fixture.collection.readableId, {
      state: 'pending',
      sourceConnectionId: null,
      search: null,
      skip: 0,
      limit: 10,
    });
    expect(pending).toMatchObject({ entityId: 'waiting', state: 'pending', name: 'Note waiting' });
    await remove('waiting');
    worker = fixture.startWorker();
    await push([note('after', 'after sedge')]);
    expect(await fixture.search('sedge')).toEqual(['after sedge']);
  });
});
