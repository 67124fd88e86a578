import type { z } from 'zod';

/** What a call cost, in the model's own tokens. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input: read from, and written to, the provider's cache. */
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
}

/** Who answered, and what it took. */
export interface ModelCall {
  /** `<provider>:<model>`, as it is configured. */
  readonly model: string;
  readonly usage: TokenUsage;
  /** US dollars; null where the price is not known. */
  readonly cost: number | null;
  /** Calls that failed before this one, at any provider. */
  readonly retries: number;
}

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** As the model wrote it: unchecked. */
  readonly input: unknown;
}

/** One message of a conversation. The opaque `turn` of a model is given back as it was, since some providers sign their reasoning. */
export type ModelMessage =
  | { readonly role: 'user'; readonly text: string }
  | { readonly role: 'model'; readonly turn: ModelTurn }
  | {
      readonly role: 'tools';
      readonly results: readonly { readonly callId: string; readonly name: string; readonly text: string }[];
    };

export interface ModelTurn extends ModelCall {
  readonly text: string;
  /** Null where the model gives none. */
  readonly reasoning: string | null;
  readonly toolCalls: readonly ToolCall[];
  /** For the adapter. */
  readonly raw: unknown;
}

export interface TurnRequest {
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly maxOutputTokens: number;
  /** Whether the model may reason at length first, where it can. */
  readonly reasons: boolean;
}

export interface ObjectRequest<Value> {
  readonly system: string;
  readonly prompt: string;
  readonly schema: z.ZodType<Value>;
  /** A name for the schema, for the model. */
  readonly name: string;
  readonly maxOutputTokens: number;
}

export interface TextRequest {
  readonly system: string;
  readonly prompt: string;
  readonly maxOutputTokens: number;
}

/**
 * The port to a language model: a chain of them, of which the next is asked where one is down, slow, over its limit or answers
 * nonsense. Every call is bounded in time and in what it reads; what comes back is untrusted text. Implementation:
 * `adapters/language-models/`.
 */
export interface LanguageModel {
  /** Of the first of the chain; bounds what may be sent. */
  readonly contextTokens: number;
  /** Names of the chain, first asked first. */
  readonly names: readonly string[];
  /**
   * An object that fits the schema: checked, and repaired once with the error told to the model.
   * @throws AppError('unavailable') when no model of the chain gives one; the signal's reason when it is aborted
   */
  generateObject<Value>(
    request: ObjectRequest<Value>,
    signal: AbortSignal,
  ): Promise<{ readonly value: Value; readonly call: ModelCall }>;
  /** @throws as `generateObject` does */
  generateText(request: TextRequest, signal: AbortSignal): Promise<{ readonly text: string; readonly call: ModelCall }>;
  /**
   * One turn of a conversation with tools; calling them is the caller's work.
   * @throws as `generateObject` does
   */
  generateTurn(request: TurnRequest, signal: AbortSignal): Promise<ModelTurn>;
}

export const modelTasks = ['classic', 'agentic', 'answer'] as const;
/** What a model is asked for: plans, rounds with tools, or cited answers. Each may have a chain of its own. */
export type ModelTask = (typeof modelTasks)[number];

/** The chain configured for each task; absent: none, and rules do the work. */
export type LanguageModels = { readonly [Task in ModelTask]?: LanguageModel };
