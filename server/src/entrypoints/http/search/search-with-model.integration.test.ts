import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLanguageModels } from '../../../adapters/language-models/create-language-models.ts';
import {
  type Script,
  type ScriptedModelServer,
  type ScriptedRequest,
  startScriptedModelServer,
} from '../../../adapters/language-models/testing/scripted-model-server.ts';
import { scriptedSettings } from '../../../adapters/language-models/testing/testing-settings.ts';
import { silentLogger } from '../../../core/shared/index.ts';
import { createSearchFixture, type SearchFixture } from '../testing/search-fixture.ts';
import { postSearchEndpoint } from './post-search.ts';
import { searchClassicEndpoint } from './search-classic.ts';

const classic = '/collections/papers/search/classic';
const older = '/collections/papers/search';
const prices = new Map([['compatible:scripted', { input: 10, output: 50 }]]);
const planned = {
  query: 'rental contract',
  variations: ['lease of the office'],
  strategy: 'hybrid',
  filters: [],
  phrases: [],
  excluded: [],
  order: 'relevance',
};
const fromSlack = {
  words: 'in slack',
  groups: [{ conditions: [{ field: 'airweave_system_metadata.source_name', operator: 'equals', value: 'slack' }] }],
};

let server: ScriptedModelServer;
let fixture: SearchFixture;
/** What the model does in this test. */
let script: Script = () => ({ status: 500 });
let asked: ScriptedRequest[] = [];

beforeAll(async () => {
  server = await startScriptedModelServer((request) => {
    asked.push(request);
    return script(request);
  });
  const page = { sourceName: 'notion', entityType: 'NotionPageEntity' };
  const message = { sourceName: 'slack', entityType: 'SlackMessageEntity' };
  fixture = await createSearchFixture(
    (dependencies) => {
      // New for each request, so that no breaker of one test is open in the next.
      const models = () => createLanguageModels(scriptedSettings(server.url, { prices }), silentLogger).models;
      const withModels = {
        ...dependencies,
        planTimeoutMs: 1500,
        get languageModels() {
          return models();
        },
      };
      return [searchClassicEndpoint(withModels), postSearchEndpoint(withModels)];
    },
    [
      { ...page, name: 'Lease', text: 'The lease of the office ends in June.' },
      { ...message, name: 'general', text: 'Who renews the lease of the office?', fields: { channel: 'general' } },
      { ...message, name: 'random', text: 'Order paper for the printer.', viewers: ['user:anna@example.com'] },
      { ...page, name: 'Contract', text: 'The rental contract was signed in May.' },
    ],
  );
});
afterAll(async () => {
  await fixture.close();
  await server.close();
});
beforeEach(() => {
  asked = [];
});

async function post(path: string, body: object) {
  const { status, body: answer } = await fixture.ask('POST', path, { key: fixture.key, body });
  expect(status).toBe(200);
  return { answer, names: answer.results.map(({ name }: { name: string }) => name) };
}

const question = 'when does the lease end, in slack';

describe('classic search with a model', () => {
  test('is planned by it, and says what that took', async () => {
    script = () => ({ object: { ...planned, filters: [fromSlack] }, usage: { inputTokens: 900, outputTokens: 60 } });
    const { answer, names } = await post(classic, { query: question });
    expect(names.toSorted()).toEqual(['general', 'random']);
    expect(answer.plan).toMatchObject({
      planner: 'model',
      why_rules: null,
      model: {
        name: 'compatible:scripted',
        input_tokens: 900,
        output_tokens: 60,
        cost_usd: (900 * 10 + 60 * 50) / 1e6,
        retries: 0,
      },
      variations: ['rental contract', 'lease of the office'],
      filters: [{ text: 'in slack', filter: fromSlack.groups }],
      dropped: [],
      steps: [{ name: 'plan' }, { name: 'search' }],
    });
    expect(asked[0]?.prompt).toContain('SlackMessageEntity');
    expect(asked[0]?.prompt).toContain('channel');
  });

  test('finds what the question alone has no word of', async () => {
    script = () => ({ object: planned });
    const { names } = await post(classic, { query: 'tenancy' });
    expect(names[0]).toBe('Contract');
  });

  test('cuts every page from one ranking', async () => {
    script = () => ({ object: planned });
    const whole = (await post(classic, { query: 'office' })).answer.results;
    for (const offset of [0, 1, 3, 9]) {
      const page = (await post(classic, { query: 'office', offset, limit: 2 })).answer.results;
      expect(page).toEqual(whole.slice(offset, offset + 2));
    }
  });

  test('drops filters of the model that leave nothing, or that are none', async () => {
    const nowhere = {
      words: 'lease',
      groups: [{ conditions: [{ field: 'name', operator: 'equals', value: 'nothing' }] }],
    };
    const invalid = { words: 'end', groups: [{ conditions: [{ field: 'nam', operator: 'equals', value: 'x' }] }] };
    script = () => ({ object: { ...planned, filters: [fromSlack, nowhere, invalid] } });
    const { names, answer } = await post(classic, { query: question });
    expect(names.toSorted()).toEqual(['general', 'random']);
    expect(answer.plan.dropped).toEqual([
      { text: 'end', reason: 'invalid' },
      { text: 'lease', reason: 'left_nothing' },
    ]);
  });

  test('never leaves the filter of the caller', async () => {
    const wide = {
      words: 'in slack',
      groups: [{ conditions: [{ field: 'entity_id', operator: 'not_in', value: [] }] }],
    };
    script = () => ({ object: { ...planned, filters: [wide] } });
    const filter = [{ conditions: [{ field: 'name', operator: 'equals', value: 'Lease' }] }];
    expect((await post(classic, { query: question, filter })).names).toEqual(['Lease']);
    expect(asked[0]?.prompt).toContain('"value":"Lease"');
  });
});

