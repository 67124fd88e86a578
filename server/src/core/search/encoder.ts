/**
 * The port to an embedding model: text to unit vectors whose dot product is the similarity (higher is closer).
 * Implementations: `adapters/embeddings/`.
 */
export interface Encoder {
  /**
   * Changes when vectors change: part of the passage hash, e.g. `all-MiniLM-L6-v2-int8`. Not to be kept: that of a remote model
   * becomes another one when it first says its dimensions.
   */
  readonly name: string;
  /** 0: a remote model that has not said yet. Nothing can be indexed with it until then. */
  readonly dimensions: number;
  /** Word pieces an input may have; longer input is cut. */
  readonly maxTokens: number;
  /**
   * In process and at once for the bundled model: p50 under 5 ms. A remote one has 3 s.
   * @throws AppError('unavailable') when a remote model does not answer: then words alone are searched for
   */
  embedQuery(text: string): Promise<Float32Array>;
  /**
   * One vector per text, in order, from low-priority children. `urgent` goes before what waits. Where one text breaks the
   * model after a retry by itself, its place holds the Error and the others have their vectors.
   * @throws AppError('unavailable') when the model cannot answer at all, after restarts or, of a remote one, a minute of waiting;
   *   with `retryAfterMs` where it is likely to answer later by itself
   */
  embedDocuments(
    texts: readonly string[],
    options: { readonly signal: AbortSignal; readonly urgent?: boolean },
  ): Promise<readonly (Float32Array | Error)[]>;
  close(): Promise<void>;
}
