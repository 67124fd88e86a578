import { isAppError, type JsonObject } from '../../shared/index.ts';
import { arrangeHits, planByRules, type SearchPlan } from '../plan/index.ts';
import { searchClassic } from '../search-classic.ts';
import { type SearchHit, searchCollection } from '../search-collection.ts';
import { SearchQuery } from '../search-query.ts';
import type { AgenticDependencies, AgenticRequest, AgenticRun, Citation, ToolStats } from './agentic-search.ts';
import { type AgenticTarget, FilterTooLarge, selectWithin } from './agentic-target.ts';
import { decomposeQuestion } from './decompose-question.ts';
import { describePlan } from './describe-plan.ts';
import { hasTerm, questionTermsOf } from './excerpt.ts';
import { leadsOf } from './leads-of.ts';
import { documentOf, firstPage, mergeRounds } from './merge-rounds.ts';
import { openPassages } from './open-passages.ts';
import { missingTerms, quoteBest, seemsAnswered, textOf, uncoveredParts } from './question-coverage.ts';
import type { RunTally } from './run-tally.ts';
import { firstSummaries } from './seen-passages.ts';
import type { ToolContext } from './tools/index.ts';

export interface RulesRun {
  /** Best first, as many as are wanted. */
  readonly results: readonly SearchHit[];
  readonly citations: readonly Citation[];
  readonly answered: boolean;
  /** The question without the words that became filters, exclusions or an order. */
  readonly subject: string;
  readonly endedBecause: AgenticRun['endedBecause'];
}

interface RulesOptions {
  readonly request: AgenticRequest;
  readonly context: ToolContext;
  readonly tally: RunTally;
  /** Of the results of all rounds together. */
  readonly limit: number;
  /** Of the first round. */
  readonly askedLimit: number;
  readonly now: Date;
  readonly client: AbortSignal;
  readonly signal: AbortSignal;
}

/** Results that are looked at to see what is still missing. */
const lookedAt = 10;
const partLimit = 10;
const wordLimit = 20;
const leadLimit = 15;
const maxMissing = 4;
const maxQuoted = 3;
/** In code points; the most that a query may have. */
const maxQueryLength = 8_000;

/**
 * A search in rounds without a model: the question by the rules' plan; then the questions within it; then the words of it that no
 * good result has; then the names that the best results lead to; then what stands around the best passages. It ends when a round
 * has nothing to do and brings nothing new. Later rounds add below what the first ranked best: feedback from results, measured,
 * makes more rankings worse than better.
 *
 * @throws AppError('unavailable') when the first round's index does not answer; later ones end the search with what there is
 */
