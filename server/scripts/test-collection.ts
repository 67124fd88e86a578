import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Judgements } from '../src/entrypoints/cli/evaluate/retrieval-metrics.ts';

/**
 * A folder with a retrieval test collection in the layout of BEIR (Thakur et al. 2021): `corpus.jsonl` with `_id`, `title`
 * and `text`, `queries.jsonl` with `_id` and `text`, `qrels.tsv` with a header and query id, document id and grade.
 */
export interface TestCollection {
  /** Streams the corpus, which may be large. @throws Error that names the file and line of what cannot be read */
  readonly documents: () => AsyncIterable<{ readonly id: string; readonly title: string; readonly text: string }>;
  /** Those that have a relevant document, in the file's order. */
  readonly queries: readonly { readonly id: string; readonly text: string; readonly judgements: Judgements }[];
}

/** @throws Error that says which file is missing, or which line of it cannot be read */
export async function openTestCollection(folder: string): Promise<TestCollection> {
  for (const name of ['corpus.jsonl', 'queries.jsonl', 'qrels.tsv']) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found?.isFile() !== true)
      throw new Error(`${folder} has no ${name}: it must be a folder in the layout of BEIR`);
  }
  const judgements = await readJudgements(join(folder, 'qrels.tsv'));
  const queries = [];
  for await (const { id, text } of readRecords(join(folder, 'queries.jsonl'))) {
    const judged = judgements.get(id);
    if (judged !== undefined && [...judged.values()].some((grade) => grade > 0))
      queries.push({ id, text, judgements: judged });
  }
  if (queries.length === 0)
    throw new Error(`${folder} has no query with a relevant document: do its files belong together?`);
  return { queries, documents: () => readRecords(join(folder, 'corpus.jsonl')) };
}

async function readJudgements(file: string): Promise<ReadonlyMap<string, Judgements>> {
  const judgements = new Map<string, Map<string, number>>();
  for await (const { line, number } of readLines(file)) {
    const [query = '', document = '', grade = ''] = line.split('\t');
    if (number === 1 && !Number.isFinite(Number.parseFloat(grade))) continue;
    if (query === '' || document === '' || !/^-?\d+(\.\d+)?$/.test(grade.trim())) {
      throw new Error(`${file}, line ${number}: expected query id, document id and grade, separated by tabs`);
    }
    const ofQuery = judgements.get(query) ?? new Map<string, number>();
    judgements.set(query, ofQuery.set(document, Number(grade)));
  }
  return judgements;
}

async function* readRecords(file: string) {
  for await (const { line, number } of readLines(file)) {
    const record = parseObject(line);
    const { _id: id, title = '', text } = record ?? {};
    if (typeof id !== 'string' || typeof title !== 'string' || typeof text !== 'string') {
      throw new Error(`${file}, line ${number}: expected a JSON object with the texts "_id" and "text"`);
    }
    yield { id, title, text };
  }
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
  } catch {
    // The caller names the file and the line.
    return undefined;
  }
}

async function* readLines(file: string) {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    if (line.trim() !== '') yield { line, number };
  }
}
