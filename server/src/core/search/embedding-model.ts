import type { BreakerState, ModelCheck, ModelProblem } from '../language-models/index.ts';

/** The embedding model, and how it does since the process started. */
export interface EmbeddingReport {
  /** As `Encoder.name`; `none` where no model is used. */
  readonly name: string;
  /** Null: the model has not said yet. */
  readonly dimensions: number | null;
  readonly breaker: BreakerState;
  /** When queries ask it again. */
  readonly opensUntil: Date | null;
  /** The last failure since the last answer. */
  readonly lastProblem: ModelProblem | null;
}

/** The embedding model as an operator looks at it. Implementation: `adapters/embeddings/`. */
export interface EmbeddingModel {
  report(): EmbeddingReport;
  /**
   * Embeds one word, whatever the breaker says; undefined where no model is used.
   * @throws the signal's reason when it is aborted
   */
  check(signal: AbortSignal): Promise<ModelCheck | undefined>;
}
