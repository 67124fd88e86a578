import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LanguageModel, ModelCall } from './language-model.ts';
import { rememberAnswers } from './remember-answers.ts';

const call: ModelCall = {
  model: 'scripted:one',
  usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 5, cacheWriteTokens: 1 },
  cost: 0.001,
  retries: 1,
};
const never = new AbortController().signal;

function setUp(options: Parameters<typeof rememberAnswers>[1] = {}, size = 1) {
  const asked: string[] = [];
  let failure: Error | undefined;
  const answer = (prompt: string) => {
    asked.push(prompt);
    if (failure !== undefined) throw failure;
    return `${asked.length}`.repeat(size);
  };
  const model: LanguageModel = {
    contextTokens: 1000,
    names: ['scripted:one'],
    generateObject: async ({ prompt, schema }) => ({ value: schema.parse(answer(prompt)), call }),
    generateText: async ({ prompt }) => ({ text: answer(prompt), call }),
    generateTurn: async () => ({ ...call, text: answer('turn'), reasoning: null, toolCalls: [], raw: null }),
  };
  const remembering = rememberAnswers(model, options);
  return {
    asked,
    fail: (error: Error | undefined) => {
      failure = error;
    },
    text: (prompt: string, system = 's') => remembering.generateText({ system, prompt, maxOutputTokens: 1 }, never),
    object: (prompt: string, name = 'plan') =>
      remembering.generateObject({ system: 's', prompt, name, schema: z.string(), maxOutputTokens: 1 }, never),
    turn: () =>
      remembering.generateTurn({ system: 's', messages: [], tools: [], maxOutputTokens: 1, reasons: false }, never),
  };
}

describe('a model that remembers', () => {
  test('gives its answer again, for nothing', async () => {
    const { text, object, asked } = setUp();
    expect(await text('a')).toEqual({ text: '1', call });
    expect(await text('a')).toEqual({
      text: '1',
      call: {
        ...{ model: 'scripted:one', cost: 0, retries: 0 },
        usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0, cacheWriteTokens: 0 },
      },
    });
    expect((await object('a')).value).toBe('2');
    expect((await object('a')).value).toBe('2');
    expect(asked).toEqual(['a', 'a']);
  });

  test('asks anew whatever is not the same', async () => {
    const { text, object, turn, asked } = setUp();
    await text('a');
    await text('b');
    await text('a', 'other');
    await object('a');
    await object('a', 'ranking');
    await turn();
    await turn();
    expect(asked).toHaveLength(7);
  });

  test('forgets after a while, and what was not used for longest', async () => {
    let now = 0;
    const { text, asked } = setUp({ ttlMs: 10, maxAnswers: 2, now: () => now });
    await text('a');
    await text('b');
    await text('a');
    await text('c');
    await text('a');
    expect(asked).toEqual(['a', 'b', 'c']);
    await text('b');
    expect(asked).toHaveLength(4);
    now = 10;
    await text('b');
    expect(asked).toHaveLength(5);
  });

  test('keeps no failure and no answer of unusual length', async () => {
    const { text, fail, asked } = setUp();
    fail(new Error('down'));
    await expect(text('a')).rejects.toThrow('down');
    fail(undefined);
    expect((await text('a')).text).toBe('2');
    const long = setUp({}, 100_000);
    await long.text('a');
    await long.text('a');
    expect([asked.length, long.asked.length]).toEqual([2, 2]);
  });
});
