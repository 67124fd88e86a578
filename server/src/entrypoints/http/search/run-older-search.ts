import type { Caller } from '../../../core/access/index.ts';
import type { ModelCall } from '../../../core/language-models/index.ts';
import {
  answerWithCitations,
  carryOutPlan,
  combineFilters,
  type PlannedQuestion,
  planQuestion,
  readPlannerContext,
  rememberVectors,
  rerankedHits,
  rerankWithModel,
  type SearchHit,
  type SearchPlan,
} from '../../../core/search/index.ts';
import { isAppError } from '../../../core/shared/index.ts';
import { logSearch } from './log-search.ts';
import { showFilter, type TellEvent } from './older-search-events.ts';
import type { OlderSearchDependencies, PreparedOlderSearch } from './prepare-older-search.ts';

export interface OlderSearchOutcome {
  readonly hits: readonly SearchHit[];
  /** Null where no answer was asked for. */
  readonly completion: string | null;
  /** What was asked of language models. */
  readonly calls: readonly ModelCall[];
}

/**
 * The older search, step by step: read filters out of the question, put it into other words, search, let the best hits be
 * ordered, answer. Each step that needs a language model is left out, or done by rules, where there is none or it fails; no
 * search fails for the model's sake. The caller's filter and principals hold in all of them.
 *
 * @param tell told of each step, for those who watch
 * @throws as `searchCollection` does
 */
export async function runOlderSearch(
  deps: OlderSearchDependencies,
  caller: Caller,
  search: PreparedOlderSearch,
  signal: AbortSignal,
  tell: TellEvent = () => undefined,
): Promise<OlderSearchOutcome> {
  const startedAt = performance.now();
  const { plan, call: planning } = await planOlder(deps, caller, search, signal, tell);
  tellAccess(caller, search, tell);
  tellFilter(search, plan, tell);
  const remembering = deps.encoder === undefined ? deps : { ...deps, encoder: rememberVectors(deps.encoder) };
  await embedWordings(remembering, search, plan, tell);
  const found = await retrieve(remembering, caller, search, plan, signal, tell);
  const { hits, call: ranking } = await rerank(deps, search, found, signal, tell);
  const { text, call: answering } = await complete(deps, search, hits, signal, tell);
  const calls = [planning, ranking, answering].filter((call) => call !== null);
  const { collection, query, strategy, filter, offset } = search;
  logSearch(deps, caller, {
    ...{ collectionId: collection.id, tier: 'older', query, strategy, offset, results: hits, modelCalls: calls },
    ...(filter === undefined ? {} : { filter }),
    tookMs: performance.now() - startedAt,
  });
  return { hits, completion: text, calls };
}

/** The question's own words stay the query: here a plan only adds wordings and filters. */
async function planOlder(
  deps: OlderSearchDependencies,
  caller: Caller,
  search: PreparedOlderSearch,
  signal: AbortSignal,
  tell: TellEvent,
): Promise<{ readonly plan: SearchPlan; readonly call: ModelCall | null }> {
  const { query, strategy, expandsQuery, interpretsFilters } = search;
  const asAsked = { strategy, query, variations: [], filters: [], phrases: [], exclusions: [] } as const;
  const model = deps.languageModels?.classic;
  let planned: PlannedQuestion | undefined;
  if (interpretsFilters || (expandsQuery && model !== undefined)) {
    const options = model === undefined ? {} : { model };
    const context = await readPlannerContext({ ...deps, ...options }, caller.scope, search);
    planned = await planQuestion(options, query, context, signal);
  }
  const filters = interpretsFilters ? (planned?.plan.filters ?? []) : [];
  if (interpretsFilters) {
    tell('query_interpretation', 'operator_start', { name: 'query_interpretation' });
    tell('query_interpretation', 'interpretation_start');
    const [first, ...more] = filters;
    if (first === undefined) {
      tell('query_interpretation', 'interpretation_skipped', { reason: 'no_valid_filters', confidence: 0 });
    } else {
      const filter = more.reduce((combined, guess) => combineFilters(combined, guess.filter), first.filter);
      tell('query_interpretation', 'filter_applied', { filter: showFilter(filter) });
    }
    tell('query_interpretation', 'operator_end', { name: 'query_interpretation' });
  } else tell('query_interpretation', 'operation_skipped', { operation: 'query_interpretation', reason: 'not_asked' });
  const variations = expandsQuery ? (planned?.plan.variations ?? []) : [];
  if (expandsQuery && planned?.planner === 'model') {
    tell('query_expansion', 'operator_start', { name: 'query_expansion' });
    tell('query_expansion', 'expansion_done', { alternatives: variations });
    tell('query_expansion', 'operator_end', { name: 'query_expansion' });
  } else {
    const reason = expandsQuery ? (planned?.whyRules ?? 'no_model') : 'not_asked';
    tell('query_expansion', 'operation_skipped', { operation: 'query_expansion', reason });
  }
  return { plan: { ...asAsked, variations, filters, order: 'relevance' }, call: planned?.call ?? null };
}

