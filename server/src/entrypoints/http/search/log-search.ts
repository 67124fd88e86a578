import { z } from 'zod';
import type { Caller } from '../../../core/access/index.ts';
import type { AnsweredSearch, ModelSpending, QueryLog } from '../../../core/insights/index.ts';
import type { ModelCall } from '../../../core/language-models/index.ts';
import type { SearchHit } from '../../../core/search/index.ts';
import { type CountSearchDependencies, countTokens } from './count-search.ts';

export interface LogSearchDependencies extends CountSearchDependencies {
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
 * Counts what a search that is about to be answered took, and keeps what the organisation's setting says of it. It is written later: this takes no time.
 *
 * @returns the `search_id` of the answer
 */
export function logSearch(
  deps: LogSearchDependencies,
  caller: Caller,
  search: Omit<AnsweredSearch, 'resultCount' | 'topScore' | 'usage'> & {
    readonly results: readonly Pick<SearchHit, 'score'>[];
    /** What was asked of language models. */
    readonly modelCall?: ModelCall | null;
    readonly modelCalls?: readonly ModelCall[];
    /** Whether the query log may keep it; default true. Its tokens count in any case. */
    readonly isKept?: boolean;
  },
): string | null {
  const { results, modelCall, modelCalls = [], isKept = true, ...rest } = search;
  const calls = modelCall ? [modelCall, ...modelCalls] : modelCalls;
  countTokens(deps, caller, calls);
  if (deps.queryLog === undefined || !isKept) return null;
  return deps.queryLog.record(caller, {
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
