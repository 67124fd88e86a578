import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LanguageModels } from '../../../core/language-models/index.ts';
import { scriptedModel } from '../../../core/search/scripted-model.fixtures.ts';
import { AppError, silentLogger } from '../../../core/shared/index.ts';
import { EventStreams } from '../event-streams.ts';
import { expectHidden, expectRefusals } from '../testing/expect-refusals.ts';
import { type EventMessage, openStream } from '../testing/read-events.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { postSearchEndpoint } from './post-search.ts';
import { streamSearchEndpoint } from './stream-search.ts';

const path = '/collections/papers/search/stream';
const streams = new EventStreams({ heartbeatMs: 100 });
const errors: object[] = [];
let fixture: SearchFixture;
let languageModels: LanguageModels | undefined;
let failure: Error | undefined;

beforeAll(async () => {
  fixture = await createSearchFixture(
    (dependencies) => {
      const withModels = {
        ...dependencies,
        streams,
        logger: { ...silentLogger, error: (fields: object) => errors.push(fields) },
        index: {
          ...dependencies.index,
          fetch: dependencies.index.fetch.bind(dependencies.index),
          retrieve: async (...asked: Parameters<typeof dependencies.index.retrieve>) => {
            if (failure !== undefined) throw failure;
            return dependencies.index.retrieve(...asked);
          },
        },
        get languageModels(): LanguageModels {
          return languageModels ?? {};
        },
      };
      return [streamSearchEndpoint(withModels), postSearchEndpoint(withModels)];
    },
    [
      {
        name: 'Lease',
        text: 'The lease of the office ends in June.',
        sourceName: 'notion',
        entityType: 'NotionPageEntity',
      },
      { name: 'general', text: 'Who renews the lease?', sourceName: 'slack', entityType: 'SlackMessageEntity' },
      { name: 'Printer', text: 'Order paper.', sourceName: 'slack', entityType: 'SlackMessageEntity' },
    ],
  );
});
afterAll(() => fixture.close());
beforeEach(() => {
  languageModels = undefined;
  failure = undefined;
  errors.length = 0;
});

const open = (body: object) => openStream(`${fixture.url}${path}`, { key: fixture.key, body });

async function follow(body: object) {
  const stream = await open(body);
  await stream.closed;
  // On a busy machine a step may take longer than the silence after which one is sent.
  const messages = stream.messages.filter(({ type }) => type !== 'heartbeat');
  return { ...stream, messages, types: messages.map(({ type }) => type) };
}

function modelThatPlans(): LanguageModels {
  const plan = {
    ...{ query: 'rental contract', variations: ['tenancy'], strategy: 'hybrid', phrases: [], excluded: [] },
    filters: [
      {
        words: 'in slack',
        groups: [
          { conditions: [{ field: 'airweave_system_metadata.source_name', operator: 'equals', value: 'slack' }] },
        ],
      },
    ],
    order: 'relevance',
  };
  const planner = scriptedModel({ object: plan });
  const ranker = scriptedModel({ object: { ranking: [2, 1] } });
  return {
    classic: {
      ...planner,
      generateObject: (request, signal) =>
        (request.name === 'ranking' ? ranker : planner).generateObject(request, signal),
    },
    answer: scriptedModel({ text: 'In June [1].' }),
  };
}

