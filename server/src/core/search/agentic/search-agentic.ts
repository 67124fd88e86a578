import { randomBytes } from 'node:crypto';
import { AppError, type Scope } from '../../shared/index.ts';
import type { SearchHit } from '../search-collection.ts';
import type { AgenticAnswer, AgenticDependencies, AgenticEvent, AgenticRequest } from './agentic-search.ts';
import type { AgenticTarget } from './agentic-target.ts';
import { questionTermsOf } from './excerpt.ts';
import { type AgenticLimits, agenticLimits } from './limits.ts';
import { oncePerDocument, withFallingScores } from './merge-rounds.ts';
import { orderCollected } from './order-collected.ts';
import { missingTerms } from './question-coverage.ts';
import { type RulesRun, runByRules } from './run-by-rules.ts';
import { RunTally } from './run-tally.ts';
import { type ModelRun, runWithModel } from './run-with-model.ts';
import { SeenPassages } from './seen-passages.ts';
import type { ToolContext } from './tools/index.ts';

/** Results where nobody said how many, and no model decides: of the question as it was asked, and of all rounds. */
const defaultAsked = 30;
const defaultResults = 40;
const maxResults = 1_000;

/**
 * A search in rounds: a language model works with tools until it has what answers the question; without one, or when it is down,
 * slow or makes no sense, rules do. Every look goes through the user's filter and the searcher's principals, whoever plans.
 *
 * @param onEvent told of each step, in order
 * @throws AppError('unavailable') when the index does not answer; the signal's reason when it is aborted
 */
export async function searchAgentic(
  deps: AgenticDependencies,
  scope: Scope,
  request: AgenticRequest,
  onEvent: (event: AgenticEvent) => void,
  signal: AbortSignal,
): Promise<AgenticAnswer> {
  const limits: AgenticLimits = { ...agenticLimits, ...deps.limits };
  const { collection, filter, principals } = request;
  const target: AgenticTarget = {
    scope,
    collection,
    ...(filter === undefined ? {} : { filter }),
    ...(principals === undefined ? {} : { principals }),
  };
  const tally = new RunTally(limits, onEvent);
  const context: ToolContext = {
    deps,
    target,
    seen: new SeenPassages(limits.maxSeen),
    terms: questionTermsOf(request.query),
  };
  const run: Run = { deps, request, context, limits, tally, client: signal, now: deps.now?.() ?? new Date() };
  const answer = deps.model === undefined ? await byRules(run, null) : await byModel(run, deps.model);
  return withoutGone(deps, target, answer);
}

interface Run {
  readonly deps: AgenticDependencies;
  readonly request: AgenticRequest;
  readonly context: ToolContext;
  readonly limits: AgenticLimits;
  readonly tally: RunTally;
  readonly client: AbortSignal;
  readonly now: Date;
}

async function byModel(run: Run, model: NonNullable<AgenticDependencies['model']>): Promise<AgenticAnswer> {
  const { request, context, limits, tally, client } = run;
  const signal = AbortSignal.any([client, AbortSignal.timeout(limits.modelTimeMs - limits.fallbackTimeMs)]);
  const mark = randomBytes(6).toString('hex');
  const ended = await runWithModel({ ...run, model, mark, signal });
  const fallback = fallbackReason(ended, context.seen.collectedHits.length, model.names);
  if (fallback !== null) return byRules(run, fallback);
  const collected = oncePerDocument(context.seen.collectedHits);
  const ordered = await orderCollected(run.deps, context.target, request, collected, client);
  const results = ordered.slice(0, request.limit ?? maxResults);
  const { answer = null, citations = [], answered = results.length > 0 } = ended.finish ?? {};
  return {
    results,
    answer,
    citations,
    answered: answered && results.length > 0,
    missingTerms: missingTerms(request.query, results),
    run: tally.toRun(context.seen, { planner: 'model', fallbackReason: null, endedBecause: ended.endedBecause }),
  };
}

