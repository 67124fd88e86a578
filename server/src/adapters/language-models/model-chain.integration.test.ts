import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LanguageModel } from '../../core/language-models/index.ts';
import { isAppError, silentLogger } from '../../core/shared/index.ts';
import { createLanguageModels } from './create-language-models.ts';
import type { LanguageModelSettings } from './language-model-settings.ts';
import { type Script, type ScriptedModelServer, startScriptedModelServer } from './testing/scripted-model-server.ts';
import { scriptedSettings } from './testing/testing-settings.ts';

const servers: ScriptedModelServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** A chain of `compatible:first` and `compatible:second` at one server, or of the named models. */
async function start(script: Script, names = ['first', 'second'], more: Partial<LanguageModelSettings> = {}) {
  const server = await startScriptedModelServer(script);
  servers.push(server);
  const chain = names.map((model) => ({ provider: 'compatible' as const, model }));
  const settings = scriptedSettings(server.url, { chains: { classic: chain, agentic: chain, answer: chain }, ...more });
  const { models, catalog } = createLanguageModels(settings, silentLogger);
  if (models.classic === undefined) throw new Error('no chain');
  const asked = () => server.requests.map(({ model }) => model);
  return { server, model: models.classic, catalog, asked };
}

const never = new AbortController().signal;
const Plan = z.object({ query: z.string().min(1), limit: z.int().optional() });
const planRequest = { system: 'Plan.', prompt: 'find lease', schema: Plan, name: 'plan', maxOutputTokens: 200 };
const textRequest = { system: 'Answer.', prompt: 'Why?', maxOutputTokens: 200 };
const plan = (model: LanguageModel, signal = never) => model.generateObject(planRequest, signal);

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error,
  );
}

describe('a chain', () => {
  test('answers with its first model, and says what it took', async () => {
    const usage = { inputTokens: 1000, outputTokens: 10, cachedInputTokens: 400 };
    const { model, server, asked } = await start(() => ({ object: { query: 'lease' }, usage }), undefined, {
      prices: new Map([['compatible:first', { input: 2, output: 10, cachedInput: 1 }]]),
    });
    const { value, call } = await plan(model);
    expect(value).toEqual({ query: 'lease' });
    expect(call).toEqual({
      model: 'compatible:first',
      usage: { inputTokens: 1000, outputTokens: 10, cachedInputTokens: 400, cacheWriteTokens: 0 },
      cost: (600 * 2 + 400 * 1 + 10 * 10) / 1e6,
      retries: 0,
    });
    expect(asked()).toEqual(['first']);
    expect(server.requests[0]).toMatchObject({
      system: 'Plan.',
      prompt: 'find lease',
      schema: { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] },
      body: { max_tokens: 200 },
      headers: { authorization: 'Bearer sk-scripted-secret' },
    });
    expect(model.names).toEqual(['compatible:first', 'compatible:second']);
  });

  test.each<[string, ReturnType<Script>, string]>([
    ['is down', { status: 503, body: { error: { message: 'overloaded' } } }, 'overloaded'],
    ['has a wrong key', { status: 401, body: { error: { message: 'Incorrect API key: sk-abc123def' } } }, 'wrong_key'],
    ['does not know the model', { status: 404, body: { error: { message: 'no such model' } } }, 'unknown_model'],
    ['is over its limit', { status: 429, body: { error: { message: 'slow down' } } }, 'limit_reached'],
    ['has no credit', { status: 429, body: { error: { code: 'insufficient_quota' } } }, 'out_of_credit'],
    ['cuts the connection', { failure: 'cut' }, 'cut'],
    ['sends half a body', { failure: 'invalid-json' }, 'not_an_api'],
    ['sends a page instead', { status: 200, body: '<html>Welcome</html>' }, 'not_an_api'],
    ['sends a megabyte', { failure: 'megabyte' }, 'too_large'],
    ['sends the client elsewhere', { status: 302, headers: { location: 'http://localhost/' } }, 'unreachable'],
    ['answers nonsense', 'I would rather talk about cheese.', 'nonsense'],
    ['answers an object of another shape', { object: { query: 7 } }, 'nonsense'],
    ['answers nothing', '', 'nonsense'],
  ])('asks the next model when the first %s', async (_name, reply, kind) => {
    const { model, catalog } = await start((request) =>
      request.model === 'first' ? reply : { object: { query: 'from the second' } },
    );
    const { value, call } = await plan(model);
    expect(value).toEqual({ query: 'from the second' });
    expect(call.model).toBe('compatible:second');
    expect(call.retries).toBeGreaterThan(0);
    const [first, second] = catalog.report();
    expect(first?.lastProblem).toMatchObject({ kind });
    expect(JSON.stringify(first)).not.toMatch(/sk-|secret/);
    expect(second).toMatchObject({ calls: 1, failures: 0, lastProblem: null });
  });

  test('asks the next model when the first hangs', async () => {
    const { model, catalog } = await start(
      (request) => (request.model === 'first' ? { failure: 'hang' } : 'From the second.'),
      undefined,
      { timeoutMs: 300 },
    );
    expect(await model.generateText(textRequest, never)).toMatchObject({ text: 'From the second.' });
    expect(catalog.report()[0]?.lastProblem?.kind).toBe('slow');
  });

  test('asks the next model when nobody listens at the first', async () => {
    const { server } = await start(() => 'Hello.');
    const settings = scriptedSettings(server.url, {
      chains: {
        classic: [
          { provider: 'ollama', model: 'llama' },
          { provider: 'compatible', model: 'second' },
        ],
        agentic: [],
        answer: [],
      },
      providers: { ollama: { baseUrl: 'http://127.0.0.1:9' }, compatible: { baseUrl: server.url } },
    });
    const { models, catalog } = createLanguageModels(settings, silentLogger);
    expect(await models.classic?.generateText(textRequest, never)).toMatchObject({ text: 'Hello.' });
    expect(catalog.report()[0]?.lastProblem).toMatchObject({
      kind: 'unreachable',
      fix: expect.stringMatching(/ollama/),
    });
    expect([models.agentic, models.answer]).toEqual([undefined, undefined]);
  });

  test('fails as unavailable when no model answers, with the reasons and the shortest wait', async () => {
    const wait = { first: '7', second: '3' };
    const { model } = await start((request) => ({
      status: 429,
      headers: { 'retry-after': Reflect.get(wait, request.model) },
      body: { error: { message: 'limit of key sk-1234567890' } },
    }));
    const error = await failureOf(plan(model));
    expect(isAppError(error, 'unavailable') && error).toMatchObject({
      message: expect.stringMatching(/compatible:first is over the rate limit.*compatible:second is over/),
      retryAfterMs: 3000,
      details: { problems: [{ kind: 'limit_reached' }, { kind: 'limit_reached' }] },
    });
    expect(String(error)).not.toContain('sk-');
  });

  test('gives up at once when the caller does, and holds it against nobody', async () => {
    const { model, catalog, asked } = await start(() => ({ failure: 'hang' }));
    const caller = new AbortController();
    const work = failureOf(plan(model, caller.signal));
    setTimeout(() => caller.abort(new Error('went away')), 200);
    expect(await work).toMatchObject({ message: 'went away' });
    expect(asked()).toEqual(['first']);
    expect(catalog.report()[0]).toMatchObject({ breaker: 'closed', failures: 0 });
    expect(await failureOf(plan(model, caller.signal))).toMatchObject({ message: 'went away' });
  });

  test('asks its only model twice where the failure may pass', async () => {
    const replies: ReturnType<Script>[] = [{ status: 500 }, { object: { query: 'lease' } }];
    const { model, asked } = await start(() => replies.shift() ?? '', ['only']);
    expect(await plan(model)).toMatchObject({ value: { query: 'lease' }, call: { retries: 1 } });
    expect(asked()).toEqual(['only', 'only']);
  });
});

