import { expect, test } from 'vitest';
import { runWeft } from './__fixtures__/run-weft.ts';
import { startTestServer } from './__fixtures__/test-server.ts';

const running = { id: 'r1', status: 'running', documents_total: 2, documents_done: 1, documents_failed: 0 };
const completed = { ...running, status: 'completed', documents_done: 2, ended_at: '2026-01-02T00:00:00Z' };

test('reindex begins a rebuild, and with --wait joins one that is under way and tells its end', async () => {
  let polls = 0;
  await using server = await startTestServer(({ method }) => {
    if (method === 'POST') return { status: 409, body: { detail: 'The index is being rebuilt already.' } };
    polls += 1;
    return { body: polls < 3 ? running : completed };
  });
  const ending = await runWeft(['reindex', 'notes', '--wait'], { WEFT_URL: server.url });
  expect(ending).toMatchObject({ code: 0, out: expect.stringContaining('The index of 2 documents is rebuilt.') });
  expect(await runWeft(['reindex', 'notes'], { WEFT_URL: server.url })).toMatchObject({ code: 1, out: '' });
});

test('reindex ends with 1 when the rebuild failed, and says why', async () => {
  await using server = await startTestServer(({ method }) => ({
    body: method === 'POST' ? running : { ...completed, status: 'failed', error: 'the disk broke' },
  }));
  const ending = await runWeft(['reindex', 'notes', '--wait'], { WEFT_URL: server.url });
  expect(ending).toMatchObject({ code: 1, out: expect.stringContaining('the disk broke') });
});
