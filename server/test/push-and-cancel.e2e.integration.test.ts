import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { countPassages, listDocuments, newestJob, ServerFixture, waitForJob } from './server-fixture.ts';

const fixture = ServerFixture.use();

it('what was pushed and answered is searchable after everything was killed at once', { timeout: 240_000 }, async () => {
  const documents = Array.from({ length: 50 }, (_, number) => ({
    id: `note-${number}`,
    name: `Note ${number}`,
    text: `Filed under pushedword${number}x.`,
  }));
  let server = await fixture.start();
  await server.api.post('/collections', { name: 'Some papers', readable_id: 'papers' });
  const answer = await server.api.post<{ failed: object[] }>('/collections/papers/documents', { documents });
  await server.kill();
  expect(answer.failed).toEqual([]);

  server = await fixture.start();
  const { api } = server;
  const indexed = async () => (await listDocuments(api)).filter(({ state }) => state === 'indexed').length;
  await expect.poll(indexed, { timeout: 90_000, interval: 100 }).toBe(documents.length);
  for (const { text } of documents) {
    const word = /pushedword\d+x/.exec(text)?.[0] ?? '';
    expect(await countPassages(api, word), word).toBe(1);
  }
});

it('a cancelled run ends within seconds, keeps what it wrote, and another can begin', {
  timeout: 240_000,
}, async () => {
  const { api } = await fixture.start({ ENABLE_INTERNAL_SOURCES: 'true' });
  await api.post('/collections', { name: 'Slow things', readable_id: 'slow' });
  const { id } = await api.post<{ id: string }>('/source-connections', {
    short_name: 'timed',
    readable_collection_id: 'slow',
    // One item every 30 seconds: the cancelling has to reach a source that waits.
    config: { entity_count: 20, duration_seconds: 600 },
  });
  const job = await waitForJob(api, id, ({ status }) => status === 'running');
  await delay(500);
  await api.post(`/source-connections/${id}/jobs/${job.id}/cancel`);
  const began = performance.now();
  await waitForJob(api, id, ({ status }) => status === 'cancelled');
  expect(performance.now() - began).toBeLessThan(5_000);

  await api.patch(`/source-connections/${id}`, { config: { entity_count: 20, duration_seconds: 0.1 } });
  await api.post(`/source-connections/${id}/run`);
  expect((await waitForJob(api, id)).id).not.toBe(job.id);
  expect((await newestJob(api, id)).error).toBeNull();
  expect(await listDocuments(api, 'slow')).toHaveLength(21);
});