function tellAccess(caller: Caller, { principals }: PreparedOlderSearch, tell: TellEvent): void {
  if (principals === undefined) tell('access_control_filter', 'access_control_skipped', { reason: 'sees_everything' });
  else {
    const fields = { principal_count: principals.length, user_email: caller.email };
    tell('access_control_filter', 'access_control_resolved', fields);
  }
}

function tellFilter({ filter }: PreparedOlderSearch, plan: SearchPlan, tell: TellEvent): void {
  const [guess, ...more] = plan.filters.map((guessed) => guessed.filter);
  const existing = guess && more.reduce((combined, next) => combineFilters(combined, next), guess);
  if (filter === undefined) {
    tell('qdrant_filter', 'operation_skipped', { operation: 'qdrant_filter', reason: 'no_filter' });
    return;
  }
  tell('qdrant_filter', 'operator_start', { name: 'qdrant_filter' });
  if (existing === undefined) tell('qdrant_filter', 'filter_applied', { filter: showFilter(filter) });
  else {
    const merged = showFilter(combineFilters(filter, existing));
    tell('qdrant_filter', 'filter_merge', { existing: showFilter(existing), user: showFilter(filter), merged });
  }
  tell('qdrant_filter', 'operator_end', { name: 'qdrant_filter' });
}

/** Before the search, which then finds the vectors made. */
async function embedWordings(
  { encoder }: Pick<OlderSearchDependencies, 'encoder'>,
  { collection, strategy }: PreparedOlderSearch,
  plan: SearchPlan,
  tell: TellEvent,
): Promise<void> {
  if (strategy === 'keyword' || encoder?.name !== collection.encoderName) {
    const reason = strategy === 'keyword' ? 'keyword_only' : 'no_embedding_model';
    tell('embedding', 'operation_skipped', { operation: 'embedding', reason });
    return;
  }
  tell('embedding', 'operator_start', { name: 'embedding' });
  tell('embedding', 'embedding_start', { search_method: toOlderMethod(strategy) });
  try {
    const vectors = await Promise.all([plan.query, ...plan.variations].map((text) => encoder.embedQuery(text)));
    tell('embedding', 'embedding_done', {
      neural_count: vectors.length,
      sparse_count: strategy === 'hybrid' ? vectors.length : 0,
      dim: vectors[0]?.length ?? 0,
      model: encoder.name,
    });
  } catch (error) {
    // The search goes on with words alone when the model is down.
    if (!isAppError(error, 'unavailable')) throw error;
    tell('embedding', 'error', { operation: 'embedding', message: error.message });
  }
  tell('embedding', 'operator_end', { name: 'embedding' });
}

