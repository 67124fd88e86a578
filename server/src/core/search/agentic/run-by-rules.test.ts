import { expect, test } from 'vitest';
import { AppError } from '../../shared/index.ts';
import { createAgenticFixture, type WrittenDocument } from './testing/agentic-fixture.ts';

const documents: readonly WrittenDocument[] = [
  {
    id: 'lease',
    passages: ['Signed by Anna Berg.', 'The lease of the office ends in June 2027.', 'The rent is 900 a month.'],
  },
  { id: 'office', passages: ['All about the office.'] },
  { id: 'berg', passages: ['Anna Berg can be reached at extension 17.'] },
  { id: 'coffee', passages: ['The coffee machine needs new filters every week.'] },
];

test('rules search, look for what is missing, follow up and read, and say so', async () => {
  const { search } = await createAgenticFixture(documents);
  const answer = await search('When does the lease of the office end and who signed it?');
  expect(answer.ids[0]).toBe('lease');
  expect(answer.answered).toBe(true);
  expect(answer.run).toMatchObject({
    ...{ planner: 'rules', fallbackReason: null, endedBecause: 'nothing_new', models: [], inputTokens: 0, cost: 0 },
  });
  expect(answer.events.flatMap((event) => (event.kind === 'thinking' ? [event.text] : []))).toMatchInlineSnapshot(`
    [
      "Searching for "When does the lease of the office end and who signed it?" by words and by meaning.",
      "No good result has "signed". Looking for these words.",
      "The best results name "June". Following that up.",
      "Reading the best 2 with what stands around them.",
    ]
  `);
  expect(answer.events.map((event) => (event.kind === 'thinking' ? event.iteration : event.name))).toEqual([
    ...[0, 'search', 1, 'search', 2, 'search', 3, 'read', 'return_results_to_user'],
  ]);
  expect(answer.citations).toEqual([
    { entityId: 'lease__chunk_1', quote: 'The lease of the office ends in June 2027.' },
    { entityId: 'lease__chunk_0', quote: 'Signed by Anna Berg.' },
  ]);
});

test('a part of the question that no good result is about gets a place on the first page', async () => {
  const many = Array.from({ length: 12 }, (_, place) => ({
    id: `lease${place}`,
    passages: [`The lease of the office and the lease of the garage, number ${place}.`],
  }));
  const notes = Array.from({ length: 40 }, (_, place) => ({
    id: `note${place}`,
    passages: [`Fresh coffee. ${'Nothing else was said that day. '.repeat(60)}`],
  }));
  const { search } = await createAgenticFixture([...many, ...notes]);
  const asked = 'When does the lease of the office or the lease of the garage end? Is the coffee fresh?';
  const answer = await search(asked, { limit: 4 });
  expect(answer.events).toContainEqual(
    expect.objectContaining({ text: expect.stringContaining('part of the question') }),
  );
  expect(answer.ids).toHaveLength(4);
  expect(answer.ids.at(-1)).toMatch(/^note/);
  expect(answer.ids.filter((id) => id.startsWith('lease'))).toHaveLength(3);
});

test('what the question excludes and restricts holds in later rounds too', async () => {
  const fixture = await createAgenticFixture([
    { id: 'near', sourceName: 'slack', passages: ['The lease of the office.'] },
    { id: 'unwanted', sourceName: 'slack', passages: ['The travel lease, with the caretaker.'] },
    { id: 'elsewhere', sourceName: 'notes', passages: ['The lease, with the caretaker.'] },
  ]);
  const answer = await fixture.search('the lease and the caretaker in slack -travel');
  expect(answer.events).toContainEqual(
    expect.objectContaining({ text: 'No good result has "caretaker". Looking for these words.' }),
  );
  expect(answer).toMatchObject({ ids: ['near'], missingTerms: ['caretaker'] });
});

test.each([
  ['none of its words', 'zeppelin', false],
  ['not the name', 'What does the lease say about Liechtenstein?', false],
  ['not the code', 'lease of flat B52x', false],
  ['not the quotation', '"lease of the garage"', false],
  ['its words', 'the lease', true],
  ['only some of its plain words', 'terminating the lease', true],
])('what has %s: %s', async (_, query, answered) => {
  const { search } = await createAgenticFixture(documents);
  expect((await search(query)).answered).toBe(answered);
});

test('later rounds that fail leave what the first found', async () => {
  const fixture = await createAgenticFixture(documents);
  let asked = 0;
  const index = {
    ...fixture.deps.index,
    retrieve: async (...request: Parameters<typeof fixture.deps.index.retrieve>) => {
      asked += 1;
      if (asked > 1) throw new AppError('unavailable', 'The search index did not answer.');
      return fixture.deps.index.retrieve(...request);
    },
  };
  const answer = await fixture.search('the lease of the office, zzz', { index });
  expect(answer.ids[0]).toBe('lease');
  expect(asked).toBeGreaterThan(1);
});

test('time that is up ends the rounds, not the search', async () => {
  const fixture = await createAgenticFixture(documents);
  let asked = 0;
  const index = {
    ...fixture.deps.index,
    retrieve: async (...request: Parameters<typeof fixture.deps.index.retrieve>) => {
      asked += 1;
      if (asked > 1) await new Promise((resolve) => setTimeout(resolve, 300));
      return fixture.deps.index.retrieve(...request);
    },
  };
  const answer = await fixture.search('the lease of the office, zzz', { index, limits: { rulesTimeMs: 200 } });
  expect(answer).toMatchObject({ run: { endedBecause: 'out_of_time' } });
  expect(answer.ids[0]).toBe('lease');
});

test('an empty collection has no answer', async () => {
  const { search } = await createAgenticFixture([]);
  expect(await search('anything')).toMatchObject({ results: [], answered: false, missingTerms: [], citations: [] });
});
