import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { beforeAll, expect, it } from 'vitest';
import { createTokenCounter } from './count-tokens.ts';

const folder = fileURLToPath(new URL('../../../models/all-MiniLM-L6-v2/', import.meta.url));
const read = (name: string) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8'));
const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
let countTokens: (text: string) => number;

beforeAll(async () => {
  countTokens = await createTokenCounter(folder);
});

it('counts word by word exactly what the tokenizer makes of the whole text', () => {
  const texts = [
    '',
    'The lighthouse keeper counted seventeen penguins.',
    "don't re-enter foo_bar(x, y)[0] — “quoted” … naïve Größe",
    '日本語の文章です。漢字とかな',
    '## Heading\n\n| a | b |\n|---|---|\n\t- item',
    'Привет мир 한국어 안녕하세요',
  ];
  for (const text of texts) expect(countTokens(text), text).toBe(tokenizer.tokenize(text).length);
});

it('counts more than the one unknown piece for runs that the encoder does not look into', () => {
  expect(tokenizer.tokenize('x'.repeat(800))).toHaveLength(1);
  expect(countTokens('x'.repeat(800))).toBe(100);
});