export async function runByRules(options: RulesOptions): Promise<RulesRun> {
  const { request, context, tally, limit } = options;
  const { types } = await context.deps.store.describeContents(context.target.scope, context.target.collection.id);
  const plan = planByRules(request.query, { now: options.now, types });
  think(tally, describePlan(plan));
  const first = await search(options, context.target, request.query, Math.max(options.askedLimit, lookedAt));
  const asked = first.results;
  // What the question restricts holds for what comes later too, as far as the first round kept it.
  const target = withinPlan(context.target, first.plan);
  const searchLater = async (text: string, count: number) =>
    wanted(first.plan, (await search(options, target, text, count)).results);
  let parts: readonly SearchHit[] = [];
  let missing: readonly SearchHit[] = [];
  let leads: readonly SearchHit[] = [];
  const best = () => mergeRounds({ asked, parts, missing, leads }, limit);
  const end = async (endedBecause: RulesRun['endedBecause']): Promise<RulesRun> => {
    const results = best().slice(0, limit);
    const subject = first.plan.query;
    const answered = seemsAnswered(subject, plan.phrases, results);
    const citations = answered ? quoted(options, subject, results) : [];
    return { results, answered, subject, endedBecause, citations };
  };
  const rounds: readonly (() => Promise<void>)[] = [
    async () => {
      const all = plan.phrases.length > 1 ? plan.phrases : decomposeQuestion(request.query);
      const page = asked.slice(0, Math.min(firstPage, limit));
      const questions = uncoveredParts(all, page);
      if (questions.length === 0) return;
      think(
        tally,
        `No good result is about a part of the question: ${questions.map(quote).join(', ')}. Searching for it.`,
      );
      const found = await Promise.all(questions.map((question) => searchLater(question, partLimit)));
      parts = found.flatMap(([best]) => best ?? []);
    },
    async () => {
      const terms = missingTerms(plan.query, best().slice(0, lookedAt)).slice(0, maxMissing);
      if (terms.length === 0) return;
      think(tally, `No good result has ${terms.map(quote).join(', ')}. Looking for these words.`);
      const found = await Promise.all(terms.map((term) => searchWord(options, target, term)));
      missing = byShare(request.query, wanted(first.plan, found.flat()));
    },
    async () => {
      const names = leadsOf(request.query, best().slice(0, 3));
      if (names.length === 0) return;
      think(tally, `The best results name ${names.map(quote).join(', ')}. Following that up.`);
      const found = await Promise.all(names.map((name) => searchLater(`${request.query} ${name}`, leadLimit)));
      leads = found.flat();
    },
    () => readAround(options, best().slice(0, maxQuoted)),
  ];
  try {
    for (const round of asked.length === 0 ? [] : rounds) {
      const exhausted = options.signal.aborted ? 'out_of_time' : tally.exhausted;
      if (exhausted !== undefined) return await end(exhausted);
      await round();
    }
  } catch (error) {
    options.client.throwIfAborted();
    if (options.signal.aborted) return end('out_of_time');
    // The first round's results stand, whatever becomes of the others.
    if (isAppError(error, 'unavailable')) return end('finished');
    throw error;
  }
  return end('nothing_new');
}

/** Each round begins with what it is going to do. */
function think(tally: RunTally, text: string): void {
  tally.beginRound();
  tally.think({ thinking: null, text, durationMs: 0, inputTokens: 0, outputTokens: 0 });
}

function quote(text: string): string {
  return `"${text.slice(0, 80)}"`;
}

/** One planned search, told of as a call of the tool. */
async function search(options: RulesOptions, target: AgenticTarget, text: string, limit: number) {
  const { context, signal } = options;
  const startedAt = performance.now();
  const { results, strategy, plan } = await searchClassic(
    withoutModel(context.deps),
    target.scope,
    {
      collection: target.collection,
      // A question and a name: nothing of it is blank or too long.
      query: SearchQuery.parse([...text].slice(0, maxQueryLength).join('')),
      ...selectWithin(target),
      limit: Math.min(limit, 1_000),
      offset: 0,
      groupBy: 'document',
    },
    signal,
  );
  tell(
    options,
    results,
    { query: { primary: text.slice(0, 500), variations: [] }, retrieval_strategy: strategy, limit, offset: 0 },
    startedAt,
  );
  return { results, plan };
}

/** Narrowed by what the question says of sources, kinds and dates. */
function withinPlan(target: AgenticTarget, { filters }: SearchPlan): AgenticTarget {
  try {
    let selection = selectWithin(target);
    for (const { filter } of filters) selection = selectWithin({ ...target, ...selection }, filter);
    return { ...target, ...selection };
  } catch (error) {
    // The first round left the guess out for the same reason.
    if (error instanceof FilterTooLarge) return target;
    throw error;
  }
}

/** Without what the question excludes. */
function wanted(plan: SearchPlan, hits: readonly SearchHit[]): readonly SearchHit[] {
  return arrangeHits(hits, { ...plan, phrases: [], order: 'relevance' });
}

