import { z } from 'zod';
import type { Caller } from '../../../core/access/index.ts';
import type { AnsweredSearch, ModelSpending, QueryLog } from '../../../core/insights/index.ts';
import type { ModelCall } from '../../../core/language-models/index.ts';
import type { SearchHit } from '../../../core/search/index.ts';

export interface LogSearchDependencies {
  /** Absent: nothing is kept. */
  readonly queryLog?: Pick<QueryLog, 'record'>;
}

/** Of a search's request. */
export const MayLog = z
  .boolean()
  .default(true)
  .describe('Whether the query log may keep this search; false for tests and measurements.');

/** Of a search's answer. */
export const SearchIdAnswer = z
  .guid()
  .nullable()
  .describe('For feedback on this answer. Null where the query log keeps nothing of it.');

/**
 * Keeps what the organisation's setting says of a search that is about to be answered. It is written later: this takes no time.
 *
 * @returns the `search_id` of the answer
 */
export function logSearch(
  { queryLog }: LogSearchDependencies,
  caller: Caller,
  search: Omit<AnsweredSearch, 'resultCount' | 'topScore' | 'usage'> & {
    readonly results: readonly Pick<SearchHit, 'score'>[];
    /** What was asked of language models. */
    readonly modelCall?: ModelCall | null;
    readonly modelCalls?: readonly ModelCall[];
  },
): string | null {
  if (queryLog === undefined) return null;
  const { results, modelCall, modelCalls = [], ...rest } = search;
  const calls = modelCall ? [modelCall, ...modelCalls] : modelCalls;
  return queryLog.record(caller, {
    ...rest,
    resultCount: results.length,
    topScore: results[0]?.score ?? null,
    ...(calls.length > 0 && { usage: spendingOf(calls) }),
  });
}

/** The cost is not known when that of one call is not. */
function spendingOf(calls: readonly ModelCall[]): ModelSpending {
  const sum = (amountOf: (call: ModelCall) => number) => calls.reduce((total, call) => total + amountOf(call), 0);
  return {
    inputTokens: sum(({ usage }) => usage.inputTokens),
    outputTokens: sum(({ usage }) => usage.outputTokens),
    cost: calls.some(({ cost }) => cost === null) ? null : sum(({ cost }) => cost ?? 0),
  };
}
