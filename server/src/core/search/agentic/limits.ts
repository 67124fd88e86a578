/** What one agentic search may take. */
export interface AgenticLimits {
  /** With a model, all in all. */
  readonly modelTimeMs: number;
  /** Without a model. */
  readonly rulesTimeMs: number;
  /** Of the time with a model, what is kept for rules in case that it finds nothing in the rest. */
  readonly fallbackTimeMs: number;
  readonly maxRounds: number;
  readonly maxToolCalls: number;
  readonly maxCallsPerRound: number;
  /** Input and output of all rounds. */
  readonly maxTokens: number;
  readonly maxOutputTokens: number;
  /** Of the results of one round's tools together. */
  readonly maxResultTokens: number;
  /** Passages and documents that are kept in mind. */
  readonly maxSeen: number;
  /** Rounds without a new result after which the model is told so, and after which it ends. */
  readonly nudgeAfterRounds: number;
  readonly endAfterRounds: number;
}

export const agenticLimits: AgenticLimits = {
  modelTimeMs: 110_000,
  rulesTimeMs: 20_000,
  fallbackTimeMs: 5_000,
  maxRounds: 15,
  maxToolCalls: 80,
  maxCallsPerRound: 12,
  maxTokens: 600_000,
  maxOutputTokens: 8_000,
  maxResultTokens: 16_000,
  maxSeen: 2_000,
  nudgeAfterRounds: 4,
  endAfterRounds: 7,
};