/** Documents with one word. */
async function searchWord(options: RulesOptions, target: AgenticTarget, term: string): Promise<readonly SearchHit[]> {
  const { context, signal } = options;
  const startedAt = performance.now();
  const query = SearchQuery.safeParse(term);
  if (!query.success) return [];
  const { results } = await searchCollection(
    context.deps,
    target.scope,
    {
      collection: target.collection,
      query: query.data,
      strategy: 'keyword',
      ...selectWithin(target),
      limit: wordLimit,
      offset: 0,
      groupBy: 'document',
    },
    signal,
  );
  const asked = {
    query: { primary: term, variations: [] },
    retrieval_strategy: 'keyword',
    limit: wordLimit,
    offset: 0,
  };
  tell(options, results, asked, startedAt);
  return results;
}

/** Those with most of the question's words first; without those that share one word with it and no more. */
function byShare(question: string, hits: readonly SearchHit[]): readonly SearchHit[] {
  const terms = questionTermsOf(question);
  return hits
    .map((hit) => ({ hit, count: terms.filter((term) => hasTerm(textOf(hit), term)).length }))
    .filter(({ count }) => count >= Math.min(2, terms.length))
    .toSorted((a, b) => b.count - a.count)
    .map(({ hit }) => hit);
}

function tell(
  { context: { seen }, tally }: RulesOptions,
  results: readonly SearchHit[],
  asked: JsonObject,
  startedAt: number,
): void {
  const before = seen.size;
  const passages = results.flatMap((hit) => seen.addHit(hit) ?? []);
  const stats: ToolStats = {
    resultCount: results.length,
    newResults: seen.size - before,
    firstResults: firstSummaries(passages),
  };
  call(tally, 'search', asked, stats, startedAt);
}

function call(tally: RunTally, name: string, asked: JsonObject, stats: ToolStats, startedAt: number): void {
  const callId = `rules-${tally.toolCalls + 1}`;
  tally.callTool({ callId, name, arguments: asked, stats, durationMs: performance.now() - startedAt });
}

/** Reads the best passages with what stands around them, so that quotations come from what was read. */
async function readAround(options: RulesOptions, hits: readonly SearchHit[]): Promise<void> {
  const { context, signal, tally } = options;
  const passages = hits.flatMap((hit) => context.seen.addHit(hit) ?? []);
  if (passages.length === 0) return;
  think(tally, `Reading the best ${passages.length} with what stands around them.`);
  const startedAt = performance.now();
  const opened = await openPassages(context.deps, context.target, passages, 1, signal);
  const read = opened.flatMap(({ chunks }) =>
    chunks.flatMap((chunk) => {
      const known = hits.find((hit) => hit.chunk.chunkId === chunk.chunkId);
      const passage = context.seen.addHit({ chunk, score: known?.score ?? null });
      if (passage !== undefined) context.seen.show(passage.key, chunk.text, { isReading: true });
      return passage ?? [];
    }),
  );
  const found = opened.length;
  call(
    tally,
    'read',
    { entity_ids: passages.map(({ key }) => key) },
    {
      found,
      notFound: new Set(hits.map(documentOf)).size - found,
      entities: firstSummaries(read),
      contextLabel: read[0]?.name ?? null,
    },
    startedAt,
  );
}

/** What the best documents say, in their best passages and in those that were read around them. */
function quoted(
  { context: { seen } }: RulesOptions,
  subject: string,
  results: readonly SearchHit[],
): readonly Citation[] {
  const best = results.slice(0, maxQuoted).map(({ chunk }) => chunk);
  const documents = new Set(best.map(({ documentId }) => documentId));
  const read = seen.readKeys.flatMap((key) => seen.find(key)?.chunk ?? []);
  return quoteBest(subject, [...best, ...read.filter(({ documentId }) => documents.has(documentId))]);
}

/** Rules are asked, whatever other models there are. */
function withoutModel({ index, encoder, store, now }: AgenticDependencies) {
  return {
    index,
    store,
    ...(encoder === undefined ? {} : { encoder }),
    ...(now === undefined ? {} : { now }),
  };
}
