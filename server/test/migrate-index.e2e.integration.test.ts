import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ApiClient } from '../scripts/api-client.ts';
import { runWeft } from '../src/entrypoints/cli/__fixtures__/run-weft.ts';
import { ServerFixture } from './server-fixture.ts';

const fixture = ServerFixture.use();
const url = process.env.TEST_SEARCH_URL;

const push = (api: ApiClient, id: string, text: string) =>
  api.post('/collections/papers/documents?wait=true', { documents: [{ id, name: id, text }] });
const countPassages = async (api: ApiClient, query: string) => {
  const body = { query, limit: 500, group_by: 'chunk' };
  return (await api.post<{ results: readonly unknown[] }>('/collections/papers/search/instant', body)).results.length;
};
const migrate = (...options: string[]) =>
  runWeft(['migrate-index', '--json', ...options], { WEFT_DATA_DIR: fixture.dataDirectory });

/** Pushes and searches until it is told to stop; what it pushed must be found at once. */
async function useUntil(api: ApiClient, name: string, isOver: () => boolean): Promise<number> {
  let pushed = 0;
  for (; !isOver(); pushed++) {
    await push(api, `${name}-${pushed}`, `The ${name} otter.`);
    expect(await countPassages(api, 'heron')).toBe(20);
    expect(await countPassages(api, name)).toBe(pushed + 1);
    await delay(100);
  }
  return pushed;
}

describe('weft migrate-index', () => {
  it.skipIf(url === undefined)(
    'moves a collection to OpenSearch and back while it is written and searched',
    { timeout: 300_000 },
    async () => {
      const embedded = await fixture.start();
      await embedded.api.post('/collections', { name: 'papers', readable_id: 'papers' });
      for (let i = 0; i < 20; i++) await push(embedded.api, `d${i}`, `A heron, number ${i}.`);
      expect(JSON.parse((await migrate()).out)).toMatchObject({ under_way: 0, left: 0 });
      await embedded.stop();

      for (const [engine, name] of [
        ['opensearch', 'outbound'],
        ['lancedb', 'homeward'],
      ] as const) {
        const server = await fixture.start({ SEARCH_URL: url ?? '', SEARCH_ENGINE: engine });
        expect(await countPassages(server.api, 'heron')).toBe(20);
        let isOver = false;
        const [pushed, moved] = await Promise.all([
          useUntil(server.api, name, () => isOver),
          migrate('--wait').finally(() => {
            isOver = true;
          }),
        ]);
        expect(moved).toMatchObject({ code: 0, err: '' });
        const answer = JSON.parse(moved.out);
        expect(answer).toMatchObject({ under_way: 0, left: 0, in_place: answer.collections });
        expect([await countPassages(server.api, 'heron'), await countPassages(server.api, name)]).toEqual([20, pushed]);
        await push(server.api, 'last', `The last ${engine}.`);
        expect(await countPassages(server.api, engine)).toBe(1);
        await server.stop();
      }

      // Nothing is left that only the cluster has.
      const alone = await fixture.start();
      expect([await countPassages(alone.api, 'heron'), await countPassages(alone.api, 'lancedb')]).toEqual([20, 1]);
    },
  );
});
