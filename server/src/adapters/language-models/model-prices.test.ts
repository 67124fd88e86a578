import { describe, expect, test } from 'vitest';
import type { ModelName } from './language-model-settings.ts';
import { contextTokensOf, costOf, findPrice } from './model-prices.ts';

const none = new Map();

describe('the price of a model', () => {
  test.each<[ModelName['provider'], string, number]>([
    ['openai', 'gpt-5-mini', 0.25],
    ['openai', 'gpt-5-mini-2025-08-07', 0.25],
    ['openai', 'gpt-4.1', 2],
    ['anthropic', 'claude-haiku-4-5-20251001', 1],
    ['bedrock', 'eu.anthropic.claude-haiku-4-5-20251001-v1:0', 1],
    ['mistral', 'mistral-small-latest', 0.1],
    ['ollama', 'llama3.2', 0],
  ])('of %s:%s is known', (provider, model, input) => {
    expect(findPrice({ provider, model }, none)?.input).toBe(input);
  });

  test.each<[ModelName['provider'], string]>([
    ['openai', 'gpt-5-mini-tuned'],
    ['openai', 'toString'],
    ['azure', 'gpt-5-mini'],
    ['compatible', 'gpt-5-mini'],
  ])('of %s:%s is not', (provider, model) => {
    expect(findPrice({ provider, model }, none)).toBeNull();
  });

  test('is the given one where one is given', () => {
    const given = new Map([['openai:gpt-5-mini', { input: 9, output: 9 }]]);
    expect(findPrice({ provider: 'openai', model: 'gpt-5-mini' }, given)).toEqual({ input: 9, output: 9 });
  });
});

test('cached and written input has its own price', () => {
  const usage = { inputTokens: 1000, cachedInputTokens: 600, cacheWriteTokens: 100, outputTokens: 50 };
  expect(costOf(usage, { input: 10, cachedInput: 1, cacheWrite: 12, output: 20 })).toBeCloseTo(
    (300 * 10 + 600 * 1 + 100 * 12 + 50 * 20) / 1e6,
    12,
  );
  expect(costOf(usage, { input: 10, output: 20 })).toBeCloseTo((1000 * 10 + 50 * 20) / 1e6, 12);
});

test('a context is known or cautiously guessed', () => {
  expect(contextTokensOf({ provider: 'openai', model: 'gpt-5-mini' })).toBe(400_000);
  expect(contextTokensOf({ provider: 'ollama', model: 'llama3.2' })).toBe(4_096);
});