describe('the breaker of a model', () => {
  test('passes it over after three failures, and asks it anyway when none is left', async () => {
    const broken = new Set(['first']);
    const { model, catalog, asked } = await start((request) => (broken.has(request.model) ? { status: 500 } : 'Yes.'));
    for (let turn = 0; turn < 5; turn += 1) await model.generateText(textRequest, never);
    expect(asked()).toEqual(['first', 'second', 'first', 'second', 'first', 'second', 'second', 'second']);
    expect(catalog.report()[0]).toMatchObject({ breaker: 'open', opensUntil: expect.any(Date), failures: 3 });

    broken.add('second');
    for (let turn = 0; turn < 2; turn += 1) await failureOf(model.generateText(textRequest, never));
    expect(catalog.report()).toMatchObject([{ breaker: 'open' }, { breaker: 'open' }]);
    broken.clear();
    expect(await model.generateText(textRequest, never)).toMatchObject({ call: { model: 'compatible:first' } });
    expect(catalog.report()).toMatchObject([{ breaker: 'closed', lastProblem: null }, { breaker: 'open' }]);
  });

  test('opens at once for the time that the provider names', async () => {
    const { model, catalog, asked } = await start((request) =>
      request.model === 'first' ? { status: 429, headers: { 'retry-after': '20' } } : 'Yes.',
    );
    for (let turn = 0; turn < 2; turn += 1) await model.generateText(textRequest, never);
    expect(asked()).toEqual(['first', 'second', 'second']);
    expect(catalog.report()[0]?.breaker).toBe('open');
  });

  test('is shared by the tasks, and does not open for what a question brings about', async () => {
    const { model, catalog, asked } = await start(() => 'no object', ['only']);
    for (let turn = 0; turn < 4; turn += 1) await failureOf(plan(model));
    expect(asked()).toHaveLength(8);
    expect(catalog.report()).toMatchObject([{ breaker: 'closed', failures: 4 }]);
  });
});

