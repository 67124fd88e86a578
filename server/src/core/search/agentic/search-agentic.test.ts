import { expect, test } from 'vitest';
import { AppError } from '../../shared/index.ts';
import { createAgenticFixture, type WrittenDocument } from './testing/agentic-fixture.ts';
import { createScriptedModel, lastResults, type ScriptedTurn } from './testing/scripted-model.ts';

const lease = 'The lease of the office ends in June 2027. Notice has to be given half a year before.';
const documents: readonly WrittenDocument[] = [
  {
    id: 'lease',
    name: 'Lease',
    passages: ['Signed by Anna Berg.', lease, 'The rent is 900 a month.'],
    parents: ['house', 'office'],
  },
  {
    id: 'coffee',
    name: 'Coffee',
    passages: ['The coffee machine needs new filters every week.'],
    parents: ['house', 'office'],
  },
  { id: 'office', name: 'Office', passages: ['All about the office.'], parents: ['house'] },
  {
    id: 'salary',
    name: 'Salaries',
    passages: ['The salary of the director is 12345 a month.'],
    viewers: ['user:boss@example.com'],
    parents: ['house', 'office'],
  },
  { id: 'garden', name: 'Garden', passages: ['Who waters the garden of the office?'], sourceName: 'slack' },
];

const search = (query: string, more: object = {}) => ['search', { query, ...more }] as const;
const add = (...ids: readonly string[]) => ['add_to_results', { entity_ids: ids }] as const;
const finish = (more: object = {}): ScriptedTurn => ({ calls: [['return_results_to_user', more]] });

test('a model searches, reads, collects and returns an answer whose quotes are checked', async () => {
  const fixture = await createAgenticFixture(documents);
  const written = {
    answer: 'It ends in June 2027 [1]. It is cheap [2].',
    citations: [
      { entity_id: 'lease__chunk_1', quote: 'the lease of the office  ends in June 2027' },
      { entity_id: 'lease__chunk_1', quote: 'the cheapest office in town' },
    ],
  };
  const model = createScriptedModel([
    { text: 'I look for the lease.', calls: [search('lease office'), ['count', { filter_groups: [] }]] },
    { calls: [['read', { entity_ids: ['lease__chunk_1'] }]] },
    { calls: [add('lease__chunk_1')] },
    finish(written),
    finish(written),
  ]);
  const answer = await fixture.search('When does the lease end?', { model });
  expect(answer.ids).toEqual(['lease']);
  expect(answer.answer).toBe('It ends in June 2027 [1]. It is cheap.');
  expect(answer.citations).toEqual([
    { entityId: 'lease__chunk_1', quote: 'the lease of the office  ends in June 2027' },
  ]);
  expect(answer.answered).toBe(true);
  expect(answer.run).toMatchObject({
    planner: 'model',
    fallbackReason: null,
    endedBecause: 'finished',
    rounds: 5,
    models: ['test:scripted'],
    inputTokens: 500,
    readIds: ['lease__chunk_1', 'lease__chunk_0', 'lease__chunk_2'],
  });
  expect(answer.run.cost).toBeCloseTo(0.005);
  expect(answer.events.map((event) => (event.kind === 'thinking' ? event.iteration : event.name))).toEqual([
    ...[0, 'search', 'count', 1, 'read', 2, 'add_to_results'],
    ...[3, 'return_results_to_user', 4, 'return_results_to_user'],
  ]);
  expect(answer.events.at(-3)).toMatchObject({
    stats: { accepted: false, warning: expect.stringContaining('1 of the quotes') },
  });
});

