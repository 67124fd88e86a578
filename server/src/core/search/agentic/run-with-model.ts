import type { LanguageModel, ModelTurn } from '../../language-models/index.ts';
import { toMessage } from '../../shared/index.ts';
import { estimateTokens } from '../tools/estimate-tokens.ts';
import { withoutHidden } from '../trust/without-hidden.ts';
import type { AgenticRequest, AgenticRun } from './agentic-search.ts';
import { type CalledTool, callTools } from './call-tools.ts';
import { Conversation } from './conversation.ts';
import { describeTask, systemPrompt } from './describe-task.ts';
import type { AgenticLimits } from './limits.ts';
import { renderToolText } from './render-results.ts';
import type { RunTally } from './run-tally.ts';
import { type AgenticTool, createTools, type ToolContext, type ToolOutcome } from './tools/index.ts';

export interface ModelRun {
  readonly endedBecause: AgenticRun['endedBecause'];
  /** What the model returned; absent when it was ended. */
  readonly finish?: NonNullable<ToolOutcome['finish']>;
  /** Why it could not go on: rules do the rest. */
  readonly failure?: string;
}

interface ModelRunOptions {
  readonly model: LanguageModel;
  readonly request: AgenticRequest;
  readonly context: ToolContext;
  readonly limits: AgenticLimits;
  readonly tally: RunTally;
  /** A random word: documents cannot write the marks around them. */
  readonly mark: string;
  readonly now: Date;
  /** Aborted when the person goes away. */
  readonly client: AbortSignal;
  /** Aborted then, and when the time is up. */
  readonly signal: AbortSignal;
}

/** Room for one round's results, in tokens, below which a conversation is shortened. */
const leastRoom = 3_000;
/** Turns without any call after which the model is taken to be done. */
const maxIdleTurns = 3;
/** Characters of what a model says that are kept and passed on. */
const maxSaidLength = 8_000;

/**
 * Lets a model work with the tools in rounds, until it returns, nothing new comes, or its budget is used up.
 *
 * A model that fails ends the run, never the search: what was collected is kept. The person's own leaving is passed on.
 */
export async function runWithModel(options: ModelRunOptions): Promise<ModelRun> {
  const { context, request, tally, limits, client, signal } = options;
  const contents = await context.deps.store.describeContents(context.target.scope, context.target.collection.id);
  const conversation = new Conversation();
  conversation.addUser(describeTask(request, contents, options.now));
  const tools = createTools();
  let idleTurns = 0;
  let staleRounds = 0;
  for (;;) {
    const exhausted = tally.exhausted;
    if (exhausted !== undefined) return { endedBecause: exhausted };
    const room = makeRoom(conversation, options);
    if (room === undefined && tally.rounds === 0) {
      const window = options.model.contextTokens.toLocaleString('en');
      return { endedBecause: 'out_of_tokens', failure: `its window of ${window} tokens is too small for tools.` };
    }
    if (room === undefined) return { endedBecause: 'out_of_tokens' };
    tally.beginRound();
    const turn = await askModel(conversation, tools, options, staleRounds);
    if ('endedBecause' in turn) return turn;
    // What is far too long is not said back: it would fill the window, and be paid for each time.
    if (turn.toolCalls.length > 0 || turn.text.length < maxSaidLength) conversation.addTurn(turn);
    if (turn.toolCalls.length === 0) {
      idleTurns += 1;
      if (idleTurns >= maxIdleTurns) return { endedBecause: 'finished' };
      conversation.addUser('Use the tools: go on searching, or end with return_results_to_user.');
      continue;
    }
    idleTurns = 0;
    conversation.compress();
    const collectedBefore = context.seen.collectedKeys.length;
    const seenBefore = context.seen.size;
    let called: readonly CalledTool[];
    try {
      called = await callTools(context, tools, affordable(turn, options), (result) => report(result, tally), signal);
    } catch (error) {
      client.throwIfAborted();
      if (signal.aborted) return { endedBecause: 'out_of_time' };
      throw error;
    }
    const finish = called.find(({ outcome }) => outcome.finish !== undefined)?.outcome.finish;
    if (finish !== undefined) return { endedBecause: 'finished', finish };
    if (called.every(({ isOutage }) => isOutage)) {
      return { endedBecause: 'nothing_new', failure: 'The search index did not answer the calls of the model.' };
    }
    conversation.addResults(tellResults(turn, called, room, options));
    const isNew = context.seen.collectedKeys.length > collectedBefore || context.seen.size > seenBefore;
    staleRounds = isNew ? 0 : staleRounds + 1;
    if (staleRounds >= limits.endAfterRounds) return { endedBecause: 'nothing_new' };
  }
}

