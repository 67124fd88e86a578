import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLanguageModels } from '../../../adapters/language-models/create-language-models.ts';
import {
  type Script,
  type ScriptedModelServer,
  startScriptedModelServer,
} from '../../../adapters/language-models/testing/scripted-model-server.ts';
import { scriptedSettings } from '../../../adapters/language-models/testing/testing-settings.ts';
import type { ModelProblem } from '../../../core/language-models/index.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { expectRefusals } from '../testing/expect-refusals.ts';
import { createHttpFixture, type HttpFixture } from '../testing/http-fixture.ts';
import { modelEndpoints } from './model-endpoints.ts';

const works: Script = ({ tools }) =>
  tools.length > 0
    ? { toolCalls: [{ name: 'report_ready', input: { ready: true } }] }
    : { object: { ready: true }, usage: { inputTokens: 1000, outputTokens: 100 } };

const refusedKey = { kind: 'wrong_key', message: 'It refuses the key.', fix: 'Check it.', detail: 'no' } as const;
let embeddingProblem: ModelProblem | null = null;
let script: Script = works;
let provider: ScriptedModelServer;
let fixture: HttpFixture;
let created: ReturnType<typeof createLanguageModels>;
let key: string;
beforeAll(async () => {
  provider = await startScriptedModelServer((request) => script(request));
  const [fast, slow] = ['fast', 'slow'].map((model) => ({ provider: 'compatible' as const, model }));
  if (fast === undefined || slow === undefined) throw new Error('no models');
  const chains = { classic: [fast], agentic: [slow, fast], answer: [] };
  const prices = new Map([['compatible:fast', { input: 1, output: 10 }]]);
  created = createLanguageModels(scriptedSettings(provider.url, { chains, prices }), silentLogger);
  fixture = await createHttpFixture({
    endpoints: () =>
      modelEndpoints({
        ...{ catalog: created.catalog, encoder: { name: 'mini', dimensions: 384 } },
        embedding: {
          report: () => ({
            ...{ name: 'mini', dimensions: 384, breaker: 'closed', opensUntil: null },
            lastProblem: embeddingProblem,
          }),
          check: async () => ({ name: 'mini', latencyMs: 5, problem: embeddingProblem }),
        },
      }),
  });
  key = await fixture.createKey();
});
afterAll(async () => {
  await fixture.close();
  await provider.close();
});
afterEach(() => {
  script = works;
  embeddingProblem = null;
});

describe('GET /models', () => {
  test('lists each task with its models, what they used up, and no key', async () => {
    await created.models.classic?.generateText(
      { system: '', prompt: 'x', maxOutputTokens: 10 },
      new AbortController().signal,
    );
    const { status, body } = await fixture.ask('GET', '/models', { key });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tasks: { classic: ['compatible:fast'], agentic: ['compatible:slow', 'compatible:fast'], answer: [] },
      embedding: { model: 'mini', dimensions: 384, last_problem: null },
    });
    expect(body.models).toEqual([
      {
        ...{ name: 'compatible:fast', context_tokens: 16_000, price: { input: 1, output: 10 } },
        ...{ breaker: 'closed', opens_until: null, last_problem: null },
        since_start: {
          ...{ calls: 1, failures: 0, input_tokens: 1000, output_tokens: 100, cached_input_tokens: 0 },
          cost: 0.002,
        },
      },
      expect.objectContaining({ name: 'compatible:slow', price: null }),
    ]);
    expect(JSON.stringify(body)).not.toContain('sk-scripted-secret');
  });

  test('shows what was used up to admins only', async () => {
    const { body } = await fixture.ask('GET', '/models', { key: await fixture.createKey({ scopes: ['read'] }) });
    expect(body.models).toMatchObject([{ since_start: null }, { since_start: null }]);
  });
});