/** Null where the model's own end stands, with what it collected, or its word that there is nothing. */
function fallbackReason(ended: ModelRun, collected: number, names: readonly string[]): string | null {
  const model = names.join(', ');
  if (ended.failure !== undefined) return `The language model (${model}) could not go on: ${ended.failure}`;
  if (collected > 0 || ended.finish?.answered === false) return null;
  return ended.endedBecause === 'out_of_time'
    ? `The language model (${model}) found nothing in its time.`
    : `The language model (${model}) ended without any result.`;
}

/** What a model collected before it failed stays, above what rules find. */
async function byRules(run: Run, fallback: string | null): Promise<AgenticAnswer> {
  const { request, context, limits, tally, client } = run;
  const timeMs = fallback === null ? limits.rulesTimeMs : limits.fallbackTimeMs;
  const signal = AbortSignal.any([client, AbortSignal.timeout(timeMs)]);
  const limit = Math.min(request.limit ?? defaultResults, maxResults);
  const ruled = await ruleInTime(run, limit, signal);
  const collected = await orderCollected(run.deps, context.target, request, context.seen.collectedHits, client);
  const results = withFallingScores(
    oncePerDocument([...collected, ...ruled.results]),
    byScore(collected, ruled.results),
  );
  const shown = results.slice(0, limit);
  for (const hit of shown) {
    const passage = context.seen.addHit(hit);
    if (passage !== undefined) context.seen.collect(passage.key);
  }
  tally.callTool({
    callId: `rules-${tally.toolCalls + 1}`,
    name: 'return_results_to_user',
    arguments: {},
    stats: { accepted: true, totalCollected: shown.length, warning: null },
    durationMs: 0,
  });
  return {
    results: shown,
    answer: null,
    citations: ruled.citations,
    answered: ruled.answered,
    missingTerms: missingTerms(ruled.subject, shown),
    run: tally.toRun(context.seen, { planner: 'rules', fallbackReason: fallback, endedBecause: ruled.endedBecause }),
  };

  async function ruleInTime(of: Run, wanted: number, until: AbortSignal): Promise<RulesRun> {
    try {
      return await runByRules({
        ...of,
        limit: wanted,
        askedLimit: Math.min(request.limit ?? defaultAsked, maxResults),
        signal: until,
      });
    } catch (error) {
      client.throwIfAborted();
      if (!until.aborted) throw error;
      throw new AppError('unavailable', `The search took more than ${timeMs / 1000} s. Try again in a moment.`, {
        cause: error,
      });
    }
  }
}

/** The scores that places hand out: all there are, falling. */
function byScore(...lists: readonly (readonly SearchHit[])[]): readonly SearchHit[] {
  return lists.flat().toSorted((a, b) => b.score - a.score);
}

/** Rounds take a while: what was deleted meanwhile is not shown. */
async function withoutGone(
  deps: AgenticDependencies,
  { scope, collection }: AgenticTarget,
  answer: AgenticAnswer,
): Promise<AgenticAnswer> {
  const ids = answer.results.map(({ chunk }) => chunk.documentId);
  if (ids.length === 0) return answer;
  const visible = await deps.store.visibleVersions(scope, collection.id, [...new Set(ids)]);
  const results = answer.results.filter(({ chunk }) => visible.has(chunk.documentId));
  const gone = new Set(
    answer.results.filter(({ chunk }) => !visible.has(chunk.documentId)).map(({ chunk }) => chunk.entityId),
  );
  if (gone.size === 0) return answer;
  const citations = answer.citations.filter(({ entityId }) => !gone.has(entityId.replace(/__chunk_\d+(?:#\d+)?$/, '')));
  const isWhole = citations.length === answer.citations.length;
  return {
    ...answer,
    results,
    citations,
    // Marks in the answer count citations: with one gone they would point at others.
    answer: isWhole ? answer.answer : null,
    answered: answer.answered && results.length > 0,
  };
}
