import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../../../core/shared/index.ts';
import { answersVectors, type EmbeddingScript, wordVector } from '../../language-models/testing/scripted-embeddings.ts';
import {
  type ScriptedModelServer,
  startScriptedModelServer,
} from '../../language-models/testing/scripted-model-server.ts';
import { createRemoteEncoder, type RemoteEncoderOptions } from './remote-encoder.ts';

const key = 'sk-scripted-secret';
const answers = answersVectors(8);
const signal = new AbortController().signal;
let script: EmbeddingScript;
let provider: ScriptedModelServer;
let folder: string;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  script = answers;
  provider = await startScriptedModelServer(
    () => '',
    (request) => script(request),
  );
  folder = await mkdtemp(join(tmpdir(), 'weft-embeddings-'));
});
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  await provider.close();
  await rm(folder, { recursive: true });
});

/** With waits of milliseconds. */
async function open(
  change: Partial<RemoteEncoderOptions> & { readonly dimensions?: number; readonly url?: string } = {},
) {
  const { dimensions, url = provider.url, ...options } = change;
  const created = await createRemoteEncoder(
    {
      embedding: {
        name: { provider: 'compatible', model: 'words' },
        settings: { baseUrl: url, apiKey: key },
        dimensions,
      },
      dimensionsFile: join(folder, 'dimensions.json'),
      logger: silentLogger,
      ...{ firstWaitMs: 1, maxWaitMs: 10_000, askAgainMs: 20 },
      ...options,
    },
    signal,
  );
  closers.push(() => created.encoder.close());
  return created;
}

const lengthOf = (vector: Float32Array) => Math.hypot(...vector);

/** The first `count` calls answer as told, the others with vectors. */
function firstCalls(count: number, reply: EmbeddingScript): EmbeddingScript {
  let calls = 0;
  return (request) => {
    calls += 1;
    return calls <= count ? reply(request) : answers(request);
  };
}

/** Fails whenever the text is among those of a request. */
const failsFor =
  (bad: string, reply: EmbeddingScript): EmbeddingScript =>
  (request) =>
    request.texts.includes(bad) ? reply(request) : answers(request);

describe('a remote encoder', () => {
  test('asks the model for its dimensions, and is named for provider, model and dimensions', async () => {
    const { encoder, model } = await open();
    expect([encoder.name, encoder.dimensions]).toEqual(['compatible:words@8', 8]);
    expect(model.report()).toMatchObject({ name: 'compatible:words@8', dimensions: 8, lastProblem: null });
    expect(provider.embeddings[0]).toMatchObject({ model: 'words', dimensions: undefined });
    expect(provider.embeddings[0]?.headers.authorization).toBe(`Bearer ${key}`);
  });

  test('gives queries and documents unit vectors, in order', async () => {
    const { encoder } = await open();
    const texts = Array.from({ length: 150 }, (_, place) => `text number ${place} ${place % 7}`);
    const vectors = await encoder.embedDocuments(texts, { signal });
    expect(vectors).toHaveLength(150);
    for (const place of [0, 31, 32, 149]) {
      const vector = vectors[place];
      if (!(vector instanceof Float32Array)) throw new Error('no vector');
      expect(lengthOf(vector)).toBeCloseTo(1, 5);
      expect(vector).toEqual(await encoder.embedQuery(texts[place] ?? ''));
      const raw = wordVector(texts[place] ?? '', 8);
      expect(vector[0]).toBeCloseTo((raw[0] ?? 0) / Math.hypot(...raw), 5);
    }
    // In requests of a bounded size.
    expect(Math.max(...provider.embeddings.map((request) => request.texts.length))).toBe(32);
    expect(await encoder.embedDocuments([], { signal })).toEqual([]);
  });

  test('sends the dimensions that are chosen, and does not wait for the model at the start', async () => {
    script = () => ({ failure: 'hang' });
    const { encoder } = await open({ dimensions: 16 });
    expect([encoder.name, encoder.dimensions]).toEqual(['compatible:words@16', 16]);
    script = answers;
    expect(await encoder.embedDocuments(['a'], { signal })).toMatchObject([{ length: 16 }]);
    expect(provider.embeddings.at(-1)?.dimensions).toBe(16);
  });

  test('does not insist on dimensions that are the model’s own', async () => {
    script = (request) =>
      request.dimensions === undefined ? answers(request) : { status: 400, body: { message: 'no matryoshka' } };
    const { encoder } = await open({ dimensions: 8 });
    expect(await encoder.embedDocuments(['a'], { signal })).toMatchObject([{ length: 8 }]);
    await encoder.embedDocuments(['b'], { signal });
    const asked = provider.embeddings.filter(({ texts }) => texts.includes('b'));
    expect(asked.map(({ dimensions }) => dimensions)).toEqual([undefined]);
    const { model } = await open({ dimensions: 4 });
    expect(await model.check(signal)).toMatchObject({ problem: { kind: 'refused', detail: 'no matryoshka' } });
  });

  test('asks once for a query that comes again', async () => {
    const { encoder } = await open();
    const before = provider.embeddings.length;
    expect(await encoder.embedQuery('again')).toEqual(await encoder.embedQuery('again'));
    expect(provider.embeddings.length - before).toBe(1);
  });

  test('cuts what is far too long, and sends no half characters', async () => {
    const { encoder } = await open();
    await encoder.embedDocuments(['a'.repeat(100_000), 'half \ud83d'], { signal });
    const sent = provider.embeddings.slice(-2).flatMap(({ texts }) => texts);
    expect(sent.map((text) => text.length).sort()).toEqual([24_000, 6]);
    expect(sent).toContain('half \ufffd');
  });
});