describe('the embedding model', () => {
  test('is shown with its last problem', async () => {
    embeddingProblem = refusedKey;
    const { body } = await fixture.ask('GET', '/models', { key });
    const { detail: _untrusted, ...shown } = refusedKey;
    expect(body.embedding).toEqual({ model: 'mini', dimensions: 384, last_problem: shown });
  });

  test('is tested with all others, or alone, but not with those of a task', async () => {
    const answers = { name: 'mini', ok: true, latency_ms: 5, problem: null };
    const all = await fixture.ask('POST', '/models/test', { key });
    expect(all.body).toMatchObject({ models: [{}, {}], embedding: answers });
    embeddingProblem = refusedKey;
    const alone = await fixture.ask('POST', '/models/test', { key, body: { task: 'embedding' } });
    expect(alone.body).toEqual({ models: [], embedding: { ...answers, ok: false, problem: refusedKey } });
    const other = await fixture.ask('POST', '/models/test', { key, body: { task: 'classic' } });
    expect(other.body).not.toHaveProperty('embedding');
  });
});

describe('POST /models/test', () => {
  test('calls every model of a task, or each once', async () => {
    const { status, body } = await fixture.ask('POST', '/models/test', { key });
    expect(status).toBe(200);
    expect(body.models).toMatchObject([
      { name: 'compatible:fast', ok: true, latency_ms: expect.any(Number), problem: null },
      { name: 'compatible:slow', ok: true },
    ]);
    const classic = await fixture.ask('POST', '/models/test', { key, body: { task: 'classic' } });
    expect(classic.body.models).toMatchObject([{ name: 'compatible:fast' }]);
    const answer = await fixture.ask('POST', '/models/test', { key, body: { task: 'answer' } });
    expect(answer.body).toEqual({ models: [] });
  });

  test('says what is wrong with a setting, without the key that the provider repeats', async () => {
    script = ({ model }) =>
      model === 'slow'
        ? { status: 404, body: { error: { message: 'The model `slow` does not exist' } } }
        : { status: 401, body: { error: { message: 'Incorrect API key provided: sk-scripted-secret' } } };
    const { body } = await fixture.ask('POST', '/models/test', { key, body: { task: 'agentic' } });
    expect(body.models).toEqual([
      {
        ...{ name: 'compatible:slow', ok: false, latency_ms: expect.any(Number) },
        problem: {
          kind: 'unknown_model',
          message: 'compatible does not know the model slow.',
          fix: 'Correct its name in the LLM_ settings, and check LLM_BASE_URL.',
          detail: 'The model `slow` does not exist',
        },
      },
      {
        ...{ name: 'compatible:fast', ok: false, latency_ms: expect.any(Number) },
        problem: {
          kind: 'wrong_key',
          message: 'compatible:fast refuses the key, or the key may not use this model.',
          fix: 'Check LLM_API_KEY, and that the account behind it has access to the model.',
          detail: 'Incorrect API key provided: [key]',
        },
      },
    ]);
    const listed = await fixture.ask('GET', '/models', { key });
    expect(listed.body.models).toMatchObject([{ breaker: 'open', last_problem: { kind: 'wrong_key' } }, {}]);

    script = works;
    await fixture.ask('POST', '/models/test', { key });
    const mended = await fixture.ask('GET', '/models', { key });
    expect(mended.body.models).toMatchObject([{ breaker: 'closed', last_problem: null }, { breaker: 'closed' }]);
  });

  test('finds out that a model of the agentic chain takes no tools', async () => {
    script = (request) =>
      request.tools.length > 0
        ? { status: 400, body: { error: { message: 'slow does not support tools' } } }
        : works(request);
    const { body } = await fixture.ask('POST', '/models/test', { key, body: { task: 'agentic' } });
    expect(body.models[0]).toMatchObject({
      problem: { kind: 'refused', detail: 'slow does not support tools', fix: expect.stringContaining('tools') },
    });
  });

  test.each([{ task: 'chat' }, { model: 'fast' }, []])('refuses the body %j', async (body) => {
    expect((await fixture.ask('POST', '/models/test', { key, body })).status).toBe(422);
  });
});

test('models are refused to the wrong caller', async () => {
  for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
});
