import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ApiClient } from '../../scripts/api-client.ts';
import { mapConcurrently } from '../../src/entrypoints/cli/map-concurrently.ts';
import { countPassagesOf, listDocuments, newestJob, ServerFixture, waitForJob } from '../server-fixture.ts';

const fileCount = 5_000;
const fixture = ServerFixture.use();

const pathOf = (number: number): string => `d${number % 50}/f${number}.txt`;
/** In the text of one file and of no other, in one version of it and in no other. */
const wordOf = (number: number, version: number): string => `w${version}q${number.toString(36)}x`;
const write = (numbers: readonly number[], version: number) =>
  fixture.write(
    Object.fromEntries(
      numbers.map((number) => [pathOf(number), `Record ${number} is filed under ${wordOf(number, version)}.\n`]),
    ),
  );

it('loses, doubles and forgets nothing when everything is killed in the middle of syncs of 5,000 files', {
  timeout: 900_000,
}, async () => {
  const all = Array.from({ length: fileCount }, (_, number) => number);
  await write(all, 1);
  let server = await fixture.start();
  const { id } = await fixture.connect(server.api);

  let seen = 0;
  for (let kill = 0; kill < 4; kill += 1) {
    // Somewhere in the middle, and each time further on: the attempt before is not begun anew.
    await waitForJob(
      server.api,
      id,
      (job) => job.status === 'running' && job.entities_inserted > seen && job.entities_inserted > kill * 800,
    );
    await server.kill();
    server = await fixture.start();
    const job = await newestJob(server.api, id);
    expect(['pending', 'running']).toContain(job.status);
    expect(job.entities_inserted).toBeGreaterThanOrEqual(seen);
    expect(job.entities_inserted).toBeLessThan(fileCount);
    seen = job.entities_inserted;
  }
  expect(await waitForJob(server.api, id)).toMatchObject({ entities_inserted: fileCount, entities_failed: 0 });
  await expectAgreement(server.api, id, new Map(all.map((number) => [number, 1])), []);

  const changed = all.filter((number) => number % 10 === 0);
  const deleted = all.filter((number) => number % 10 === 1);
  await write(changed, 2);
  for (const number of deleted) await rm(join(fixture.folder, pathOf(number)));
  await server.api.post(`/source-connections/${id}/run`);
  await waitForJob(server.api, id, (job) => job.status === 'running');
  await server.kill();
  server = await fixture.start();
  await waitForJob(server.api, id);
  const versions = new Map(all.filter((number) => number % 10 !== 1).map((number) => [number, 1]));
  for (const number of changed) versions.set(number, 2);
  const gone = [...changed, ...deleted].map((number) => wordOf(number, 1));
  await expectAgreement(server.api, id, versions, gone);
  expect(await server.stop()).toMatchObject({ exitCode: 0 });
});

/** Index, database and folder hold the same. */
async function expectAgreement(
  api: ApiClient,
  connectionId: string,
  versions: ReadonlyMap<number, number>,
  gone: readonly string[],
): Promise<void> {
  const connection = await api.get<object>(`/source-connections/${connectionId}`);
  expect(connection).toMatchObject({ status: 'active', entities: { total_entities: versions.size } });
  const documents = await listDocuments(api);
  expect(documents.map((document) => document.state).filter((state) => state !== 'indexed')).toEqual([]);
  expect(documents.map((document) => document.entity_id).toSorted()).toEqual(
    [...versions.keys()].map(pathOf).toSorted(),
  );
  const kept = [...versions].map(([number, version]) => wordOf(number, version));
  const counts = await countAll(api, kept);
  expect(counts.filter(({ found }) => found !== 1)).toEqual([]);
  expect((await countAll(api, gone)).filter(({ found }) => found !== 0)).toEqual([]);
}

/** Asks for many words at once, since one by one would take most of the test's time. */
async function countAll(api: ApiClient, words: readonly string[]) {
  const groups = Array.from({ length: Math.ceil(words.length / 20) }, (_, number) =>
    words.slice(number * 20, number * 20 + 20),
  );
  const counts = await mapConcurrently(groups, 4, (group) => countPassagesOf(api, group));
  return counts.flatMap((group) => [...group].map(([word, found]) => ({ word, found })));
}
