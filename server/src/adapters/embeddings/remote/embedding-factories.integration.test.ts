import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { ProviderSettings } from '../../model-providers/provider-settings.ts';
import { callEmbeddings } from './call-embeddings.ts';
import { createSdkEmbeddingModel } from './embedding-factories.ts';
import type { EmbeddingProviderName, EmbeddingPurpose } from './remote-embedding.ts';

/*
 * That each provider's request goes where its API is, with its key in the right place, and that its answer is read. The
 * answers are written after the providers' documentation, which is linked beside each.
 */

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
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

/** https://platform.openai.com/docs/api-reference/embeddings, which Mistral, Azure and Ollama follow */
const openaiAnswer = {
  ...{ object: 'list', model: 'm', usage: { prompt_tokens: 4, total_tokens: 4 } },
  data: [
    { object: 'embedding', index: 0, embedding: [3, 4] },
    { object: 'embedding', index: 1, embedding: [0, 2] },
  ],
};
/** https://ai.google.dev/api/embeddings */
const googleAnswer = { embeddings: [{ values: [3, 4] }, { values: [0, 2] }] };
/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-embed.html */
const cohereAnswer = {
  embeddings: [
    [3, 4],
    [0, 2],
  ],
};
/** https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html */
const titanAnswer = { embedding: [3, 4], inputTextTokenCount: 2 };

interface Case {
  readonly provider: EmbeddingProviderName;
  readonly model: string;
  readonly settings: ProviderSettings;
  /** Appended to the address of the server. */
  readonly base: string;
  readonly answer: unknown;
  readonly purpose?: EmbeddingPurpose;
  readonly dimensions?: number;
  readonly path: string;
  readonly header: readonly [string, string | RegExp];
  readonly body: object;
}

const key = { apiKey: 'secret-key' };
const bearer = ['authorization', 'Bearer secret-key'] as const;
const signer = { region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret-key' };
const signed = ['authorization', /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d+\/eu-central-1\/bedrock/] as const;
const input = ['one', 'two'];

const cases: readonly Case[] = [
  {
    ...{ provider: 'openai', model: 'text-embedding-3-small', settings: key, base: '/v1', answer: openaiAnswer },
    ...{ path: '/v1/embeddings', header: bearer, dimensions: 2 },
    body: { model: 'text-embedding-3-small', input, dimensions: 2 },
  },
  {
    ...{ provider: 'google', model: 'gemini-embedding-001', settings: key, base: '/v1beta', answer: googleAnswer },
    ...{ path: '/v1beta/models/gemini-embedding-001:batchEmbedContents', header: ['x-goog-api-key', 'secret-key'] },
    dimensions: 2,
    body: { requests: [{ taskType: 'RETRIEVAL_DOCUMENT', outputDimensionality: 2 }, {}] },
  },
  {
    ...{ provider: 'mistral', model: 'codestral-embed', settings: key, base: '/v1', answer: openaiAnswer },
    ...{ path: '/v1/embeddings', header: bearer, dimensions: 2, body: { input, output_dimension: 2 } },
  },
  {
    ...{ provider: 'azure', model: 'our-deployment', settings: key, base: '/openai/v1', answer: openaiAnswer },
    ...{ path: '/openai/v1/embeddings', header: ['api-key', 'secret-key'] },
    body: { model: 'our-deployment', input },
  },
  {
    ...{ provider: 'ollama', model: 'nomic-embed-text', settings: {}, base: '', answer: openaiAnswer },
    ...{ path: '/v1/embeddings', header: ['content-type', 'application/json'], body: { input } },
  },
  {
    ...{ provider: 'compatible', model: 'words', settings: key, base: '/v1', answer: openaiAnswer },
    ...{ path: '/v1/embeddings', header: bearer, dimensions: 2, body: { model: 'words', input, dimensions: 2 } },
  },
  {
    ...{ provider: 'bedrock', model: 'cohere.embed-english-v3', settings: signer, base: '', answer: cohereAnswer },
    ...{ path: '/model/cohere.embed-english-v3/invoke', header: signed, purpose: 'query' },
    body: { texts: input, input_type: 'search_query', truncate: 'END' },
  },
];

test.each(cases)('$provider:$model is asked as its provider wants it', async (one) => {
  const provider = await startProvider(one.answer);
  const embedding = {
    name: { provider: one.provider, model: one.model },
    settings: { ...one.settings, baseUrl: `${provider.url}${one.base}` },
    dimensions: one.dimensions,
  };
  const request = { texts: input, purpose: one.purpose ?? 'document', expected: 2, timeoutMs: 10_000 } as const;
  const model = await createSdkEmbeddingModel(embedding);
  const vectors = await callEmbeddings(embedding, model, request, new AbortController().signal);
  expect(vectors).toEqual([Float32Array.of(0.6, 0.8), Float32Array.of(0, 1)]);
  const [received] = provider.received;
  expect(provider.received).toHaveLength(1);
  expect(received?.path).toBe(one.path);
  expect(received?.headers[one.header[0]]).toMatch(one.header[1]);
  expect(received?.body).toMatchObject(one.body);
});

test('Amazon’s models are asked for one text at a time, with the dimensions that are chosen', async () => {
  const provider = await startProvider(titanAnswer);
  const embedding = {
    name: { provider: 'bedrock' as const, model: 'amazon.titan-embed-text-v2:0' },
    settings: { ...signer, baseUrl: provider.url },
    dimensions: 256,
  };
  const model = await createSdkEmbeddingModel(embedding);
  const request = { texts: input, purpose: 'document' as const, expected: 2, timeoutMs: 10_000 };
  const vectors = await callEmbeddings(embedding, model, request, new AbortController().signal);
  expect(vectors).toEqual([Float32Array.of(0.6, 0.8), Float32Array.of(0.6, 0.8)]);
  expect(provider.received.map(({ path }) => path)).toEqual(
    new Array(2).fill('/model/amazon.titan-embed-text-v2%3A0/invoke'),
  );
  expect(provider.received.map(({ body }) => body)).toEqual(
    expect.arrayContaining([
      { inputText: 'one', dimensions: 256 },
      { inputText: 'two', dimensions: 256 },
    ]),
  );
});

test('dimensions that a model is known not to have are refused before it is asked', async () => {
  const provider = await startProvider(titanAnswer);
  const embedding = {
    name: { provider: 'bedrock' as const, model: 'amazon.titan-embed-text-v2:0' },
    settings: { ...signer, baseUrl: provider.url },
    dimensions: 300,
  };
  const model = await createSdkEmbeddingModel(embedding);
  const request = { texts: input, purpose: 'document' as const, expected: 300, timeoutMs: 10_000 };
  const refused = callEmbeddings(embedding, model, request, new AbortController().signal);
  await expect(refused).rejects.toMatchObject({ kind: 'refused' });
  expect(provider.received).toEqual([]);
});
