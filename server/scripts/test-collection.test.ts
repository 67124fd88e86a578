import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestCollection } from './test-collection.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-collection-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function readAll<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  const whole = {
    'corpus.jsonl': '{"_id": "d1", "title": "T", "text": "one"}\n\n{"_id": "d2", "text": "two"}\n',
    'queries.jsonl':
      '{"_id": "q1", "text": "first"}\n{"_id": "q2", "text": "unjudged"}\n{"_id": "q3", "text": "hopeless"}\n',
    'qrels.tsv': 'query-id\tcorpus-id\tscore\r\nq1\td1\t2\r\nq1\td2\t0\r\nq3\td1\t0\r\n',
    ...files,
  };
  for (const [name, text] of Object.entries(whole)) await writeFile(join(folder, name), text);
}

test('reads documents, and the queries that have something to find', async () => {
  await write({});
  const { queries, documents } = await openTestCollection(folder);
  expect(queries).toEqual([
    {
      id: 'q1',
      text: 'first',
      judgements: new Map([
        ['d1', 2],
        ['d2', 0],
      ]),
    },
  ]);
  expect(await readAll(documents())).toEqual([
    { id: 'd1', title: 'T', text: 'one' },
    { id: 'd2', title: '', text: 'two' },
  ]);
});

test('reads judgements without a header', async () => {
  await write({ 'qrels.tsv': 'q1\td2\t1\n' });
  expect((await openTestCollection(folder)).queries[0]?.judgements).toEqual(new Map([['d2', 1]]));
});

test('names the file that is missing', async () => {
  await expect(openTestCollection(folder)).rejects.toThrow(/has no corpus\.jsonl/);
});

test.each([
  ['queries.jsonl', '{"_id": "q1"}\n', /queries\.jsonl, line 1/],
  ['queries.jsonl', '{"_id": "q1", "text": "x"}\nnot JSON\n', /queries\.jsonl, line 2/],
  ['queries.jsonl', '{"_id": "other", "text": "x"}\n', /no query with a relevant document/],
  ['qrels.tsv', 'query-id\tcorpus-id\tscore\nq1 d1 1\n', /qrels\.tsv, line 2/],
])('says what is wrong with %s', async (name, text, message) => {
  await write({ [name]: text });
  await expect(openTestCollection(folder)).rejects.toThrow(message);
});

test('names the line of a document that cannot be read', async () => {
  await write({ 'corpus.jsonl': '{"_id": "d1", "text": "x"}\n{"_id": 5, "text": "x"}\n' });
  const { documents } = await openTestCollection(folder);
  await expect(readAll(documents())).rejects.toThrow(/corpus\.jsonl, line 2/);
});
