import type { Scope } from '../shared/index.ts';
import type { Condition, Filter } from './filter.ts';
import { arrangedHits, arrangeHits, arranges, type SearchPlan } from './plan/index.ts';
import { rememberVectors } from './remember-vectors.ts';
import type {
  RetrievalStrategy,
  SearchAnswer,
  SearchDependencies,
  SearchHit,
  SearchRequest,
} from './search-collection.ts';
import { SearchQuery } from './search-query.ts';
import { searchWordings } from './search-wordings.ts';

/** Part of a plan that was given up. */
export interface DroppedGuess {
  /** The words of the question, or the strategy. */
  readonly text: string;
  /** `invalid`: of a language model, and no filter that there is, or read out of words that the question does not have. */
  readonly reason: 'left_nothing' | 'invalid';
}

export interface PlannedAnswer {
  /** Best first, unless the plan says otherwise. */
  readonly results: readonly SearchHit[];
  /** As it was carried out. */
  readonly plan: SearchPlan;
  /** What was done in the end: `keyword` also where there is no model to ask. */
  readonly strategy: RetrievalStrategy;
  readonly dropped: readonly DroppedGuess[];
  /** As `SearchAnswer.total`; what the plan excludes does not count. */
  readonly total: number | null;
}

export interface CarryOutOptions {
  /** The strategy was asked for, not guessed: it stays when nothing is found. Default false. */
  readonly keepsStrategy?: boolean;
  /** Called after each search with its time in milliseconds. */
  readonly onSearched?: (ms: number) => void;
}

/** A filter may have no more groups than this: what is multiplied with the user's stays within what an index is asked for. */
const maxGroups = 500;
/** Rows that are read to fill a page of which some are excluded. */
const maxRead = 2000;

/**
 * Searches as a plan says. The filter of the request always holds, and so do its principals: a plan only adds conditions. Its
 * guesses are dropped one by one, the least certain first, until something is found.
 *
 * @throws as `searchCollection` does
 */
export async function carryOutPlan(
  deps: SearchDependencies,
  scope: Scope,
  request: Omit<SearchRequest, 'strategy'>,
  firstPlan: SearchPlan,
  signal: AbortSignal,
  options: CarryOutOptions = {},
): Promise<PlannedAnswer> {
  const remembering = deps.encoder === undefined ? deps : { ...deps, encoder: rememberVectors(deps.encoder) };
  const dropped: DroppedGuess[] = [];
  for (let plan = firstPlan; ; ) {
    const startedAt = performance.now();
    const answer = await searchOnce(remembering, scope, request, plan, signal);
    options.onSearched?.(performance.now() - startedAt);
    const next = answer.isEmpty ? withoutLastGuess(plan, options) : undefined;
    if (next === undefined)
      return { results: answer.results, plan, strategy: answer.strategy, dropped, total: answer.total };
    dropped.push({ text: next.dropped, reason: 'left_nothing' });
    plan = next.plan;
  }
}

interface Attempt extends Pick<SearchAnswer, 'results' | 'strategy' | 'total'> {
  /** The whole ranking is empty, not only this page of it. */
  readonly isEmpty: boolean;
}

async function searchOnce(
  deps: SearchDependencies,
  scope: Scope,
  request: Omit<SearchRequest, 'strategy'>,
  plan: SearchPlan,
  signal: AbortSignal,
): Promise<Attempt> {
  const filter = plan.filters.reduce(
    (combined: Filter | undefined, guess) => combineFilters(combined, guess.filter),
    request.filter,
  );
  const { filter: _own, ...rest } = request;
  const planned: SearchRequest = {
    ...rest,
    query: SearchQuery.parse(plan.query),
    strategy: plan.strategy,
    ...(filter === undefined ? {} : { filter }),
  };
  const variations = plan.variations.map((variation) => SearchQuery.parse(variation));
  const search = ({ offset, limit }: { readonly offset: number; readonly limit: number }) =>
    searchWordings(deps, scope, { ...planned, offset, limit }, variations, signal);
  if (!arranges(plan)) {
    const answer = await search(request);
    const isEmpty =
      answer.results.length === 0 &&
      (request.offset === 0 || (await search({ offset: 0, limit: 1 })).results.length === 0);
    return { ...answer, isEmpty };
  }
  const end = request.offset + request.limit;
  for (let limit = Math.max(end, arrangedHits); ; limit = Math.min(limit * 2, Math.max(maxRead, end))) {
    const answer = await search({ offset: 0, limit });
    const arranged = arrangeHits(answer.results, plan);
    const hasAll = answer.results.length < limit || limit >= Math.max(maxRead, end);
    if (arranged.length < end && !hasAll) continue;
    return {
      ...answer,
      results: arranged.slice(request.offset, end),
      isEmpty: arranged.length === 0,
      total: answer.results.length < limit ? arranged.length : null,
    };
  }
}

/** Where both hold: each group of the one with each of the other. Where that is too much to ask an index for, the first alone. */
export function combineFilters(filter: Filter | undefined, more: Filter): Filter {
  if (filter === undefined) return more;
  if (filter.length * more.length > maxGroups) return filter;
  return filter.flatMap((group) => more.map((other): readonly Condition[] => [...group, ...other]));
}

/** A filter's words go back into the query: perhaps they were part of the subject. */
function withoutLastGuess(
  plan: SearchPlan,
  { keepsStrategy = false }: CarryOutOptions,
): { readonly plan: SearchPlan; readonly dropped: string } | undefined {
  const guess = plan.filters.at(-1);
  if (guess !== undefined) {
    const query = plan.query.includes(guess.text) ? plan.query : `${plan.query} ${guess.text}`;
    return { plan: { ...plan, query, filters: plan.filters.slice(0, -1) }, dropped: guess.text };
  }
  if (plan.strategy === 'keyword' && !keepsStrategy)
    return { plan: { ...plan, strategy: 'hybrid' }, dropped: 'keyword' };
  const [exclusion] = plan.exclusions.filter(({ effect }) => effect === 'remove');
  if (exclusion !== undefined) return { plan: { ...plan, exclusions: [] }, dropped: `-${exclusion.words}` };
  return undefined;
}