test('calls of one turn run at the same time where they only look, and are told in their order', async () => {
  const fixture = await createAgenticFixture(documents);
  let running = 0;
  let most = 0;
  const index = {
    ...fixture.deps.index,
    retrieve: async (...asked: Parameters<typeof fixture.deps.index.retrieve>) => {
      running += 1;
      most = Math.max(most, running);
      // The first comes back last.
      await new Promise((resolve) => setTimeout(resolve, asked[1].text === 'lease' ? 20 : 1));
      running -= 1;
      return fixture.deps.index.retrieve(...asked);
    },
  };
  const model = createScriptedModel([
    { calls: [search('lease'), search('coffee'), search('garden'), add('coffee__chunk_0', 'lease__chunk_0')] },
    finish(),
  ]);
  const answer = await fixture.search('x', { model, index });
  expect(most).toBe(3);
  expect(answer.run.seenIds).toEqual(['lease__chunk_0', 'coffee__chunk_0', 'garden__chunk_0']);
  expect(answer.run.collectedIds).toEqual(['coffee__chunk_0', 'lease__chunk_0']);
  const calls = answer.events.flatMap((event) => (event.kind === 'tool_call' ? [event.callId] : []));
  expect(calls).toEqual(['call-0-0', 'call-0-1', 'call-0-2', 'call-0-3', 'call-1-0']);
});

test('results come by relevance to the question and by the order of collecting', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel([
    { calls: [search('office'), search('coffee')] },
    { calls: [add('coffee__chunk_0', 'office__chunk_0', 'lease__chunk_1')] },
    finish(),
  ]);
  const answer = await fixture.search('the lease of the office', { model });
  expect(answer.ids.toSorted()).toEqual(['coffee', 'lease', 'office']);
  expect(answer.ids.at(-1)).toBe('coffee');
  const scores = answer.results.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  const again = createScriptedModel([
    { calls: [search('office')] },
    { calls: [add('office', 'lease__chunk_1')] },
    finish(),
  ]);
  expect((await fixture.search('the lease of the office', { model: again, limit: 1 })).ids).toHaveLength(1);
});

test('what a model gets wrong is told to it, and it goes on', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel([
    {
      calls: [
        ['search', { query: ' ' }],
        ['search', 'lease'],
        ['search', { query: 'x', filter_groups: [{ conditions: [{ field: 'nam', operator: 'equals', value: 'x' }] }] }],
        ['drop_collection', { id: 1 }],
        ['read', { entity_ids: ['never-seen'] }],
        ['get_parent', { entity_id: 'never-seen' }],
        ['add_to_results', { entity_ids: ['never-seen'] }],
      ],
    },
    (request) => {
      expect(lastResults(request)).toContain("did you mean 'name'");
      return { calls: [search('lease'), ['add_to_results', null], ['add_to_results', { entity_ids: 'lease' }]] };
    },
    { calls: [add('lease__chunk_0')] },
    finish(),
  ]);
  const answer = await fixture.search('lease', { model });
  expect(answer.ids).toEqual(['lease']);
  expect(answer.run.planner).toBe('model');
  const errors = answer.events.flatMap((event) => (event.kind === 'tool_call' ? [typeof event.stats.error] : []));
  expect(errors.slice(0, 7)).toEqual([...Array(6).fill('string'), 'undefined']);
});

test('no call of a model leaves the filter, the principals or the collection', async () => {
  const fixture = await createAgenticFixture(documents);
  const everything = [{ conditions: [{ field: 'entity_id', operator: 'not_in', value: [] }] }];
  const foreign = { principals: ['user:boss@example.com'], collection: 'other', scope: 'all', filter: null };
  const model = createScriptedModel([
    {
      calls: [
        search('salary coffee lease office', { filter_groups: everything, ...foreign }),
        search('12345', { match: 'exact', ...foreign }),
        ['count', { filter_groups: everything, list: 50, ...foreign }],
        ['get_children', { entity_id: 'office', ...foreign }],
      ],
    },
    {
      calls: [
        ['read', { entity_ids: ['salary__chunk_0', 'garden__chunk_0', 'lease__chunk_1'] }],
        ['get_siblings', { entity_id: 'lease', ...foreign }],
        ['get_parent', { entity_id: 'lease' }],
      ],
    },
    { calls: [add('salary__chunk_0', 'garden__chunk_0', 'coffee__chunk_0', 'lease__chunk_1'), ['review_results', {}]] },
    finish(),
  ]);
  const answer = await fixture.search('salary', {
    model,
    principals: ['user:anna@example.com'],
    filter: [[{ field: 'airweave_system_metadata.source_name', operator: 'equals', value: 'notes' }]],
  });
  expect(answer.ids.toSorted()).toEqual(['coffee', 'lease']);
  const told = JSON.stringify([
    answer.events,
    model.requests.map(({ messages }) => messages.filter(({ role }) => role === 'tools')),
  ]);
  expect(told).not.toContain('The salary of');
  expect(told).not.toContain('Who waters');
  expect(fixture.retrieved.length).toBeGreaterThan(2);
  for (const { filter, principals } of fixture.retrieved) {
    expect(principals).toEqual(['user:anna@example.com']);
    expect(filter?.every((group) => group.some((condition) => condition.value === 'notes'))).toBe(true);
  }
  expect(fixture.selections.length).toBeGreaterThan(4);
  for (const { filter, principals } of fixture.selections) {
    expect(principals).toEqual(['user:anna@example.com']);
    expect(filter?.every((group) => group.some((condition) => condition.value === 'notes'))).toBe(true);
  }
  const stats = answer.events.flatMap((event) =>
    event.kind === 'tool_call' ? [[event.name, event.stats] as const] : [],
  );
  expect(stats.find(([name]) => name === 'count')?.[1]).toEqual({ count: 3 });
  expect(stats.find(([name]) => name === 'get_children')?.[1]).toMatchObject({ resultCount: 2 });
  expect(stats.find(([name]) => name === 'get_siblings')?.[1]).toMatchObject({ resultCount: 1 });
  expect(stats.find(([name]) => name === 'get_parent')?.[1]).toMatchObject({ resultCount: 1 });
});