/** Tokens that the next round's results may take; undefined where the model's window is too small for any. */
function makeRoom(conversation: Conversation, { model, limits }: ModelRunOptions): number | undefined {
  const fixed = outputRoom(model, limits) + estimateTokens(systemPrompt) + 4_000;
  const roomOf = () => Math.min(limits.maxResultTokens, model.contextTokens - fixed - conversation.tokens);
  if (roomOf() < leastRoom) conversation.shrinkTo(Math.max(0, model.contextTokens - fixed - leastRoom));
  const room = roomOf();
  return room < leastRoom / 3 ? undefined : room;
}

function outputRoom(model: LanguageModel, limits: AgenticLimits): number {
  return Math.max(500, Math.min(limits.maxOutputTokens, Math.floor(model.contextTokens / 4)));
}

async function askModel(
  conversation: Conversation,
  tools: readonly AgenticTool[],
  { model, request, limits, tally, client, signal, context }: ModelRunOptions,
  staleRounds: number,
): Promise<ModelTurn | ModelRun> {
  const startedAt = performance.now();
  const isStale = staleRounds >= limits.nudgeAfterRounds;
  if (isStale) tally.nudges += 1;
  try {
    const turn = await model.generateTurn(
      {
        system: systemPrompt,
        messages: conversation.messages(progress(tally, context, isStale)),
        tools,
        maxOutputTokens: outputRoom(model, limits),
        reasons: request.thinking,
      },
      signal,
    );
    signal.throwIfAborted();
    tally.addTurn(turn);
    const said = {
      ...turn,
      text: turn.text.slice(0, maxSaidLength).toWellFormed(),
      reasoning: turn.reasoning?.slice(0, maxSaidLength).toWellFormed() ?? null,
    };
    tally.think({
      thinking: said.reasoning,
      text: said.text === '' ? null : said.text,
      durationMs: performance.now() - startedAt,
      inputTokens: turn.usage.inputTokens,
      outputTokens: turn.usage.outputTokens,
    });
    return said;
  } catch (error) {
    client.throwIfAborted();
    if (signal.aborted) return { endedBecause: 'out_of_time' };
    // An edge of its own: whatever is wrong with a model, the search goes on without it, and the answer says why.
    return { endedBecause: 'finished', failure: toMessage(error).slice(0, 500) };
  }
}

function progress(tally: RunTally, { seen }: ToolContext, isStale: boolean): string | undefined {
  if (tally.iteration === 0) return undefined;
  const left = tally.roundsLeft;
  const state = `Round ${tally.rounds}, ${left} left after it; ${seen.size} passages seen, ${seen.collectedKeys.length} in the results.`;
  if (left === 0) return `${state} This is the last round: add what is worth it and end with return_results_to_user.`;
  if (left <= 2) return `${state} Come to an end: add what is worth it and return.`;
  if (isStale) return `${state} Nothing new has come for a while: return what there is, or look in quite another way.`;
  return state;
}

/** As many calls as the budget has; what is too much is told as such. */
function affordable(turn: ModelTurn, { tally, limits }: ModelRunOptions): ModelTurn['toolCalls'] {
  return turn.toolCalls.slice(0, Math.min(limits.maxCallsPerRound, tally.callsLeft));
}

function report({ call, outcome, durationMs, arguments: given }: CalledTool, tally: RunTally): void {
  tally.callTool({
    callId: call.id.slice(0, 200),
    name: call.name.slice(0, 64),
    arguments: given,
    stats: outcome.stats,
    durationMs,
  });
}

/** Every call of a turn gets an answer: providers refuse a conversation with one that has none. */
function tellResults(turn: ModelTurn, called: readonly CalledTool[], room: number, { context, mark }: ModelRunOptions) {
  const withItems = called.filter(({ outcome }) => outcome.text.items.length > 0).length;
  const maxTokens = Math.floor(room / Math.max(1, withItems));
  const results = new Map(called.map((result) => [result.call, result]));
  return turn.toolCalls.map((call) => {
    const result = results.get(call);
    if (result === undefined) {
      const text = 'Not done: too many calls in one turn.';
      return { callId: call.id, name: call.name, text, digest: text };
    }
    const { text, shown } = renderToolText(result.outcome.text, { mark, maxTokens });
    const isReading = call.name === 'read';
    for (const item of shown) if (item.key !== undefined) context.seen.show(item.key, item.text, { isReading });
    return { callId: call.id, name: call.name, text, digest: fenced(result.outcome.text.digest, mark) };
  });
}

/** Digests have ids in them, which others wrote. */
function fenced(digest: string, mark: string): string {
  return `<untrusted ${mark}>${withoutHidden(digest).replaceAll(mark, '')}</untrusted ${mark}>`;
}