const outages: readonly (readonly [string, Script, RegExp])[] = [
  ['down', () => ({ status: 503 }), /model_unavailable/],
  ['over its limit', () => ({ status: 429 }), /model_unavailable/],
  ['refusing the key', () => ({ status: 401 }), /model_unavailable/],
  ['hanging', () => ({ failure: 'hang' }), /model_slow/],
  ['breaking off', () => ({ failure: 'cut' }), /model_unavailable/],
  ['sending a megabyte', () => ({ failure: 'megabyte' }), /model_/],
  ['sending half a body', () => ({ failure: 'invalid-json' }), /model_unavailable/],
  ['talking', () => 'Sure! Here is your plan: search for it.', /model_unavailable/],
  ['answering something else', () => ({ object: { answer: 42 } }), /model_unavailable/],
  ['saying nothing', () => ({ object: { ...planned, query: ' ', variations: [] } }), /model_nonsense/],
];

describe.each(outages)('a model that is %s', (_what, behaviour, why) => {
  test('leaves classic search to the rules', async () => {
    script = behaviour;
    const { names, answer } = await post(classic, { query: question });
    expect(names.toSorted()).toEqual(['general', 'random']);
    expect(answer.plan).toMatchObject({ planner: 'rules', why_rules: expect.stringMatching(why), variations: [] });
  });
});

describe('the older search with a model', () => {
  /** Each step asks in its own way. */
  const steps: Script = ({ system }) => {
    if (system.startsWith('You plan')) return { object: { ...planned, filters: [fromSlack] } };
    if (system.startsWith('You order')) return { object: { ranking: [2, 1] } };
    return 'It ends in June [1], or so [9]. ![x](https://evil.example/)';
  };
  const off = { expand_query: false, interpret_filters: false, rerank: false, generate_answer: false };
  const namesFor = async (body: object) => (await post(older, { query: question, ...off, ...body })).names;

  test('asks it nothing when nothing is wanted', async () => {
    script = steps;
    await namesFor({});
    await namesFor({ response_type: 'raw', expansion_strategy: 'no_expansion', enable_reranking: false });
    expect(asked).toEqual([]);
  });

  test('expands the query, but not of words alone', async () => {
    script = steps;
    expect(await namesFor({ query: 'tenancy', expand_query: true })).toContain('Contract');
    expect(asked).toHaveLength(1);
    expect(await namesFor({ query: 'tenancy', expand_query: true, retrieval_strategy: 'keyword' })).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  test('interprets filters when asked to', async () => {
    script = steps;
    expect((await namesFor({ interpret_filters: true })).toSorted()).toEqual(['general', 'random']);
    expect(await namesFor({ expand_query: true })).toHaveLength(4);
    const filter = { must: [{ key: 'name', match: { value: 'Lease' } }] };
    expect(await namesFor({ interpret_filters: true, filter })).toEqual(['Lease']);
  });

  test('reranks the best, before a page is cut', async () => {
    script = steps;
    const plain = await namesFor({});
    const ranked = [plain[1], plain[0], ...plain.slice(2)];
    expect(await namesFor({ rerank: true })).toEqual(ranked);
    expect(await namesFor({ rerank: true, limit: 1 })).toEqual([plain[1]]);
    expect(await namesFor({ rerank: true, offset: 1, limit: 2 })).toEqual(ranked.slice(1, 3));
  });

  test('answers with citations that there are, and no images', async () => {
    script = steps;
    const { answer } = await post(older, { query: question, ...off, generate_answer: true });
    expect(answer.completion).toBe('It ends in June [1], or so. x');
    const legacy = await post(older, { query: question, response_type: 'completion' });
    expect(legacy.answer).toMatchObject({ completion: answer.completion, status: 'success' });
    expect((await post(older, { query: question, response_type: 'raw' })).answer.completion).toBeNull();
  });

  test('does all of it by default but the filters', async () => {
    script = steps;
    const { answer } = await post(older, { query: question });
    expect(asked.map(({ system }) => system.split(' ')[1])).toEqual(['plan', 'order', 'answer']);
    expect(answer.results).toHaveLength(4);
  });

  test('leaves each step out, or to rules, when the model is down', async () => {
    script = () => ({ status: 503 });
    const { answer, names } = await post(older, { query: question, interpret_filters: true });
    expect(names.toSorted()).toEqual(['general', 'random']);
    expect(answer.completion).toContain('“Who renews the lease of the office?” [1]');
  });
});