describe('an object that does not fit', () => {
  test('is repaired once, with the error told to the model, and both answers are counted', async () => {
    const { model, server } = await start(
      ({ messages }) => (messages.length > 2 ? '```json\n{"query": "lease"}\n```' : { object: { limit: 'many' } }),
      ['only'],
    );
    const { value, call } = await plan(model);
    expect(value).toEqual({ query: 'lease' });
    expect(call).toMatchObject({ retries: 1, cost: null, usage: { inputTokens: 200, outputTokens: 40 } });
    expect(server.requests).toHaveLength(2);
    const [, , answer, complaint] = server.requests[1]?.messages ?? [];
    expect(answer).toMatchObject({ role: 'assistant', text: '{"limit":"many"}' });
    expect(complaint?.text).toMatch(/cannot be used[\s\S]*query[\s\S]*"required":\["query"\]/);
  });

  test('is asked for in words where the provider refuses schemas', async () => {
    const { model, server } = await start(
      ({ schema }) =>
        schema === undefined ? 'Here it is: {"query": "lease"}' : { status: 400, body: { error: 'response_format' } },
      ['only'],
    );
    expect((await plan(model)).value).toEqual({ query: 'lease' });
    expect(server.requests[1]?.system).toContain('"required":["query"]');
    await plan(model);
    expect(server.requests.map(({ schema }) => schema === undefined)).toEqual([false, true, true]);
  });

  test.each([
    '[',
    '{'.repeat(100_000),
    `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    '{"__proto__":{"query":1}}',
  ])('ends in a clear error: %#', async (text) => {
    const { model } = await start(() => text, ['only']);
    expect(isAppError(await failureOf(plan(model)), 'unavailable')).toBe(true);
  });
});

describe('a turn', () => {
  const tools = [{ name: 'search', description: 'Searches.', input: z.object({ query: z.string() }) }];
  const turnRequest = { system: 'Use tools.', tools, maxOutputTokens: 500, reasons: true };

  test('gives calls of tools, and takes their results back', async () => {
    const { model, server } = await start(({ messages }) =>
      messages.length < 3
        ? { toolCalls: [{ id: 'c1', name: 'search', input: { query: 'lease' } }], text: 'Looking.' }
        : `Read: ${messages.at(-1)?.text}`,
    );
    const question = { role: 'user', text: 'When does it end?' } as const;
    const turn = await model.generateTurn({ ...turnRequest, messages: [question] }, never);
    expect(turn).toMatchObject({
      text: 'Looking.',
      toolCalls: [{ id: 'c1', name: 'search', input: { query: 'lease' } }],
      model: 'compatible:first',
      retries: 0,
    });
    expect(server.requests[0]?.tools).toEqual(['search']);

    const results = [{ callId: 'c1', name: 'search', text: 'In June.' }];
    const messages = [question, { role: 'model', turn } as const, { role: 'tools', results } as const];
    expect(await model.generateTurn({ ...turnRequest, messages }, never)).toMatchObject({ text: 'Read: In June.' });
    expect(server.requests[1]?.messages.slice(2)).toMatchObject([
      { role: 'assistant', text: 'Looking.', toolCalls: [{ id: 'c1', name: 'search', input: { query: 'lease' } }] },
      { role: 'tool', text: 'In June.', toolCallId: 'c1' },
    ]);
  });

  test('of one model is told to the next in plain words', async () => {
    let isFirstDown = false;
    const { model, server } = await start((request) => {
      if (request.model === 'first' && isFirstDown) return { status: 503 };
      return request.messages.length < 3
        ? { toolCalls: [{ id: 'c1', name: 'search', input: { query: 'x' } }] }
        : 'Done.';
    });
    const question = { role: 'user', text: 'x?' } as const;
    const turn = await model.generateTurn({ ...turnRequest, messages: [question] }, never);
    isFirstDown = true;
    const results = [{ callId: 'c1', name: 'search', text: 'y' }];
    const messages = [question, { role: 'model', turn } as const, { role: 'tools', results } as const];
    expect(await model.generateTurn({ ...turnRequest, messages }, never)).toMatchObject({
      ...{ text: 'Done.', model: 'compatible:second', retries: 1 },
    });
    expect(server.requests.at(-1)?.messages[2]).toMatchObject({ role: 'assistant', toolCalls: [{ id: 'c1' }] });
  });

  test('hands over calls that nobody defined, and input that does not fit, unchecked and once', async () => {
    const toolCalls = [
      { id: 'a', name: 'rm', input: { path: '/' } },
      { id: 'b', name: 'search', input: { nothing: true } },
    ];
    const { model, server } = await start(() => ({ toolCalls }));
    const question = { role: 'user', text: 'x?' } as const;
    const turn = await model.generateTurn({ ...turnRequest, messages: [question] }, never);
    expect(turn.toolCalls).toEqual(toolCalls);
    const results = toolCalls.map(({ id, name }) => ({ callId: id, name, text: 'No.' }));
    const messages = [question, { role: 'model', turn } as const, { role: 'tools', results } as const];
    await model.generateTurn({ ...turnRequest, messages }, never);
    expect(server.requests[1]?.messages.map(({ role }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'tool',
      'tool',
    ]);
  });
});
