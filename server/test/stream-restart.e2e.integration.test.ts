import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ServerFixture, waitForJob } from './server-fixture.ts';

const fixture = ServerFixture.use();

interface Progress {
  readonly type?: string;
  readonly inserted?: number;
  readonly status?: string | null;
}

/** Follows as widgets do: again after every break, until a state is the last. @returns what each attempt was told */
async function follow(url: string, token: string, onMessage: (message: Progress) => void): Promise<Progress[][]> {
  const attempts: Progress[][] = [];
  for (;;) {
    const messages: Progress[] = [];
    try {
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      if (response.status !== 200) throw new Error(`refused: ${response.status} ${await response.text()}`);
      attempts.push(messages);
      let text = '';
      for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
        const frames = (text + chunk).split('\n\n');
        text = frames.pop() ?? '';
        for (const frame of frames.filter((part) => part.startsWith('data: '))) {
          const message: Progress = JSON.parse(frame.slice('data: '.length));
          messages.push(message);
          onMessage(message);
        }
      }
    } catch (error) {
      // The server is gone for a while; anything that it says itself is no break.
      if (String(error).includes('refused: ')) throw error;
    }
    if (messages.some(({ status }) => typeof status === 'string')) return attempts;
    await delay(200);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('there is no port');
  return address.port;
}

it('who follows a run through a Connect session comes back after the server was killed, and learns its end', {
  timeout: 240_000,
}, async () => {
  const env = { ENABLE_INTERNAL_SOURCES: 'true', PORT: String(await freePort()) };
  let server = await fixture.start(env);
  await server.api.post('/collections', { name: 'Slow things', readable_id: 'slow' });
  const { id } = await server.api.post<{ id: string }>('/source-connections', {
    short_name: 'timed',
    readable_collection_id: 'slow',
    config: { entity_count: 2_000, duration_seconds: 20 },
  });
  const { session_token } = await server.api.post<{ session_token: string }>('/connect/sessions', {
    readable_collection_id: 'slow',
    allowed_integrations: ['timed'],
    mode: 'manage',
  });
  let inserted = 0;
  const url = `${server.url}/connect/source-connections/${id}/subscribe`;
  const following = follow(url, session_token, (message) => {
    inserted = message.inserted ?? inserted;
  });
  await expect.poll(() => inserted, { timeout: 60_000 }).toBeGreaterThan(200);

  await server.kill();
  server = await fixture.start(env);
  const attempts = await following;

  expect(attempts.length).toBeGreaterThan(1);
  for (const messages of attempts) expect(messages[0]).toMatchObject({ type: 'connected' });
  const [before = [], ...after] = attempts;
  const known = before.findLast((message) => message.inserted !== undefined);
  const last = after.at(-1) ?? [];
  // The state comes at once and says what was there before the break.
  expect(last[1]?.inserted ?? 0).toBeGreaterThanOrEqual(known?.inserted ?? 0);
  expect(last.at(-1)).toMatchObject({ status: 'completed', inserted: 2_001 });
  expect(await waitForJob(server.api, id)).toMatchObject({ entities_inserted: 2_001 });
});
