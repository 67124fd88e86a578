import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Encoder } from '../../../core/search/encoder.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { createEncoder } from '../create-encoder.ts';
import { createLocalEncoder } from './local-encoder.ts';

const modelDirectory = fileURLToPath(new URL('../../../../models/all-MiniLM-L6-v2', import.meta.url));
const { signal } = new AbortController();
const options = { modelDirectory, dimensionsFile: '/nowhere', logger: silentLogger, signal };
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

describe('The local encoder', () => {
  let encoder: Encoder;
  beforeAll(async () => {
    encoder = await createLocalEncoder({ modelDirectory, logger: silentLogger });
  });
  afterAll(() => encoder.close());
  const similarity = async (a: string, b: string) => dot(await encoder.embedQuery(a), await encoder.embedQuery(b));
  const document = async (text: string) => {
    const [vector] = await encoder.embedDocuments([text], { signal });
    if (!(vector instanceof Float32Array)) throw new Error('no vector');
    return vector;
  };

  it('says what it is', () => {
    expect(encoder).toMatchObject({ name: 'all-MiniLM-L6-v2-int8', dimensions: 384, maxTokens: 256 });
  });

  it('gives unit vectors', async () => {
    for (const text of [
      '',
      ' ',
      'a',
      '🙂',
      '\u0000',
      '\ud800',
      'word '.repeat(100_000),
      'x'.repeat(1_000_000),
      '日本語'.repeat(500),
    ]) {
      const vector = await encoder.embedQuery(text);
      expect(vector).toHaveLength(384);
      expect(dot(vector, vector)).toBeCloseTo(1, 4);
    }
  });

  it.each([
    ['How do I reset my password?', 'Steps to recover a forgotten login', 'The cake needs three eggs'],
    ['A man is playing a guitar', 'Someone plays an instrument', 'The stock market fell on Monday'],
    ['quarterly revenue grew', 'sales increased this quarter', 'the dog chased a ball in the park'],
  ])('puts %j nearer to %j than to %j', async (text, near, far) => {
    expect(await similarity(text, near)).toBeGreaterThan((await similarity(text, far)) + 0.2);
  });

  it('gives a text the same vector as query and as document, whatever its neighbours', async () => {
    const texts = ['short', 'Something of middling length, with punctuation.', 'long words here '.repeat(200), 'short'];
    const vectors = await encoder.embedDocuments(texts, { signal, urgent: true });
    for (const [i, text] of texts.entries()) expect(vectors[i], text).toEqual(await encoder.embedQuery(text));
  });

  it('cuts a text at its limit of word pieces', async () => {
    const limit = 'word '.repeat(254);
    expect(await encoder.embedQuery(`${limit} and more`)).toEqual(await encoder.embedQuery(limit));
    expect(await encoder.embedQuery('word '.repeat(253))).not.toEqual(await encoder.embedQuery(limit));
  });

  it('keeps the order over many batches', async () => {
    const texts = Array.from({ length: 150 }, (_, i) => `document number ${i}`);
    const vectors = await encoder.embedDocuments(texts, { signal });
    for (const i of [0, 63, 64, 149]) expect(vectors[i]).toEqual(await encoder.embedQuery(texts[i] ?? ''));
  });

  it('stops when the signal says so', async () => {
    const texts = Array.from({ length: 5000 }, (_, i) => `document number ${i} ${'word '.repeat(100)}`);
    await expect(encoder.embedDocuments(texts, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout|abort/i);
    expect(await document('still there')).toHaveLength(384);
  });

  it('is closed once or twice', async () => {
    const { encoder: other, model } = await createEncoder({ kind: 'local' }, options);
    expect(model.report()).toMatchObject({ name: encoder.name, dimensions: 384, lastProblem: null });
    expect(await model.check(signal)).toMatchObject({ name: encoder.name, problem: null });
    await other?.close();
    await other?.close();
  });

  it('says so when the model is not there', async () => {
    const missing = createLocalEncoder({ modelDirectory: '/nowhere', logger: silentLogger });
    await expect(missing).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('/nowhere') });
  });

  it('is unavailable when every process grows over its limit', async () => {
    const small = await createLocalEncoder({ modelDirectory, logger: silentLogger, maxChildMemoryMb: 60 });
    await expect(small.embedDocuments(['a'], { signal })).rejects.toMatchObject({ code: 'unavailable' });
    await small.close();
  });

  it('ends an idle process and starts it again with the next document', async () => {
    const brief = await createLocalEncoder({ modelDirectory, logger: silentLogger, childIdleMs: 50 });
    const first = await brief.embedDocuments(['again'], { signal });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await brief.embedDocuments(['again'], { signal })).toEqual(first);
    await brief.close();
  });
});

describe('createEncoder', () => {
  it('gives none when none is configured', async () => {
    const { encoder: none, model } = await createEncoder({ kind: 'none' }, options);
    expect([none, await model.check(signal)]).toEqual([undefined, undefined]);
    expect(model.report()).toMatchObject({ name: 'none', dimensions: null });
  });
});
