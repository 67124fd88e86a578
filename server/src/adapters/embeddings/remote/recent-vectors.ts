/** Vectors of the latest queries, so that a repeated one costs nothing; 500 of 1,536 dimensions are 3 MB. */
export class RecentVectors {
  readonly #vectors = new Map<string, Float32Array>();
  readonly #limit: number;

  constructor(limit = 500) {
    this.#limit = limit;
  }

  get(text: string): Float32Array | undefined {
    const vector = this.#vectors.get(text);
    if (vector !== undefined) this.set(text, vector);
    return vector;
  }

  set(text: string, vector: Float32Array): void {
    this.#vectors.delete(text);
    this.#vectors.set(text, vector);
    const oldest = this.#vectors.keys().next();
    if (this.#vectors.size > this.#limit && !oldest.done) this.#vectors.delete(oldest.value);
  }

  clear(): void {
    this.#vectors.clear();
  }
}
