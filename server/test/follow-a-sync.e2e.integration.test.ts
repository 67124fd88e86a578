import { expect, it } from 'vitest';
import { ServerFixture, waitForJob } from './server-fixture.ts';

const fixture = ServerFixture.use();

it('a run is followed as it goes, and one who follows does not hold up the stop of the server', {
  timeout: 240_000,
}, async () => {
  const server = await fixture.start({ ENABLE_INTERNAL_SOURCES: 'true' });
  await server.api.post('/collections', { name: 'Slow things', readable_id: 'slow' });
  const { id } = await server.api.post<{ id: string }>('/source-connections', {
    short_name: 'timed',
    readable_collection_id: 'slow',
    config: { entity_count: 6_000, duration_seconds: 600 },
  });
  const job = await waitForJob(server.api, id, ({ status }) => status === 'running');

  const response = await fetch(`${server.url}/sync/job/${job.id}/subscribe`);
  const messages: { readonly inserted?: number; readonly phase?: string }[] = [];
  const reading = (async () => {
    let text = '';
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const frames = (text + chunk).split('\n\n');
      text = frames.pop() ?? '';
      const told = frames.filter((frame) => frame.startsWith('data: '));
      messages.push(...told.map((frame) => JSON.parse(frame.slice('data: '.length))));
    }
  })();
  await expect
    .poll(() => new Set(messages.map(({ inserted }) => inserted)).size, { timeout: 30_000 })
    .toBeGreaterThan(3);
  expect(messages[0]).toEqual({ type: 'connected', job_id: job.id });
  expect(messages.at(-1)?.phase).toBe('reading');

  const { ms } = await server.stop();
  await reading;
  expect(ms).toBeLessThan(4_000);
});