test('a filter on passages lets no neighbour be read', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel([
    { calls: [search('signed')] },
    { calls: [['read', { entity_ids: ['lease__chunk_0'], neighbours: 5 }]] },
    { calls: [add('lease__chunk_0')] },
    finish(),
  ]);
  const filter = [[{ field: 'airweave_system_metadata.chunk_index', operator: 'equals', value: 0 } as const]];
  expect((await fixture.search('signed', { model, filter })).run.readIds).toEqual(['lease__chunk_0']);
});

test('what may not be seen any more is not read, and not returned', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel([
    { calls: [search('coffee lease')] },
    () => {
      fixture.visible.clear();
      return { calls: [['read', { entity_ids: ['lease__chunk_1'] }], add('coffee__chunk_0')] };
    },
    finish(),
  ]);
  const answer = await fixture.search('coffee', { model });
  expect(answer).toMatchObject({ results: [], answered: false, run: { readIds: [] } });
});

const again = (count: number, turn: ScriptedTurn): readonly ScriptedTurn[] => Array(count).fill(turn);

test.each([
  ['rounds', { maxRounds: 3 }, 'out_of_rounds', 3],
  ['calls', { maxToolCalls: 3 }, 'out_of_calls', 2],
  ['tokens', { maxTokens: 150 }, 'out_of_tokens', 2],
] as const)('a model that uses up its %s is ended, with what it has', async (_, limits, endedBecause, rounds) => {
  const fixture = await createAgenticFixture(documents);
  const turn = { calls: [search('lease'), add('lease__chunk_0')] };
  const model = createScriptedModel(again(20, turn));
  const answer = await fixture.search('lease', { model, limits });
  expect(answer.run).toMatchObject({ planner: 'model', endedBecause, rounds });
  expect(answer.ids).toEqual(['lease']);
  expect(answer.answered).toBe(true);
});

test('calls beyond what a turn may have are answered, and not done', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel([
    { calls: [add('x'), search('coffee'), search('lease'), search('garden')] },
    (request) => {
      expect(request.messages.at(-2)).toMatchObject({ role: 'tools', results: { length: 4 } });
      expect(lastResults(request)).toContain('too many calls');
      return { calls: [add('coffee__chunk_0')] };
    },
    finish(),
  ]);
  const answer = await fixture.search('coffee', { model, limits: { maxCallsPerRound: 2 } });
  expect(answer.run).toMatchObject({ toolCalls: 4, seenIds: ['coffee__chunk_0'] });
});

