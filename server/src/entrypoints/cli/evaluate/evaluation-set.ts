import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { CommandError, exitCodes } from '../command-error.ts';

const maxBytes = 64 * 1024 * 1024;
const maxQueries = 10_000;

/** Queries, each with the grades of some documents by the source's own id, as `GET …/evaluation-set` gives them. */
export const EvaluationSet = z.looseObject({
  queries: z
    .array(
      z.looseObject({
        id: z.string(),
        text: z.string().min(1),
        judgements: z.record(z.string(), z.number().min(0).max(100)),
      }),
    )
    .max(maxQueries, { error: `more than ${maxQueries.toLocaleString('en')} queries` }),
});
export type EvaluationSet = z.output<typeof EvaluationSet>;
export type EvaluationQuery = EvaluationSet['queries'][number];

/** @throws CommandError when the file cannot be read, or is something else */
export async function readEvaluationSet(file: string): Promise<EvaluationSet> {
  const fail = (why: string, cause?: unknown) =>
    new CommandError(
      exitCodes.usage,
      'bad_set',
      `${file} ${why}\nA set is JSON: {"queries": [{"id": "1", "text": "a question", "judgements": {"document id": 2}}]}`,
      { cause },
    );
  let text: string;
  try {
    if ((await stat(file)).size > maxBytes) throw fail('is larger than 64 MB.');
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw fail('cannot be read.', error);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail('is not JSON.', error);
  }
  const set = EvaluationSet.safeParse(value);
  if (set.success) return set.data;
  const [issue] = set.error.issues;
  throw fail(`is not a set: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}.`, set.error);
}
