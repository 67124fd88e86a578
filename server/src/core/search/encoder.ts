/**
 * The port to an embedding model: text to unit vectors whose dot product is the similarity (higher is closer).
 * Implementations: `adapters/embeddings/`.
 */
export interface Encoder {
  /** Changes when vectors change: part of the passage hash, e.g. `all-MiniLM-L6-v2-int8`. */
  readonly name: string;
  readonly dimensions: number;
  /** Word pieces an input may have; longer input is cut. */
  readonly maxTokens: number;
  /** In process and at once; p50 under 5 ms for the bundled model. */
  embedQuery(text: string): Promise<Float32Array>;
  /**
   * One vector per text, in order, from low-priority children. `urgent` goes before what waits. Where one text breaks the
   * model after a retry by itself, its place holds the Error and the others have their vectors.
   * @throws AppError('unavailable') when the model cannot answer at all, after restarts
   */
  embedDocuments(
    texts: readonly string[],
    options: { readonly signal: AbortSignal; readonly urgent?: boolean },
  ): Promise<readonly (Float32Array | Error)[]>;
  close(): Promise<void>;
}
