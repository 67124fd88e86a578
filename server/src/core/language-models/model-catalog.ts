import type { ModelTask, TokenUsage } from './language-model.ts';

export const modelFailureKinds = [
  'unreachable',
  'slow',
  'cut',
  'too_large',
  'not_an_api',
  'wrong_key',
  'unknown_model',
  'limit_reached',
  'out_of_credit',
  'overloaded',
  'refused',
  'nonsense',
  'unexpected',
] as const;
/** Why a call of a model gave nothing. */
export type ModelFailureKind = (typeof modelFailureKinds)[number];

/** What is wrong with a model or its settings, for a person. Never a key. */
export interface ModelProblem {
  readonly kind: ModelFailureKind;
  /** One sentence. */
  readonly message: string;
  /** What to do about it; one sentence. */
  readonly fix: string;
  /** What the provider said, shortened and without keys; null where it said nothing that helps. */
  readonly detail: string | null;
}

/** `open`: not asked until a time, after failures. `half_open`: one call tries whether it is back. */
export type BreakerState = 'closed' | 'open' | 'half_open';

/** A configured model, and what it did since the process started. */
export interface ModelReport {
  /** `<provider>:<model>`. */
  readonly name: string;
  readonly contextTokens: number;
  /** US dollars for a million tokens; null: not known. */
  readonly price: { readonly input: number; readonly output: number } | null;
  readonly breaker: BreakerState;
  /** When an open breaker lets a call through again. */
  readonly opensUntil: Date | null;
  /** The last failure since the last answer. */
  readonly lastProblem: ModelProblem | null;
  readonly calls: number;
  readonly failures: number;
  readonly usage: TokenUsage;
  /** US dollars of all calls with a known price; null where none has one. */
  readonly cost: number | null;
}

/** How a tiny request to one model ended. */
export interface ModelCheck {
  readonly name: string;
  readonly latencyMs: number;
  /** Null: it answered. */
  readonly problem: ModelProblem | null;
}

/** The configured models as an operator looks at them. Implementation: `adapters/language-models/`. */
export interface ModelCatalog {
  /** Names of the chain of each task, first asked first; empty: rules do the work. */
  readonly chains: Readonly<Record<ModelTask, readonly string[]>>;
  /** Each model once. */
  report(): readonly ModelReport[];
  /**
   * Calls each model of a task, or of all tasks, once, whatever its breaker says.
   * @throws the signal's reason when it is aborted
   */
  check(task: ModelTask | undefined, signal: AbortSignal): Promise<readonly ModelCheck[]>;
}
