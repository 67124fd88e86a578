import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRealServer } from './__fixtures__/real-server.ts';
import { runWeft } from './__fixtures__/run-weft.ts';

let folder: string;
let url: string;
let stop: () => Promise<void>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-eval-'));
  stop = await startRealServer({ WEFT_DATA_DIR: join(folder, 'data'), QUERY_LOG: 'full' });
  ({ url } = JSON.parse(await readFile(join(folder, 'data/server.json'), 'utf8')));
  await post('/collections', { name: 'Questions', readable_id: 'questions' });
  await post('/collections/questions/documents?wait=true', {
    documents: [
      { id: 'lease', name: 'Lease', text: 'The rental contract of the office ends in June.' },
      { id: 'keys', name: 'Keys', text: 'Ask the caretaker for a key to the office.' },
      { id: 'printer', name: 'Printer', text: 'Paper for the printer is on the second floor.' },
    ],
  });
}, 180_000);
afterAll(async () => {
  await stop?.();
  await rm(folder, { recursive: true, force: true });
});

async function post(path: string, body: object) {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text);
}

const weft = (...args: readonly string[]) => runWeft(['eval', ...args], { WEFT_DATA_DIR: join(folder, 'data') });

async function writeSet(value: object | string): Promise<string> {
  const file = join(folder, 'set.json');
  await writeFile(file, typeof value === 'string' ? value : JSON.stringify(value));
  return file;
}
const set = {
  queries: [
    { id: '1', text: 'printer paper', judgements: { printer: 3 } },
    { id: '2', text: 'caretaker', judgements: { keys: 2, lease: 0 } },
    { id: '3', text: 'what may be taken home', judgements: { nothing: 0 } },
    { id: '4', text: 'copier sheets', judgements: { printer: 1 } },
  ],
};

describe('weft eval', () => {
  it('measures a set, and compares two ways to search query by query', async () => {
    const file = await writeSet(set);
    const { code, out } = await weft('questions', '--set', file, '--compare', 'strategy=keyword', '--json');
    expect(code).toBe(0);
    const answer = JSON.parse(out);
    expect(answer).toMatchObject({
      collection: 'questions',
      queries: 3,
      settings: [
        { setting: 'default', recall_at_100: 1 },
        // No word of the last query is in a document.
        { setting: 'strategy=keyword', ndcg_at_10: 0.6667, recall_at_100: 0.6667, mrr_at_10: 0.6667 },
      ],
      comparisons: [{ setting: 'strategy=keyword', better: 0, worse: 1, equal: 2, p_value: 1 }],
    });
    expect(answer.per_query.map(({ id }: { id: string }) => id)).toEqual(['1', '2', '4']);
    expect(answer.per_query[0].ndcg_at_10).toEqual([1, 1]);
  }, 60_000);

  it('says it to people, and fails below what is asked for', async () => {
    const file = await writeSet(set);
    const { code, out, err } = await weft(
      'questions',
      '--set',
      file,
      '--setting',
      'strategy=keyword',
      '--at-least',
      '0.9',
    );
    expect(code).toBe(1);
    expect(out).toMatch(/3 queries\nSetting +nDCG@10 +recall@100 +MRR@10\nstrategy=keyword +0\.667 +0\.667 +0\.667/);
    expect(err).toContain('nDCG@10 is 0.667, below 0.9.');
    const passed = await weft('questions', '--set', file, '--compare', 'tier=classic', '--at-least', '0.5');
    expect(passed.code).toBe(0);
    expect(passed.out).toMatch(/tier=classic against default: \d better, \d worse, \d equal/);
  }, 60_000);

  it("takes the collection's own feedback for want of a set", async () => {
    const before = await weft('questions');
    expect(before).toMatchObject({ code: 5, err: expect.stringContaining('Nobody has called a result') });
    const { search_id } = await post('/collections/questions/search/instant', { query: 'who has a key' });
    await post('/collections/questions/feedback', { search_id, results: [{ entity_id: 'keys', judgement: 'good' }] });
    const after = await weft('questions', '--json');
    expect(after.code).toBe(0);
    expect(JSON.parse(after.out)).toMatchObject({ queries: 1, per_query: [{ text: 'who has a key' }] });
  }, 60_000);

  it('refuses settings that there are not, and files and collections that are not there', async () => {
    expect(await weft('questions', '--compare', 'colour=red')).toMatchObject({ code: 2 });
    expect(await weft('questions', '--at-least', '7')).toMatchObject({ code: 2 });
    expect(await weft('questions', '--set', await writeSet('nonsense'))).toMatchObject({ code: 2 });
    expect(await weft('nowhere', '--set', await writeSet(set))).toMatchObject({ code: 5 });
  });
});