describe('the stream of an older search', () => {
  test('tells each step in order, then the results, and closes', async () => {
    languageModels = modelThatPlans();
    const body = { query: 'lease, in slack', interpret_filters: true, filter: { must_not: [{ has_id: ['e9'] }] } };
    const { status, headers, messages, types } = await follow(body);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(types).toEqual([
      'connected',
      'start',
      ...['operator_start', 'interpretation_start', 'filter_applied', 'operator_end'],
      ...['operator_start', 'expansion_done', 'operator_end'],
      'access_control_skipped',
      ...['operator_start', 'filter_merge', 'operator_end'],
      ...['operator_start', 'embedding_start', 'embedding_done', 'operator_end'],
      ...['operator_start', 'vector_search_start', 'vector_search_done', 'operator_end'],
      'operation_skipped',
      ...['operator_start', 'reranking_start', 'rankings', 'reranking_done', 'operator_end'],
      ...['operator_start', 'completion_start', 'completion_done', 'operator_end'],
      'results',
      'done',
    ]);
    const find = (type: string): EventMessage => messages.find((message) => message.type === type);
    expect(messages[0]).toEqual({ type: 'connected', request_id: expect.any(String), ts: expect.any(String) });
    expect(find('start')).toMatchObject({
      query: body.query,
      collection_id: 'papers',
      request_id: messages[0].request_id,
    });
    expect(find('expansion_done')).toMatchObject({
      op: 'query_expansion',
      alternatives: ['rental contract', 'tenancy'],
    });
    expect(find('embedding_done')).toMatchObject({
      op: 'embedding',
      neural_count: 3,
      sparse_count: 3,
      dim: 64,
      model: 'spelling',
    });
    expect(find('vector_search_start')).toMatchObject({ method: 'hybrid', embeddings: 3, has_filter: true });
    expect(find('vector_search_done')).toMatchObject({
      final_count: 2,
      top_scores: [expect.any(Number), expect.any(Number)],
    });
    expect(find('reranking_done')).toMatchObject({ applied: true, rankings: [{ index: 1 }, { index: 0 }] });
    expect(find('completion_done')).toMatchObject({ op: 'completion', text: 'In June [1].' });
    expect(find('results').results).toHaveLength(2);
    expect(messages.at(-1)).toEqual({
      ...{ type: 'done', request_id: messages[0].request_id, seq: messages.length - 1, ts: expect.any(String) },
    });
  });

  test('numbers the messages of the stream, and those of each operation', async () => {
    const { messages } = await follow({ query: 'lease' });
    const numbered = messages.slice(1);
    expect(numbered.map(({ seq }) => seq)).toEqual(numbered.map((_, place) => place + 1));
    for (const [op, some] of Map.groupBy(numbered, (message) => message.op)) {
      const expected = op === undefined ? undefined : expect.any(Number);
      expect(some.map(({ op_seq }) => op_seq)).toEqual(some.map((_, place) => expected && place + 1));
    }
    for (const { ts } of messages) expect(Date.parse(ts)).not.toBeNaN();
  });

  test('gives what the search without it gives', async () => {
    const body = { query: 'lease of the office', limit: 2 };
    const { messages } = await follow(body);
    const { body: answer } = await fixture.ask('POST', '/collections/papers/search', { key: fixture.key, body });
    expect(messages.at(-2)).toMatchObject({ type: 'results', results: answer.results });
    expect(messages.find(({ type }) => type === 'completion_done').text).toBe(answer.completion);
  });

  test('says what was skipped and why, without a model', async () => {
    const { messages } = await follow({ query: 'lease', response_type: 'raw', search_method: 'keyword' });
    const skipped = messages.filter(({ type }) => type === 'operation_skipped');
    expect(skipped.map(({ operation, reason }) => `${operation}: ${reason}`)).toEqual([
      'query_interpretation: not_asked',
      'query_expansion: not_asked',
      'qdrant_filter: no_filter',
      'embedding: keyword_only',
      'federated_search: no_federated_sources',
      'llm_reranking: no_model',
      'completion: not_asked',
    ]);
  });

  test('tells that nothing was found, and ends well', async () => {
    const filter = { must: [{ key: 'name', match: { value: 'nothing' } }] };
    const { messages, types } = await follow({ query: 'lease', filter });
    expect(types).toContain('vector_search_no_results');
    expect(messages.at(-2)).toMatchObject({ type: 'results', results: [] });
    expect(types.at(-1)).toBe('done');
  });

  test('ends with an error and then closes', async () => {
    failure = new AppError('unavailable', 'The index does not answer.');
    const { messages, types } = await follow({ query: 'lease' });
    expect(messages.at(-1)).toEqual({ type: 'error', message: 'The index does not answer.', transient: true });
    expect(types).not.toContain('done');
    expect(errors).toEqual([]);
  });

  test('tells nothing of a defect but that there is one, and logs it', async () => {
    failure = new TypeError('secret is not a function');
    const { messages } = await follow({ query: 'lease' });
    expect(messages.at(-1)).toEqual({ type: 'error', message: 'Internal Server Error: TypeError', transient: true });
    expect(errors).toEqual([{ err: failure, requestId: messages[0].request_id }]);
  });

  test('says that it lives while a model thinks, and stops the work when the client leaves', async () => {
    const signals: AbortSignal[] = [];
    languageModels = {
      classic: {
        ...scriptedModel({}),
        generateObject: (_request, signal) => {
          signals.push(signal);
          return new Promise(() => undefined);
        },
      },
    };
    const stream = await open({ query: 'lease' });
    await vi.waitUntil(() => signals.length > 0, { timeout: 10_000 });
    const before = stream.messages.length;
    await vi.waitUntil(() => stream.messages.length >= before + 2, { timeout: 10_000 });
    expect(stream.messages.at(-1)).toEqual({ type: 'heartbeat', ts: expect.any(String) });
    expect(signals[0]?.aborted).toBe(false);
    stream.leave();
    await vi.waitUntil(() => signals[0]?.aborted === true && streams.size === 0);
    expect(errors).toEqual([]);
  });

  test.each([
    [{ query: ' ' }, 422],
    [{ query: 'x', limit: -1 }, 422],
    [{ query: 'x', filter: { must: [{ key: 'nam', match: { value: 'x' } }] } }, 422],
  ])('refuses %j before there is a stream', async (body, status) => {
    const answer = await fixture.ask('POST', path, { key: fixture.key, body });
    expect(answer.status).toBe(status);
    expect(answer.body).toHaveProperty('detail');
  });

  test('says that a collection is missing before there is a stream, in the words that clients compare', async () => {
    const options = { key: fixture.key, body: { query: 'x' } };
    const answer = await fixture.ask('POST', '/collections/missing/search/stream', options);
    expect([answer.status, answer.body]).toEqual([404, { detail: "Collection 'missing' not found." }]);
  });

  test('refuses who may not search, and hides the collection from other organisations', async () => {
    for (const endpoint of fixture.endpoints) await expectRefusals(fixture, endpoint);
    await expectHidden(fixture, 'POST', path, { query: 'lease' });
  });
});
