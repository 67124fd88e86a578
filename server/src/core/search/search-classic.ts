import type { LanguageModel } from '../language-models/index.ts';
import type { Scope } from '../shared/index.ts';
import { carryOutPlan, type PlannedAnswer } from './carry-out-plan.ts';
import { type PlannedQuestion, planQuestion } from './plan/index.ts';
import { readPlannerContext } from './read-planner-context.ts';
import type { SearchDependencies, SearchRequest } from './search-collection.ts';
import type { SearchStore } from './search-store.ts';

export interface ClassicDependencies extends SearchDependencies {
  readonly store: Pick<SearchStore, 'visibleVersions' | 'describeContents'> &
    Partial<Pick<SearchStore, 'sampleFields'>>;
  /** Absent: rules plan. */
  readonly model?: LanguageModel;
  /** Time that the model has to plan; default 8 s. */
  readonly planTimeoutMs?: number;
  /** Default: the machine's clock. */
  readonly now?: () => Date;
}

export interface ClassicAnswer extends PlannedAnswer, Omit<PlannedQuestion, 'plan' | 'refused'> {
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
}

/**
 * One planned search: the question becomes a plan, the plan hybrid queries with filters, and what comes back is put in the order
 * that the plan wants. A language model plans where there is one, in the time that it has; else rules do. The user's own filter
 * always holds. Guesses are dropped one by one, the least certain first, until something is found, so no question finds less than
 * it would as it was asked.
 *
 * @throws as `searchCollection` does; never for the model's sake
 */
export async function searchClassic(
  deps: ClassicDependencies,
  scope: Scope,
  request: Omit<SearchRequest, 'strategy'>,
  signal: AbortSignal,
): Promise<ClassicAnswer> {
  const startedAt = performance.now();
  const context = await readPlannerContext(deps, scope, request);
  const planned = await planQuestion(
    { ...(deps.model && { model: deps.model }), ...(deps.planTimeoutMs && { timeoutMs: deps.planTimeoutMs }) },
    request.query,
    context,
    signal,
  );
  const steps = [{ name: 'plan', ms: performance.now() - startedAt }];
  const answer = await carryOutPlan(deps, scope, request, planned.plan, signal, {
    onSearched: (ms) => steps.push({ name: 'search', ms }),
  });
  const refused = planned.refused.map((text) => ({ text, reason: 'invalid' as const }));
  return {
    ...answer,
    dropped: [...refused, ...answer.dropped],
    planner: planned.planner,
    whyRules: planned.whyRules,
    call: planned.call,
    steps,
  };
}