describe('a start without the model', () => {
  test('goes on, and learns the dimensions when the model answers', async () => {
    script = () => ({ status: 503 });
    const { encoder, model } = await open({ startTimeoutMs: 50 });
    expect([encoder.name, encoder.dimensions]).toEqual(['compatible:words@?', 0]);
    expect(model.report()).toMatchObject({ dimensions: null, lastProblem: { kind: 'overloaded' } });
    script = answers;
    await expect.poll(() => encoder.name).toBe('compatible:words@8');
  });

  test('knows what the model said at an earlier start, at that address', async () => {
    await open();
    await expect
      .poll(() => readFile(join(folder, 'dimensions.json'), 'utf8').catch(() => ''))
      .toContain(`"compatible:words ${provider.url}": 8`);
    script = () => ({ failure: 'hang' });
    expect((await open()).encoder.dimensions).toBe(8);
    expect((await open({ url: `${provider.url}/other`, startTimeoutMs: 50 })).encoder.dimensions).toBe(0);
  });

  test('does without a file that is damaged', async () => {
    await writeFile(join(folder, 'dimensions.json'), '{"compatible');
    expect((await open()).encoder.dimensions).toBe(8);
  });

  test('takes another number of dimensions for another encoder', async () => {
    const { encoder, model } = await open();
    script = answersVectors(12);
    await expect(encoder.embedQuery('anything')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('answered with 12 dimensions where 8 were expected'),
    });
    expect(await model.check(signal)).toMatchObject({ problem: null });
    expect([encoder.name, encoder.dimensions]).toEqual(['compatible:words@12', 12]);
    expect(await encoder.embedQuery('anything')).toHaveLength(12);
  });
});

