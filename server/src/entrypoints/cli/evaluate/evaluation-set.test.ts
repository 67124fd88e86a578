import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvaluationSet } from './evaluation-set.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-set-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string) {
  const file = join(folder, 'set.json');
  await writeFile(file, text);
  return readEvaluationSet(file);
}

describe('readEvaluationSet', () => {
  test('reads queries with the grades of documents', async () => {
    const queries = [{ id: '1', text: 'lease', judgements: { a: 3, b: 0 } }];
    expect(await read(JSON.stringify({ queries }))).toEqual({ queries });
  });

  test.each([
    ['{"queries": ', /is not JSON/],
    ['{"questions": []}', /is not a set: queries/],
    ['{"queries": [{"id": "1", "text": "", "judgements": {}}]}', /queries\.0\.text/],
    ['{"queries": [{"id": "1", "text": "x", "judgements": {"a": "good"}}]}', /queries\.0\.judgements\.a/],
    ['{"queries": [{"id": "1", "text": "x", "judgements": {"a": -1}}]}', /queries\.0\.judgements\.a/],
    [JSON.stringify({ queries: Array(10_001).fill({ id: '1', text: 'x', judgements: {} }) }), /more than 10,000/],
  ])('refuses %.40s', async (text, why) => {
    await expect(read(text)).rejects.toThrow(why);
  });

  test('says that a file is not there', async () => {
    await expect(readEvaluationSet(join(folder, 'none.json'))).rejects.toThrow(/none\.json cannot be read/);
  });
});