async function retrieve(
  deps: OlderSearchDependencies,
  caller: Caller,
  search: PreparedOlderSearch,
  plan: SearchPlan,
  signal: AbortSignal,
  tell: TellEvent,
): Promise<readonly SearchHit[]> {
  const { collection, query, filter, principals, offset, limit, strategy } = search;
  const has_filter = filter !== undefined || plan.filters.length > 0;
  const embeddings = strategy === 'keyword' ? 0 : 1 + plan.variations.length;
  tell('vector_search', 'operator_start', { name: 'vector_search' });
  tell('vector_search', 'vector_search_start', { method: toOlderMethod(strategy), embeddings, has_filter });
  // What may be ordered anew is read whole, whichever page of it is wanted.
  const from = ordersAnew(deps, search) ? 0 : offset;
  const end = ordersAnew(deps, search) ? Math.max(offset + limit, rerankedHits) : offset + limit;
  const { results } = await carryOutPlan(
    deps,
    caller.scope,
    {
      collection,
      query,
      ...(filter === undefined ? {} : { filter }),
      ...(principals === undefined ? {} : { principals }),
      offset: from,
      limit: end - from,
      groupBy: 'document',
    },
    plan,
    signal,
    { keepsStrategy: true },
  );
  if (results.length === 0) {
    tell('vector_search', 'vector_search_no_results', { reason: 'nothing_found', has_filter });
  } else {
    const top_scores = results.slice(0, 3).map(({ score }) => score);
    tell('vector_search', 'vector_search_done', { final_count: results.length, top_scores });
  }
  tell('vector_search', 'operator_end', { name: 'vector_search' });
  tell('federated_search', 'operation_skipped', { operation: 'federated_search', reason: 'no_federated_sources' });
  return results;
}

function ordersAnew({ languageModels }: OlderSearchDependencies, { reranks, offset }: PreparedOlderSearch): boolean {
  return reranks && languageModels?.classic !== undefined && offset < rerankedHits;
}

async function rerank(
  deps: OlderSearchDependencies,
  search: PreparedOlderSearch,
  found: readonly SearchHit[],
  signal: AbortSignal,
  tell: TellEvent,
): Promise<{ readonly hits: readonly SearchHit[]; readonly call: ModelCall | null }> {
  const page = (hits: readonly SearchHit[]) => hits.slice(search.offset, search.offset + search.limit);
  const model = deps.languageModels?.classic;
  if (!ordersAnew(deps, search) || model === undefined || found.length < 2) {
    const reason = search.reranks ? (model === undefined ? 'no_model' : 'nothing_to_order') : 'not_asked';
    tell('llm_reranking', 'operation_skipped', { operation: 'llm_reranking', reason });
    return { hits: ordersAnew(deps, search) ? page(found) : found, call: null };
  }
  tell('llm_reranking', 'operator_start', { name: 'llm_reranking' });
  tell('llm_reranking', 'reranking_start', { k: Math.min(found.length, rerankedHits) });
  const { hits, whyNot, call } = await rerankWithModel({ model }, search.query, found, signal);
  const places = new Map(found.map(({ chunk }, place) => [chunk.chunkId, place]));
  const rankings = hits.slice(0, rerankedHits).map(({ chunk, score }) => ({
    index: places.get(chunk.chunkId) ?? 0,
    relevance_score: score,
  }));
  if (whyNot === null) tell('llm_reranking', 'rankings', { rankings });
  tell('llm_reranking', 'reranking_done', { rankings, applied: whyNot === null });
  tell('llm_reranking', 'operator_end', { name: 'llm_reranking' });
  return { hits: page(hits), call };
}

async function complete(
  deps: OlderSearchDependencies,
  search: PreparedOlderSearch,
  hits: readonly SearchHit[],
  signal: AbortSignal,
  tell: TellEvent,
): Promise<{ readonly text: string | null; readonly call: ModelCall | null }> {
  if (!search.answers) {
    tell('completion', 'operation_skipped', { operation: 'completion', reason: 'not_asked' });
    return { text: null, call: null };
  }
  tell('completion', 'operator_start', { name: 'completion' });
  tell('completion', 'completion_start');
  const model = deps.languageModels?.answer;
  const { text, call } = await answerWithCitations(model === undefined ? {} : { model }, search.query, hits, signal);
  tell('completion', 'completion_done', { text });
  tell('completion', 'operator_end', { name: 'completion' });
  return { text, call };
}

function toOlderMethod(strategy: PreparedOlderSearch['strategy']): string {
  return strategy === 'semantic' ? 'neural' : strategy;
}
