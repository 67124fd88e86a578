import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApiClient } from '../scripts/api-client.ts';
import { answersVectors, type EmbeddingScript } from '../src/adapters/language-models/testing/scripted-embeddings.ts';
import {
  type ScriptedModelServer,
  startScriptedModelServer,
} from '../src/adapters/language-models/testing/scripted-model-server.ts';
import { runWeft } from '../src/entrypoints/cli/__fixtures__/run-weft.ts';
import { type RunningServer, ServerFixture, waitForJob } from './server-fixture.ts';

const fixture = ServerFixture.use();
let script: EmbeddingScript = answersVectors();
let provider: ScriptedModelServer;
beforeAll(async () => {
  provider = await startScriptedModelServer(
    () => '',
    (request) => script(request),
  );
});
afterAll(() => provider.close());

const start = (env: Readonly<Record<string, string>> = {}) =>
  fixture.start({
    EMBEDDING_PROVIDER: 'compatible:words',
    EMBEDDING_BASE_URL: provider.url,
    EMBEDDING_API_KEY: 'sk-scripted-secret',
    ...env,
  });
const search = (api: ApiClient, query: string, strategy = 'hybrid') =>
  api.post<{ strategy: string; results: readonly { name: string }[] }>('/collections/papers/search/instant', {
    query,
    retrieval_strategy: strategy,
  });
const collection = (api: ApiClient) =>
  api.get<{ embedding_model_name: string; vector_size: number; needs_reindex: boolean }>('/collections/papers');
const push = (api: ApiClient, id: string, text: string) =>
  api.post('/collections/papers/documents?wait=true', { documents: [{ id, name: id, text }] });
const reindex = async ({ url }: RunningServer) => {
  const { code, err } = await runWeft(['reindex', 'papers', '--wait'], { WEFT_URL: url });
  expect(err).toBe('');
  expect(code).toBe(0);
};

it('a collection keeps the embedding model it was indexed with, until a reindex', { timeout: 240_000 }, async () => {
  await fixture.write({ 'heron.md': 'A heron stands in the water.', 'otter.md': 'An otter sleeps on its back.' });
  const first = await start();
  const { id } = await fixture.connect(first.api);
  await waitForJob(first.api, id);
  expect(await collection(first.api)).toMatchObject({
    ...{ embedding_model_name: 'compatible:words@64', vector_size: 64, needs_reindex: false },
  });
  expect(await search(first.api, 'heron water')).toMatchObject({
    strategy: 'hybrid',
    results: [{ name: 'heron.md' }, {}],
  });
  expect(await search(first.api, 'back otter', 'semantic')).toMatchObject({
    strategy: 'semantic',
    results: [{ name: 'otter.md' }, {}],
  });
  expect(await first.api.get('/models')).toMatchObject({ embedding: { model: 'compatible:words@64', dimensions: 64 } });
  const remembered = await readFile(join(fixture.dataDirectory, 'embedding-dimensions.json'), 'utf8');
  expect(Object.values(JSON.parse(remembered))).toEqual([64]);
  await first.stop();

  const second = await start({ EMBEDDING_DIMENSIONS: '32' });
  expect(await collection(second.api)).toMatchObject({ vector_size: 64, needs_reindex: true });
  expect(await search(second.api, 'heron water')).toMatchObject({
    strategy: 'keyword',
    results: [{ name: 'heron.md' }],
  });
  // Written beside vectors of the other model: without any.
  const asked = provider.embeddings.length;
  await push(second.api, 'badger', 'A badger digs at night.');
  expect(
    provider.embeddings
      .slice(asked)
      .flatMap(({ texts }) => texts)
      .join(),
  ).not.toContain('badger');
  expect(await search(second.api, 'badger')).toMatchObject({ strategy: 'keyword', results: [{ name: 'badger' }] });

  await reindex(second);
  expect(await collection(second.api)).toMatchObject({
    ...{ embedding_model_name: 'compatible:words@32', vector_size: 32, needs_reindex: false },
  });
  expect(await search(second.api, 'night badger', 'semantic')).toMatchObject({
    strategy: 'semantic',
    results: [{ name: 'badger' }, {}, {}],
  });
  expect(await search(second.api, 'heron water')).toMatchObject({ strategy: 'hybrid' });
  // And goes on with it.
  await push(second.api, 'crane', 'A crane flies south.');
  expect(await search(second.api, 'crane south', 'semantic')).toMatchObject({
    results: [{ name: 'crane' }, {}, {}, {}],
  });
  expect(second.output()).not.toContain('sk-scripted-secret');
});

it('a server starts, searches and waits while the provider is down', { timeout: 240_000 }, async () => {
  await fixture.write({ 'heron.md': 'A heron stands in the water.' });
  const first = await start();
  const { id } = await fixture.connect(first.api);
  await waitForJob(first.api, id);
  await first.stop();

  const failing: EmbeddingScript = () => ({
    status: 429,
    headers: { 'retry-after': '90' },
    body: { error: 'slow down' },
  });
  script = failing;
  const second = await start();
  expect(await search(second.api, 'heron')).toMatchObject({ strategy: 'keyword', results: [{ name: 'heron.md' }] });
  expect(await collection(second.api)).toMatchObject({
    embedding_model_name: 'compatible:words@64',
    needs_reindex: false,
  });
  expect(await second.api.get('/models')).toMatchObject({
    embedding: { dimensions: 64, last_problem: { kind: 'limit_reached' } },
  });
  const { code, out } = await runWeft(['models', 'test', '--task', 'embedding'], { WEFT_URL: second.url });
  expect([code, out]).toEqual([1, expect.stringContaining('over its rate limit')]);

  await fixture.write({ 'otter.md': 'An otter sleeps on its back.' });
  await second.api.post(`/source-connections/${id}/run`);
  const waiting = await waitForJob(second.api, id, ({ error }) => error?.includes('over its rate limit') === true);
  expect(['pending', 'running', 'created']).toContain(waiting.status);
  script = answersVectors();
  await second.stop();

  // What waits is taken up by the next start at the latest.
  const third = await start();
  expect(await search(third.api, 'heron', 'semantic')).toMatchObject({ strategy: 'semantic' });
});

it('a server whose model has never answered refuses what needs it, and starts nevertheless', {
  timeout: 120_000,
}, async () => {
  script = () => ({ status: 401, body: { error: { message: 'Incorrect API key provided: sk-scripted-secret' } } });
  const server = await start();
  await expect(fixture.connect(server.api)).rejects.toThrow(/503.*EMBEDDING_DIMENSIONS/s);
  expect(await server.api.get('/models')).toMatchObject({
    embedding: { model: 'compatible:words@?', dimensions: null, last_problem: { kind: 'wrong_key' } },
  });
  expect(server.output()).toContain('refuses the key');
  expect(server.output()).not.toContain('sk-scripted-secret');
  script = answersVectors();
  const { code } = await runWeft(['models', 'test'], { WEFT_URL: server.url });
  expect(code).toBe(0);
  await fixture.write({ 'heron.md': 'A heron stands in the water.' });
  const { id } = await fixture.connect(server.api);
  await waitForJob(server.api, id);
  expect(await search(server.api, 'heron')).toMatchObject({ strategy: 'hybrid' });
});