const untilAborted = (_request: unknown, signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

test('a model that is too slow is stopped: what it collected stands, or rules do the work', async () => {
  const fixture = await createAgenticFixture(documents);
  const limits = { modelTimeMs: 5_100, fallbackTimeMs: 5_000 };
  const slow = createScriptedModel([{ calls: [search('coffee')] }, { calls: [add('coffee__chunk_0')] }, untilAborted]);
  const late = await fixture.search('coffee', { model: slow, limits });
  expect(late).toMatchObject({ ids: ['coffee'], run: { planner: 'model', endedBecause: 'out_of_time' } });
  const hanging = await fixture.search('coffee', { model: createScriptedModel([untilAborted]), limits });
  expect(hanging).toMatchObject({ ids: ['coffee'], run: { planner: 'rules' } });
  expect(hanging.run.fallbackReason).toContain('test:scripted');
});

test('whoever goes away ends the search, and the call of the model with it', async () => {
  const fixture = await createAgenticFixture(documents);
  const client = new AbortController();
  let isStopped = false;
  const model = createScriptedModel([
    (request, signal) => {
      signal.addEventListener('abort', () => {
        isStopped = true;
      });
      queueMicrotask(() => client.abort(new Error('gone')));
      return untilAborted(request, signal);
    },
  ]);
  await expect(fixture.search('x', { model, signal: client.signal })).rejects.toThrow('gone');
  expect(isStopped).toBe(true);
});

test('a model that goes round in circles is told so, and then ended', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel(again(15, { calls: [search('coffee')] }));
  const answer = await fixture.search('coffee', { model });
  expect(answer.run).toMatchObject({ endedBecause: expect.any(String), nudges: 3, planner: 'rules' });
  expect(model.requests).toHaveLength(8);
  expect(JSON.stringify(model.requests.at(-1)?.messages.at(-1))).toContain('Nothing new has come');
});

test('a model that only talks is reminded, and then left', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel(again(5, { text: 'The answer is 42.' }));
  const answer = await fixture.search('coffee', { model });
  expect(model.requests).toHaveLength(3);
  expect(answer).toMatchObject({
    ids: ['coffee'],
    answer: null,
    run: { planner: 'rules', rounds: expect.any(Number) },
  });
});

test('results of tools are told in full once, and stay small in a small window', async () => {
  const long = Array.from({ length: 40 }, (_, place) => ({
    id: `d${place}`,
    passages: [`lease ${'word '.repeat(2_000)}`],
  }));
  const fixture = await createAgenticFixture(long);
  const ids = long.slice(0, 10).map(({ id }) => `${id}__chunk_0`);
  const sizes: number[] = [];
  const model = createScriptedModel(
    [
      { calls: [search('lease', { limit: 40 })] },
      ...Array.from({ length: 5 }, () => (request: { readonly messages: readonly object[] }) => {
        sizes.push(JSON.stringify(request.messages).length);
        return { calls: [['read', { entity_ids: ids }] as const] };
      }),
      { calls: [add('d0__chunk_0')] },
      finish(),
    ],
    { contextTokens: 16_000 },
  );
  const answer = await fixture.search('lease', { model });
  expect(answer.run).toMatchObject({ planner: 'model', endedBecause: 'finished' });
  expect(Math.max(...sizes)).toBeLessThan(16_000 * 4);
});

test('a window that is too small for tools leaves it to rules', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel([], { contextTokens: 4_096 });
  const answer = await fixture.search('coffee', { model });
  expect(answer.run.fallbackReason).toContain('its window of 4,096 tokens is too small');
  expect(answer.ids).toEqual(['coffee']);
  expect(model.requests).toEqual([]);
});

test('a model may say that there is nothing', async () => {
  const fixture = await createAgenticFixture(documents);
  const model = createScriptedModel([{ calls: [search('zeppelin')] }, finish({ answered: false })]);
  const answer = await fixture.search('zeppelin', { model });
  expect(answer).toMatchObject({ results: [], answered: false, answer: null, run: { planner: 'model' } });
});

test('an index that is down fails the search, whoever plans', async () => {
  const fixture = await createAgenticFixture(documents);
  const retrieve = async () => {
    throw new AppError('unavailable', 'The search index did not answer.');
  };
  const index = { ...fixture.deps.index, retrieve };
  const model = createScriptedModel(again(5, { calls: [search('coffee')] }));
  await expect(fixture.search('coffee', { index })).rejects.toMatchObject({ code: 'unavailable' });
  await expect(fixture.search('coffee', { index, model })).rejects.toMatchObject({ code: 'unavailable' });
});
