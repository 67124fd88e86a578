import type { z } from 'zod';
import type { AgenticDependencies, ToolStats } from '../agentic-search.ts';
import type { AgenticTarget } from '../agentic-target.ts';
import type { WrittenAnswer } from '../check-citations.ts';
import type { ToolText } from '../render-results.ts';
import type { SeenPassages } from '../seen-passages.ts';

/** The names that streams of events use. */
export const toolNames = [
  'search',
  'read',
  'count',
  'get_children',
  'get_siblings',
  'get_parent',
  'add_to_results',
  'remove_from_results',
  'review_results',
  'return_results_to_user',
] as const;
export type ToolName = (typeof toolNames)[number];

/** What every tool works with; none is given a scope, a filter or principals by a model. */
export interface ToolContext {
  readonly deps: AgenticDependencies;
  readonly target: AgenticTarget;
  readonly seen: SeenPassages;
  /** What the user's question is about: excerpts are cut around these words. */
  readonly terms: readonly string[];
}

export interface ToolOutcome {
  readonly text: ToolText;
  readonly stats: ToolStats;
  /** The search is over, with this answer. */
  readonly finish?: WrittenAnswer & { readonly answered: boolean };
}

export interface AgenticTool {
  readonly name: ToolName;
  readonly description: string;
  readonly input: z.ZodType;
  /** It only looks: calls in a row run at the same time. */
  readonly isLookup: boolean;
  /**
   * Looks, and returns what takes down what was found: that is done in the order of the calls, so that the same calls give the
   * same answer whichever ends first. `input` was parsed with the tool's own schema.
   */
  readonly run: (context: ToolContext, input: unknown, signal: AbortSignal) => Promise<() => ToolOutcome>;
}

/** Bad arguments that a schema cannot tell: the message is for the model. */
export class ToolInputError extends Error {}

export function defineTool<Input extends z.ZodType>(tool: {
  readonly name: ToolName;
  readonly description: string;
  readonly input: Input;
  readonly isLookup: boolean;
  readonly run: (context: ToolContext, input: z.output<Input>, signal: AbortSignal) => Promise<() => ToolOutcome>;
}): AgenticTool {
  // `callTool` parses what a model wrote with the same tool's schema before it runs it.
  return { ...tool, run: tool.run as AgenticTool['run'] };
}
