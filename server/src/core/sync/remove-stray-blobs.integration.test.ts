import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSyncFixture, type SyncFixture, textPage } from '../../../test/sync-fixture.ts';
import { SourceError } from '../../connector-kit/index.ts';
import type { SourceConnection } from '../connections/index.ts';
import { documentIdOf } from './hashes.ts';

let fixture: SyncFixture;
beforeAll(async () => {
  fixture = await createSyncFixture();
  fixture.startWorker();
});
afterAll(() => fixture.close());

const prefixOf = (connection: SourceConnection) => `raw/${fixture.caller.scope.organizationId}/${connection.id}`;
const listKeys = async (connection: SourceConnection) =>
  (await Array.fromAsync(fixture.dependencies.blobs.listKeys(prefixOf(connection)))).flat().sort();

test('records that a run kept and did not commit are removed by the next one, and no others', async () => {
  const connection = await fixture.connect();
  fixture.source.pages = async function* () {
    yield textPage({ a: 'ginkgo one', b: 'ginkgo two' }, 1);
  };
  await fixture.run(connection);
  const kept = await listKeys(connection);
  expect(kept).toHaveLength(2);

  const id = documentIdOf(connection.id, 'NoteEntity', 'a');
  const place = `${prefixOf(connection)}/${id.slice(0, 2)}/${id}`;
  const stray = [`${place}-0123456789abcdef`, `${place}-0123456789abcdef.partial-0123456789ab`];
  for (const key of stray) await fixture.dependencies.blobs.put(key, Buffer.from('of a run that was cut off'));
  await fixture.run(connection);
  expect(await listKeys(connection)).toEqual([...kept, ...stray].sort());

  const pages = fixture.source.pages;
  fixture.source.pages = async function* () {
    yield textPage({ a: 'ginkgo one' }, 1);
    throw new SourceError('configuration', 'broken');
  };
  expect(await fixture.run(connection)).toMatchObject({ status: 'failed' });
  fixture.source.pages = pages;
  expect(await fixture.run(connection)).toMatchObject({ status: 'completed', counts: { kept: 2 } });
  expect(await listKeys(connection)).toEqual(kept);
});
