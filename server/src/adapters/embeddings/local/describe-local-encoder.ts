import type { EmbeddingModel, Encoder } from '../../../core/search/index.ts';

/** How an operator sees an encoder in this process, which has no settings that could be wrong; undefined: none is used. */
export function describeLocalEncoder(
  encoder: Pick<Encoder, 'name' | 'dimensions' | 'embedQuery'> | undefined,
): EmbeddingModel {
  return {
    report: () => ({
      name: encoder?.name ?? 'none',
      dimensions: encoder?.dimensions ?? null,
      ...{ breaker: 'closed', opensUntil: null, lastProblem: null },
    }),
    async check() {
      if (encoder === undefined) return undefined;
      const startedAt = performance.now();
      await encoder.embedQuery('word');
      return { name: encoder.name, latencyMs: Math.round(performance.now() - startedAt), problem: null };
    },
  };
}
