import { describe, expect, test } from 'vitest';
import { chunk } from '../../../adapters/search-index/search-index.fixtures.ts';
import { brokenAnswers, call, scriptedModel } from '../scripted-model.fixtures.ts';
import { rerankWithModel } from './rerank-with-model.ts';

const never = new AbortController().signal;
const hits = Array.from({ length: 25 }, (_, n) => ({
  chunk: chunk({ name: String(n), text: `Text ${n}` }),
  score: 1 - n / 100,
}));

async function rerank(object: unknown, some = hits) {
  const model = scriptedModel({ object });
  const given = await rerankWithModel({ model, timeoutMs: 20 }, 'which text', some, never);
  return { ...given, names: given.hits.map((hit) => hit.chunk.name), model };
}
const namesFrom = (first: readonly number[]) => [
  ...first.map(String),
  ...hits.map((hit) => hit.chunk.name).filter((name) => !first.includes(Number(name))),
];

describe('reranking with a model', () => {
  test('takes its order for the best hits, with falling scores', async () => {
    const given = await rerank({ ranking: [3, 1, 20] });
    expect(given.names).toEqual(namesFrom([2, 0, 19]));
    expect(given.hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score));
    expect(given).toMatchObject({ whyNot: null, call });
  });

  test('neither loses nor doubles nor invents a hit', async () => {
    expect((await rerank({ ranking: [2, 2, 0, -1, 21, 99, 2] })).names).toEqual(namesFrom([1]));
    expect((await rerank({ ranking: Array(100_000).fill(5) })).names).toEqual(namesFrom([4]));
    expect((await rerank({ ranking: [] })).names).toEqual(namesFrom([]));
  });

  test.each(Object.entries(brokenAnswers))('keeps the order when it is %s', async (_what, answer) => {
    const { names, whyNot } = await rerank(answer);
    expect(names).toEqual(namesFrom([]));
    expect(whyNot).toMatch(/^model_/);
  });

  test('asks nothing about one hit', async () => {
    expect((await rerank({ ranking: [1] }, hits.slice(0, 1))).model.asked).toEqual([]);
  });
});
