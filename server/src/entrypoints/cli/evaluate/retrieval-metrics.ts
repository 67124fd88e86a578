/** Relevance of documents to one query, by document id; 0 and absent mean not relevant. */
export type Judgements = ReadonlyMap<string, number>;

/**
 * Normalised discounted cumulative gain of the first `depth` documents: gains are the judged grades, discounted by
 * log2(rank + 1), over what the best possible order would have. As trec_eval computes it.
 *
 * @param ranked document ids, best first, each once
 * @returns 0 to 1; 0 when nothing is relevant
 */
export function ndcgAt(depth: number, judgements: Judgements, ranked: readonly string[]): number {
  const gain = (grades: readonly number[]): number =>
    grades.slice(0, depth).reduce((sum, grade, index) => sum + grade / Math.log2(index + 2), 0);
  const ideal = gain([...judgements.values()].filter((grade) => grade > 0).sort((a, b) => b - a));
  return ideal === 0 ? 0 : gain(ranked.map((id) => Math.max(0, judgements.get(id) ?? 0))) / ideal;
}

/** Share of the relevant documents that are among the first `depth`; 0 when nothing is relevant. */
export function recallAt(depth: number, judgements: Judgements, ranked: readonly string[]): number {
  const relevant = [...judgements].filter(([, grade]) => grade > 0);
  const found = new Set(ranked.slice(0, depth));
  return relevant.length === 0 ? 0 : relevant.filter(([id]) => found.has(id)).length / relevant.length;
}

/** One over the rank of the first relevant document, 0 when there is none among the first `depth`. */
export function reciprocalRankAt(depth: number, judgements: Judgements, ranked: readonly string[]): number {
  const index = ranked.slice(0, depth).findIndex((id) => (judgements.get(id) ?? 0) > 0);
  return index < 0 ? 0 : 1 / (index + 1);
}

/** 0 for no values. */
export function meanOf(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The smallest value that at least `share` of the values do not exceed (nearest rank); 0 for no values.
 *
 * @param share 0 to 1, as in 0.99
 */
export function quantileOf(share: number, values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
