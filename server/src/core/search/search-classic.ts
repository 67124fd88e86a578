import type { Scope } from '../shared/index.ts';
import type { Condition, Filter } from './filter.ts';
import { arrangedHits, arrangeHits, arranges, type GuessedFilter, planByRules, type SearchPlan } from './plan/index.ts';
import {
  type RetrievalStrategy,
  type SearchAnswer,
  type SearchDependencies,
  type SearchHit,
  type SearchRequest,
  searchCollection,
} from './search-collection.ts';
import { SearchQuery } from './search-query.ts';
import type { SearchStore } from './search-store.ts';

export interface ClassicDependencies extends SearchDependencies {
  readonly store: Pick<SearchStore, 'visibleVersions' | 'describeContents'>;
  /** Default: the machine's clock. */
  readonly now?: () => Date;
}

/** Part of a plan that was given up, since nothing was left with it. */
export interface DroppedGuess {
  /** The words of the question, or the strategy. */
  readonly text: string;
  readonly reason: 'left_nothing';
}

export interface ClassicAnswer {
  /** Best first, unless the plan says otherwise. */
  readonly results: readonly SearchHit[];
  /** As it was carried out. */
  readonly plan: SearchPlan;
  /** What was done in the end: `keyword` also where there is no model to ask. */
  readonly strategy: RetrievalStrategy;
  readonly dropped: readonly DroppedGuess[];
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
}

/** A filter may have no more groups than this: what is multiplied with the user's stays within what an index is asked for. */
const maxGroups = 500;
/** Rows that are read to fill a page of which some are excluded. */
const maxRead = 2000;

/**
 * One planned search: the question becomes a plan, the plan a hybrid query with filters, and what comes back is put in the
 * order that the plan wants. The user's own filter always holds. Guesses are dropped one by one, the least certain first, until
 * something is found, so no question finds less than it would as it was asked.
 *
 * @throws as `searchCollection` does
 */
export async function searchClassic(
  deps: ClassicDependencies,
  scope: Scope,
  request: Omit<SearchRequest, 'strategy'>,
  signal: AbortSignal,
): Promise<ClassicAnswer> {
  const steps: { name: string; ms: number }[] = [];
  const timed = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const result = await work();
    steps.push({ name, ms: performance.now() - startedAt });
    return result;
  };
  const now = deps.now?.() ?? new Date();
  let plan = await timed('plan', async () => {
    const { types } = await deps.store.describeContents(scope, request.collection.id);
    return planByRules(request.query, { now, types });
  });
  const dropped: DroppedGuess[] = [];
  for (;;) {
    const current = plan;
    const answer = await timed('search', () => search(deps, scope, request, current, signal));
    const next = answer.isEmpty ? withoutLastGuess(plan) : undefined;
    if (next === undefined) return { results: answer.results, plan, strategy: answer.strategy, dropped, steps };
    dropped.push({ text: next.dropped, reason: 'left_nothing' });
    plan = next.plan;
  }
}

interface Attempt extends Pick<SearchAnswer, 'results' | 'strategy'> {
  /** The whole ranking is empty, not only this page of it. */
  readonly isEmpty: boolean;
}

async function search(
  deps: SearchDependencies,
  scope: Scope,
  request: Omit<SearchRequest, 'strategy'>,
  plan: SearchPlan,
  signal: AbortSignal,
): Promise<Attempt> {
  const filter = plan.filters.reduce((combined, guess) => combine(combined, guess), request.filter);
  const { filter: _own, ...rest } = request;
  const planned: SearchRequest = {
    ...rest,
    query: SearchQuery.parse(plan.query),
    strategy: plan.strategy,
    ...(filter === undefined ? {} : { filter }),
  };
  if (!arranges(plan)) {
    const answer = await searchCollection(deps, scope, planned, signal);
    const isEmpty = answer.results.length === 0 && (request.offset === 0 || (await isNothingFound()));
    return { ...answer, isEmpty };
  }
  const end = request.offset + request.limit;
  for (let limit = Math.max(end, arrangedHits); ; limit = Math.min(limit * 2, Math.max(maxRead, end))) {
    const answer = await searchCollection(deps, scope, { ...planned, offset: 0, limit }, signal);
    const arranged = arrangeHits(answer.results, plan);
    const hasAll = answer.results.length < limit || limit >= Math.max(maxRead, end);
    if (arranged.length < end && !hasAll) continue;
    return { ...answer, results: arranged.slice(request.offset, end), isEmpty: arranged.length === 0 };
  }

  async function isNothingFound(): Promise<boolean> {
    const first = await searchCollection(deps, scope, { ...planned, offset: 0, limit: 1 }, signal);
    return first.results.length === 0;
  }
}

/** Both hold: each of the user's groups with each of the guess's. */
function combine(filter: Filter | undefined, guess: GuessedFilter): Filter {
  if (filter === undefined) return guess.filter;
  if (filter.length * guess.filter.length > maxGroups) return filter;
  return filter.flatMap((group) => guess.filter.map((more): readonly Condition[] => [...group, ...more]));
}

/** A filter's words go back into the query: perhaps they were part of the subject. */
function withoutLastGuess(plan: SearchPlan): { readonly plan: SearchPlan; readonly dropped: string } | undefined {
  const guess = plan.filters.at(-1);
  if (guess !== undefined) {
    const query = plan.query.includes(guess.text) ? plan.query : `${plan.query} ${guess.text}`;
    return { plan: { ...plan, query, filters: plan.filters.slice(0, -1) }, dropped: guess.text };
  }
  if (plan.strategy === 'keyword') return { plan: { ...plan, strategy: 'hybrid' }, dropped: 'keyword' };
  const [exclusion] = plan.exclusions.filter(({ effect }) => effect === 'remove');
  if (exclusion !== undefined) return { plan: { ...plan, exclusions: [] }, dropped: `-${exclusion.words}` };
  return undefined;
}