describe('a query', () => {
  test('is unavailable when the model does not answer in time', async () => {
    const { encoder } = await open();
    script = () => ({ failure: 'hang' });
    const late = await open({ queryTimeoutMs: 50, dimensions: 8 });
    await expect(late.encoder.embedQuery('slow')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('did not answer in time'),
    });
    script = answers;
    expect(await encoder.embedQuery('slow')).toHaveLength(8);
  });

  test('does not ask a model that fails again and again, until a check finds it mended', async () => {
    const { encoder, model } = await open();
    script = () => ({ status: 500 });
    for (const text of ['a', 'b', 'c']) {
      await expect(encoder.embedQuery(text)).rejects.toMatchObject({ code: 'unavailable' });
    }
    const asked = provider.embeddings.length;
    await expect(encoder.embedQuery('d')).rejects.toMatchObject({ code: 'unavailable' });
    expect(provider.embeddings.length).toBe(asked);
    expect(model.report()).toMatchObject({ breaker: 'open', lastProblem: { kind: 'overloaded' } });
    script = answers;
    await model.check(signal);
    expect(await encoder.embedQuery('d')).toHaveLength(8);
    expect(model.report()).toMatchObject({ breaker: 'closed', lastProblem: null });
  });

  test('that the model refuses says nothing about the others', async () => {
    const { encoder, model } = await open();
    script = failsFor('bad', () => ({ status: 400, body: { error: { message: 'input is invalid' } } }));
    for (let tries = 0; tries < 4; tries += 1) await expect(encoder.embedQuery('bad')).rejects.toThrow(/refused/);
    expect(model.report().breaker).toBe('closed');
    expect(await encoder.embedQuery('good')).toHaveLength(8);
  });
});

describe('documents', () => {
  test.each<[string, EmbeddingScript]>([
    ['an overloaded model', () => ({ status: 503 })],
    ['a rate limit', () => ({ status: 429, headers: { 'retry-after-ms': '5' } })],
    ['a connection that breaks', () => ({ failure: 'cut' })],
    ['an answer that is no JSON', () => ({ failure: 'invalid-json' })],
    ['the page of a proxy', () => ({ status: 200, body: '<html>Please wait</html>' })],
  ])('wait for %s', async (_, reply) => {
    const { encoder } = await open();
    script = firstCalls(2, reply);
    const vectors = await encoder.embedDocuments(['one', 'two'], { signal });
    expect(vectors).toMatchObject([{ length: 8 }, { length: 8 }]);
  });

  test('wait as long as the provider asks, all of them', async () => {
    const { encoder } = await open();
    const times: number[] = [];
    script = (request) => {
      times.push(Date.now());
      return times.length === 1 ? { status: 429, headers: { 'retry-after': '1' } } : answers(request);
    };
    await encoder.embedDocuments(['one'], { signal });
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test('are given up on for now when the wait is too long, with the time to come again', async () => {
    const { encoder } = await open();
    script = () => ({ status: 429, headers: { 'retry-after': '600' } });
    await expect(encoder.embedDocuments(['one'], { signal })).rejects.toMatchObject({
      ...{ code: 'unavailable', retryAfterMs: 600_000, message: expect.stringContaining('rate limit') },
    });
    const brief = await open({ maxWaitMs: 30, dimensions: 8 });
    script = () => ({ status: 503 });
    await expect(brief.encoder.embedDocuments(['one'], { signal })).rejects.toMatchObject({
      ...{ code: 'unavailable', retryAfterMs: 60_000 },
    });
  });

  test.each<[string, EmbeddingScript, RegExp]>([
    ['a wrong key', () => ({ status: 401, body: { error: { message: `bad key ${key}` } } }), /EMBEDDING_API_KEY/],
    ['an unknown model', () => ({ status: 404, body: { error: { message: 'no such model' } } }), /EMBEDDING_PROVIDER/],
    ['an empty account', () => ({ status: 402 }), /no credit left/],
    ['a model that embeds nothing', () => ({ status: 400 }), /refused the request/],
    ['other dimensions', answersVectors(5), /5 dimensions where 8 were expected/],
    ['too few vectors', () => ({ vectors: [] }), /fewer or more vectors than texts/],
  ])('fail at once of %s, without the key and without a time to come again', async (_, reply, message) => {
    const { encoder } = await open();
    script = reply;
    const failure = await encoder.embedDocuments(['one', 'two'], { signal }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) });
    expect(failure).toMatchObject({ retryAfterMs: undefined });
    expect((failure as Error).message).not.toContain(key);
  });

  test.each<[string, EmbeddingScript]>([
    ['that the model refuses', () => ({ status: 400, body: { error: { message: 'too long' } } })],
    ['over which the model breaks', () => ({ status: 500, body: { error: { message: 'NaN in the answer' } } })],
    ['whose vector is none', ({ texts }) => ({ vectors: texts.map((text) => (text === 'bad' ? '[NaN,1]' : [1, 1])) })],
    [
      'whose vector is endless',
      ({ texts }) => ({
        vectors: texts.map((text) => (text === 'bad' ? '[1e999,1,1,1,1,1,1,1]' : wordVector(text, 8))),
      }),
    ],
    [
      'whose vector has no direction',
      ({ texts }) => ({
        vectors: texts.map((text) => wordVector(text, 8).map((value) => (text === 'bad' ? 0 : value))),
      }),
    ],
    [
      'whose vector has other dimensions',
      ({ texts }) => ({ vectors: texts.map((text) => wordVector(text, text === 'bad' ? 7 : 8)) }),
    ],
  ])('have one %s: it costs only itself', async (_, reply) => {
    const { encoder } = await open();
    script = failsFor('bad', reply);
    const texts = ['one', 'two', 'bad', 'four', 'five'];
    const vectors = await encoder.embedDocuments(texts, { signal });
    expect(vectors.map((vector) => vector instanceof Float32Array)).toEqual([true, true, false, true, true]);
    expect(vectors[2]).toBeInstanceOf(Error);
    expect(vectors[4]).toEqual(await encoder.embedQuery('five'));
  });

  test('are left when the signal says so', async () => {
    const { encoder } = await open();
    script = () => ({ failure: 'hang' });
    const reason = new Error('cancelled');
    const stop = new AbortController();
    const embedding = encoder.embedDocuments(['one'], { signal: stop.signal });
    await expect.poll(() => provider.embeddings.at(-1)?.texts).toEqual(['one']);
    stop.abort(reason);
    await expect(embedding).rejects.toBe(reason);
  });

  test('go four requests at a time, what is urgent first', async () => {
    const { encoder } = await open();
    let running = 0;
    let most = 0;
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    script = async (request) => {
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
      order.push(request.texts[0] ?? '');
      return answers(request);
    };
    const patient = encoder.embedDocuments(
      Array.from({ length: 32 * 9 }, (_, place) => `patient ${place}`),
      { signal },
    );
    await expect.poll(() => running).toBe(4);
    const urgent = encoder.embedDocuments(['urgent'], { signal, urgent: true });
    gate.resolve();
    await Promise.all([patient, urgent]);
    expect(most).toBe(4);
    expect(order.indexOf('urgent')).toBeLessThan(6);
  });
});

