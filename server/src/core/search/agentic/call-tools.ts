import { z } from 'zod';
import type { ToolCall } from '../../language-models/index.ts';
import { isAppError, type JsonObject } from '../../shared/index.ts';
import type { ToolStats } from './agentic-search.ts';
import { FilterTooLarge } from './agentic-target.ts';
import { type AgenticTool, type ToolContext, ToolInputError, type ToolOutcome } from './tools/index.ts';

export interface CalledTool {
  readonly call: ToolCall;
  /** As it was asked for, cut to what a stream can show. */
  readonly arguments: JsonObject;
  readonly outcome: ToolOutcome;
  readonly durationMs: number;
  /** The index or the database did not answer. */
  readonly isOutage: boolean;
}

/** Characters of a call's arguments that are passed on to whoever watches. */
const maxArgumentsLength = 4_000;

/**
 * Carries out the calls of one turn, in order; look-ups in a row run at the same time. What a model got wrong becomes a text for
 * it. Calls after one that ends the search are not carried out.
 *
 * @throws the signal's reason when it is aborted
 */
export async function callTools(
  context: ToolContext,
  tools: readonly AgenticTool[],
  calls: readonly ToolCall[],
  onCalled: (called: CalledTool) => void,
  signal: AbortSignal,
): Promise<readonly CalledTool[]> {
  const byName = new Map<string, AgenticTool>(tools.map((tool) => [tool.name, tool]));
  const called: CalledTool[] = [];
  for (const batch of batchesOf(calls, (call) => byName.get(call.name)?.isLookup ?? true)) {
    const pending = await Promise.all(batch.map((call) => look(context, byName.get(call.name), call, signal)));
    for (const settle of pending) {
      const result = settle();
      called.push(result);
      onCalled(result);
      if (result.outcome.finish !== undefined) return called;
    }
  }
  return called;
}

function batchesOf(
  calls: readonly ToolCall[],
  isLookup: (call: ToolCall) => boolean,
): readonly (readonly ToolCall[])[] {
  const batches: ToolCall[][] = [];
  let isOpen = false;
  for (const call of calls) {
    if (isLookup(call) && isOpen) batches.at(-1)?.push(call);
    else batches.push([call]);
    isOpen = isLookup(call);
  }
  return batches;
}

async function look(
  context: ToolContext,
  tool: AgenticTool | undefined,
  call: ToolCall,
  signal: AbortSignal,
): Promise<() => CalledTool> {
  const startedAt = performance.now();
  const parsed = tool?.input.safeParse(call.input ?? {});
  const failed = (message: string, isOutage = false): CalledTool => ({
    call,
    arguments: toArguments(call.input),
    outcome: toFailure(message),
    durationMs: performance.now() - startedAt,
    isOutage,
  });
  if (tool === undefined || parsed === undefined) {
    return () => failed(`There is no such tool. The tools are those that you were given.`);
  }
  if (!parsed.success) {
    const problems = z.prettifyError(parsed.error).slice(0, 1_500);
    return () => failed(`These arguments do not fit ${tool.name}:\n${problems}`);
  }
  try {
    const settle = await tool.run(context, parsed.data, signal);
    const durationMs = performance.now() - startedAt;
    return () => ({ call, arguments: toArguments(call.input), outcome: settle(), durationMs, isOutage: false });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof ToolInputError || error instanceof FilterTooLarge) return () => failed(error.message);
    // An edge of its own: the model is told that it did not work, in our words, and may go on with what it has.
    if (isAppError(error)) return () => failed(`${tool.name} did not work: ${error.message}`, isOutageOf(error));
    throw error;
  }
}

function isOutageOf(error: unknown): boolean {
  return isAppError(error, 'unavailable') || isAppError(error, 'internal') || isAppError(error, 'upstream_failed');
}

function toFailure(error: string): ToolOutcome {
  const stats: ToolStats = { error: error.slice(0, 500) };
  return { text: { note: error, items: [], digest: error.slice(0, 200) }, stats };
}

function toArguments(input: unknown): JsonObject {
  const text = JSON.stringify(input ?? {}) ?? '';
  if (text.length > maxArgumentsLength || !text.startsWith('{')) return { cut: text.slice(0, 500).toWellFormed() };
  // It was made of JSON a line above, and is an object.
  return JSON.parse(text) as JsonObject;
}
