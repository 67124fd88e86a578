import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../../core/shared/index.ts';
import { createLanguageModels } from './create-language-models.ts';
import type { ProviderName, ProviderSettings } from './language-model-settings.ts';
import { testingSettings } from './testing/testing-settings.ts';

/*
 * That each provider's request goes where its API is, with its key in the right place, and that its answer is read. The
 * answers are written after the providers' documentation, which is linked beside each.
 */

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: each provider has a body of its own
  readonly body: any;
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function startProvider(answer: unknown) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString());
    received.push({ path: request.url ?? '', headers: request.headers, body });
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** https://platform.openai.com/docs/api-reference/responses/object */
const responsesAnswer = {
  ...{ id: 'resp_1', object: 'response', created_at: 1_700_000_000, model: 'm', status: 'completed' },
  output: [
    {
      ...{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed' },
      content: [{ type: 'output_text', text: '{"query":"lease"}', annotations: [] }],
    },
  ],
  usage: { input_tokens: 50, input_tokens_details: { cached_tokens: 20 }, output_tokens: 5, total_tokens: 55 },
};

/** https://platform.openai.com/docs/api-reference/chat/object, which Mistral, Groq and Ollama follow */
const completionAnswer = {
  ...{ id: 'c1', object: 'chat.completion', created: 1_700_000_000, model: 'm' },
  choices: [{ index: 0, message: { role: 'assistant', content: '{"query":"lease"}' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 50, completion_tokens: 5, total_tokens: 55 },
};

/** https://docs.anthropic.com/en/api/messages */
const messagesAnswer = {
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_reason: 'end_turn', stop_sequence: null },
  content: [{ type: 'text', text: '{"query":"lease"}' }],
  usage: { input_tokens: 30, output_tokens: 5, cache_read_input_tokens: 20, cache_creation_input_tokens: 0 },
};

/** https://ai.google.dev/api/generate-content */
const generateContentAnswer = {
  candidates: [{ content: { role: 'model', parts: [{ text: '{"query":"lease"}' }] }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 50, candidatesTokenCount: 5, totalTokenCount: 55 },
};

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
const converseAnswer = {
  output: { message: { role: 'assistant', content: [{ text: '{"query":"lease"}' }] } },
  stopReason: 'end_turn',
  usage: { inputTokens: 50, outputTokens: 5, totalTokens: 55 },
};

interface Case {
  readonly provider: ProviderName;
  readonly model: string;
  readonly settings: ProviderSettings;
  /** Appended to the address of the server. */
  readonly base: string;
  readonly answer: unknown;
  readonly path: string | RegExp;
  readonly header: readonly [string, string | RegExp];
  readonly body?: object;
}

const key = { apiKey: 'secret-key' };
const bearer = ['authorization', 'Bearer secret-key'] as const;
const signer = { region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-key' };

const cases: readonly Case[] = [
  {
    ...{ provider: 'openai', model: 'gpt-5-mini', settings: key, base: '/v1', answer: responsesAnswer },
    ...{ path: '/v1/responses', header: bearer, body: { store: false, reasoning: { effort: 'minimal' } } },
  },
  {
    ...{ provider: 'anthropic', model: 'claude-haiku-4-5', settings: key, base: '/v1', answer: messagesAnswer },
    ...{ path: '/v1/messages', header: ['x-api-key', 'secret-key'], body: { max_tokens: 100 } },
  },
  {
    ...{ provider: 'google', model: 'gemini-2.5-flash', settings: key, base: '/v1beta', answer: generateContentAnswer },
    ...{ path: '/v1beta/models/gemini-2.5-flash:generateContent', header: ['x-goog-api-key', 'secret-key'] },
  },
  {
    ...{ provider: 'mistral', model: 'mistral-small-latest', settings: key, base: '/v1', answer: completionAnswer },
    ...{ path: '/v1/chat/completions', header: bearer },
  },
  {
    ...{
      provider: 'groq',
      model: 'llama-3.3-70b-versatile',
      settings: key,
      base: '/openai/v1',
      answer: completionAnswer,
    },
    ...{ path: '/openai/v1/chat/completions', header: bearer },
  },
  {
    ...{ provider: 'azure', model: 'our-deployment', settings: key, base: '/openai/v1', answer: responsesAnswer },
    ...{ path: '/openai/v1/responses', header: ['api-key', 'secret-key'], body: { model: 'our-deployment' } },
  },
  {
    ...{ provider: 'bedrock', model: 'amazon.nova-lite-v1:0', settings: signer, base: '', answer: converseAnswer },
    path: '/model/amazon.nova-lite-v1%3A0/converse',
    header: ['authorization', /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/bedrock\/aws4_request/],
  },
  {
    ...{ provider: 'bedrock', model: 'amazon.nova-lite-v1:0', settings: { ...key, region: 'eu-central-1' }, base: '' },
    ...{ answer: converseAnswer, path: '/model/amazon.nova-lite-v1%3A0/converse', header: bearer },
  },
  {
    ...{ provider: 'ollama', model: 'llama3.2:3b', settings: {}, base: '', answer: completionAnswer },
    ...{ path: '/v1/chat/completions', header: ['content-type', 'application/json'], body: { model: 'llama3.2:3b' } },
  },
];

describe.each(cases)('$provider:$model', ({ provider, model, settings, base, answer, path, header, body }) => {
  test('is asked at its own path, with its key in its own header, and its answer is read', async () => {
    const { url, received } = await startProvider(answer);
    const providers = { [provider]: { ...settings, baseUrl: url + base } };
    const { models } = createLanguageModels(testingSettings([{ provider, model }], providers), silentLogger);
    const result = await models.classic?.generateObject(
      {
        ...{ system: 'Plan.', prompt: 'find lease', name: 'plan', maxOutputTokens: 100 },
        schema: z.object({ query: z.string(), limit: z.int().optional() }),
      },
      new AbortController().signal,
    );
    expect(result).toMatchObject({
      value: { query: 'lease' },
      call: { model: `${provider}:${model}`, retries: 0, usage: { inputTokens: 50, outputTokens: 5 } },
    });
    expect(received).toHaveLength(1);
    const [request] = received;
    if (typeof path === 'string') expect(request?.path).toBe(path);
    else expect(request?.path).toMatch(path);
    expect(request?.headers[header[0]]).toMatch(header[1]);
    expect(request?.body).toMatchObject(body ?? {});
    expect(JSON.stringify(request?.body)).toContain('find lease');
    expect(JSON.stringify(request?.body)).not.toContain('secret-key');
  });
});
