import { z } from 'zod';
import { type AgenticAnswer, type AgenticRun, planners } from '../../../core/search/index.ts';
import type { AgenticSearchDependencies, PreparedAgenticSearch } from './agentic-request.ts';
import { logSearch, SearchIdAnswer } from './log-search.ts';
import { presentationAnswer, presentResults } from './present-results.ts';
import { SearchResult } from './search-result.ts';

/** Who planned an agentic search, and what it took. */
const AgenticRunAnswer = z
  .object({
    planner: z.enum(planners),
    why_rules: z
      .string()
      .nullable()
      .describe('What kept the language model from doing it; null where it did, and where there is none.'),
    ended_because: z.enum(['finished', 'nothing_new', 'out_of_rounds', 'out_of_time', 'out_of_calls', 'out_of_tokens']),
    models: z.array(z.string()).describe('`<provider>:<model>` of those that answered.'),
    rounds: z.int(),
    tool_calls: z.int(),
    input_tokens: z.int(),
    output_tokens: z.int(),
    cost_usd: z.number().nullable().describe('Null where a price is not known.'),
  })
  .meta({ id: 'AgenticRun' });

export const AgenticSearchResponse = z
  .object({
    results: z.array(SearchResult).describe('Best first.'),
    // Beside the reference, as all that follows.
    answered: z.boolean().describe('False: the collection does not seem to have what was asked for.'),
    answer: z
      .string()
      .nullable()
      .describe(
        'In words, `[n]` for the n-th citation. Null without a language model, and where nothing of it is proven.',
      ),
    citations: z
      .array(z.object({ entity_id: z.string(), quote: z.string().describe('Words of that passage.') }))
      .describe('What was found to say so: each quote is in the passage that it names.'),
    missing_terms: z.array(z.string()).describe('Words of the question that no result has.'),
    run: AgenticRunAnswer,
    ...presentationAnswer,
    took_ms: z.number(),
    search_id: SearchIdAnswer,
  })
  .meta({ id: 'AgenticSearchResponse' });

/** The answer as the API gives it; the query log is told of it. */
export async function toAgenticAnswer(
  deps: AgenticSearchDependencies,
  { caller, collection, principals, body }: PreparedAgenticSearch,
  answer: AgenticAnswer,
  startedAt: number,
  signal: AbortSignal,
): Promise<z.input<typeof AgenticSearchResponse>> {
  const presented = await presentResults(
    deps,
    {
      ...{ scope: caller.scope, query: body.query, hits: answer.results },
      ...{ maxTokens: body.max_tokens, expand: body.expand },
      ownerOf: () => ({ collection, ...(principals === undefined ? {} : { principals }) }),
    },
    signal,
  );
  const tookMs = Math.round((performance.now() - startedAt) * 10) / 10;
  const { run } = answer;
  const searchId = logSearch(deps, caller, {
    ...{ collectionId: collection.id, tier: 'agentic', query: body.query, strategy: 'hybrid', planner: run.planner },
    ...(body.filter === undefined ? {} : { filter: body.filter }),
    ...{ modelCall: toModelCall(run), results: answer.results, offset: 0, tookMs },
  });
  return {
    ...presented,
    total: null,
    answered: answer.answered,
    answer: answer.answer,
    citations: answer.citations.map(({ entityId, quote }) => ({ entity_id: entityId, quote })),
    missing_terms: [...answer.missingTerms],
    run: {
      planner: run.planner,
      why_rules: run.fallbackReason,
      ended_because: run.endedBecause,
      models: [...run.models],
      rounds: run.rounds,
      tool_calls: run.toolCalls,
      input_tokens: run.inputTokens,
      output_tokens: run.outputTokens,
      cost_usd: run.cost,
    },
    took_ms: tookMs,
    search_id: searchId,
  };
}

/** All turns as one call, for the query log. */
function toModelCall(run: AgenticRun) {
  if (run.models.length === 0) return null;
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, cost, retries } = run;
  return {
    model: run.models.join(', '),
    usage: { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens },
    cost,
    retries,
  };
}
