import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  countPassages,
  listDocuments,
  newestJob,
  type RunningServer,
  ServerFixture,
  waitForJob,
} from './server-fixture.ts';

const fixture = ServerFixture.use();
const soon = { timeout: 60_000, interval: 200 };

it('a watched folder is searchable as it is now: new, changed, renamed and deleted files are seen without a run by hand', {
  timeout: 300_000,
}, async () => {
  await fixture.write({ 'first.txt': 'The otter sleeps.\n' });
  let server = await fixture.start();
  const { id } = await fixture.connect(server.api, { watch: true });
  await waitForJob(server.api, id);
  await untilWatched();

  const began = performance.now();
  await fixture.write({ 'new/second.txt': 'A badger digs.\n' });
  await expect.poll(() => countPassages(server.api, 'badger'), soon).toBe(1);
  expect(performance.now() - began).toBeLessThan(20_000);
  expect((await newestJob(server.api, id)).trigger).toBe('watch');

  await fixture.write({ 'new/second.txt': 'A weasel digs.\n' });
  await expect.poll(() => countPassages(server.api, 'weasel'), soon).toBe(1);
  expect(await countPassages(server.api, 'badger')).toBe(0);

  await rename(join(fixture.folder, 'new/second.txt'), join(fixture.folder, 'moved.txt'));
  await expect.poll(() => namesOf(server), soon).toEqual(['first.txt', 'moved.txt']);
  expect(await countPassages(server.api, 'weasel')).toBe(1);

  await rm(join(fixture.folder, 'moved.txt'));
  await expect.poll(() => namesOf(server), soon).toEqual(['first.txt']);
  expect(await countPassages(server.api, 'weasel')).toBe(0);

  // A restart watches again; PATCH ends it.
  await server.stop();
  server = await fixture.start();
  await untilWatched();
  await fixture.write({ 'third.txt': 'The heron waits.\n' });
  await expect.poll(() => countPassages(server.api, 'heron'), soon).toBe(1);
  await server.api.patch(`/source-connections/${id}`, { config: { path: fixture.folder } });
  await untilWatched();
  const { id: lastJob } = await newestJob(server.api, id);
  await fixture.write({ 'fourth.txt': 'A stoat hides.\n' });
  await delay(5_000);
  expect((await newestJob(server.api, id)).id).toBe(lastJob);
});

/** The server looks every five seconds which connections are to be watched, and a watch needs a moment to be set up. */
const untilWatched = (): Promise<void> => delay(7_000);

const namesOf = async (server: RunningServer): Promise<readonly string[]> =>
  (await listDocuments(server.api)).map((document) => document.entity_id).toSorted();
