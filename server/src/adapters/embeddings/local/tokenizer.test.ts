import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer, type Tokenize } from './tokenizer.ts';

const modelDirectory = fileURLToPath(new URL('../../../../models/all-MiniLM-L6-v2', import.meta.url));
const { model } = JSON.parse(readFileSync(`${modelDirectory}/tokenizer.json`, 'utf8')) as {
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
};
const words = Object.fromEntries(Object.entries(model.vocab).map(([word, id]) => [id, word]));

describe('loadTokenizer', () => {
  let tokenize: Tokenize;
  beforeAll(async () => {
    tokenize = await loadTokenizer(modelDirectory, 256);
  });
  const pieces = (text: string) =>
    tokenize(text)
      .map((id) => words[id])
      .join(' ');

  it('gives the ids that BERT is known for', () => {
    expect(tokenize('hello world')).toEqual([101, 7592, 2088, 102]);
  });

  it.each([
    ['Hello, WORLD!', '[CLS] hello , world ! [SEP]'],
    ['Ünïcödé CAFÉ', '[CLS] unicode cafe [SEP]'],
    ['embeddings', '[CLS] em ##bed ##ding ##s [SEP]'],
    ['北京x大学', '[CLS] 北 京 x 大 学 [SEP]'],
    ["don't stop", "[CLS] don ' t stop [SEP]"],
    ['a\u0000b\u00adc\t\n d', '[CLS] abc d [SEP]'],
    ['x'.repeat(101), '[CLS] [UNK] [SEP]'],
    ['$9.99/kg', '[CLS] $ 9 . 99 / kg [SEP]'],
    ['', '[CLS] [SEP]'],
  ])('splits %j as BERT does', (text, expected) => {
    expect(pieces(text)).toBe(expected);
  });

  it('cuts at the limit and keeps the closing mark', () => {
    const ids = tokenize('word '.repeat(1000));
    expect(ids).toHaveLength(256);
    expect([ids[0], ids.at(-1)]).toEqual([101, 102]);
    expect(tokenize('word '.repeat(254))).toHaveLength(256);
    expect(tokenize('word '.repeat(253))).toHaveLength(255);
  });

  it('takes long runs of white space for one separator', () => {
    expect(tokenize(`a${' '.repeat(100_000)}b`)).toEqual(tokenize('a b'));
  });
});
