import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../core/shared/index.ts';
import { encodeDocuments, type RunBatch } from './encode-documents.ts';

const vectorOf = (text: string) => Float32Array.of(text.length);
const { signal } = new AbortController();
const encode = (texts: readonly string[], runBatch: RunBatch, aborted = signal) =>
  encodeDocuments(texts, { runBatch, signal: aborted, logger: silentLogger });

describe('encodeDocuments', () => {
  it('gives one vector per text, in order, whatever their lengths', async () => {
    const texts = Array.from({ length: 300 }, (_, i) => 'x'.repeat((i * 7919) % 5000));
    const sizes: number[] = [];
    const vectors = await encode(texts, async (batch) => {
      sizes.push(batch.length);
      return batch.map(vectorOf);
    });
    expect(vectors).toEqual(texts.map(vectorOf));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64);
  });

  it('asks nothing for no texts', async () => {
    expect(await encode([], () => Promise.reject(new Error('asked')))).toEqual([]);
  });

  it('tries a batch again, so that a child which died by chance costs nothing', async () => {
    let calls = 0;
    const vectors = await encode(['a', 'bb'], async (batch) => {
      calls += 1;
      if (calls === 1) throw new Error('died');
      return batch.map(vectorOf);
    });
    expect([vectors, calls]).toEqual([['a', 'bb'].map(vectorOf), 2]);
  });

  it('goes item by item when a batch keeps failing: the text that breaks costs only itself', async () => {
    const vectors = await encode(['a', 'poison', 'ccc'], async (batch) => {
      if (batch.includes('poison')) throw new Error('died of it');
      return batch.map(vectorOf);
    });
    expect(vectors[0]).toEqual(vectorOf('a'));
    expect(vectors[1]).toMatchObject({ message: 'died of it' });
    expect(vectors[2]).toEqual(vectorOf('ccc'));
  });

  it('tries a text that the model refused once more by itself', async () => {
    const asked: number[] = [];
    const vectors = await encode(['a', 'odd'], async (batch) => {
      asked.push(batch.length);
      return batch.map((text) => (text === 'odd' ? { error: 'no direction' } : vectorOf(text)));
    });
    expect(vectors).toEqual([vectorOf('a'), new Error('no direction')]);
    expect(asked).toEqual([2, 1]);
  });

  it('is unavailable when nothing is encoded any more', async () => {
    await expect(encode(['a', 'b'], () => Promise.reject(new Error('no model')))).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('ends with the signal, without more tries', async () => {
    const controller = new AbortController();
    let calls = 0;
    const running = encode(
      ['a'],
      async () => {
        calls += 1;
        controller.abort(new Error('cancelled'));
        throw controller.signal.reason;
      },
      controller.signal,
    );
    await expect(running).rejects.toThrow('cancelled');
    expect(calls).toBe(1);
  });
});