test('a check says what is wrong with a setting and what to do, never the key', async () => {
  const { model } = await open();
  expect(await model.check(signal)).toMatchObject({ name: 'compatible:words', problem: null });
  script = () => ({ status: 401, body: { error: { message: `Incorrect API key provided: ${key}` } } });
  const refused = await model.check(signal);
  expect(refused?.problem).toEqual({
    kind: 'wrong_key',
    message: 'The provider of the embedding model compatible:words refuses the key, or the key may not use this model.',
    fix: 'Check EMBEDDING_API_KEY, or LLM_API_KEY where that is not set, and that the account behind it has access to the model.',
    detail: 'Incorrect API key provided: [key]',
  });
  const chosen = await open({ dimensions: 1024 });
  script = () => ({ vectors: [[1, 2, 3]] });
  expect(await chosen.model.check(signal)).toMatchObject({
    problem: { kind: 'nonsense', fix: 'Correct EMBEDDING_DIMENSIONS, or leave it out.' },
  });
  expect(chosen.encoder.dimensions).toBe(1024);
});

test('nobody listening is told as such', async () => {
  await provider.close();
  const { model } = await open();
  expect(await model.check(signal)).toMatchObject({
    problem: { kind: 'unreachable', detail: 'ECONNREFUSED', fix: expect.stringContaining('EMBEDDING_BASE_URL') },
  });
});
