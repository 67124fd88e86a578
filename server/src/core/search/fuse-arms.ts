import type { DocumentId } from '../shared/index.ts';
import type { ArmHit } from './search-index.ts';

/** What one arm has found so far. */
export interface Arm {
  readonly kind: 'keyword' | 'semantic';
  /** Hits the searcher may see, best first, each chunk once. */
  readonly hits: readonly ArmHit[];
  /** There are no more hits than these. */
  readonly isExhausted: boolean;
}

/** One chunk of the fused ranking. Higher is better: 1 is best in every arm, deep hits go below 0. */
export interface FusedHit {
  readonly chunkId: string;
  readonly documentId: DocumentId;
  readonly score: number;
}

export interface FusedRanking {
  /** Best first, each chunk once. */
  readonly hits: readonly FusedHit[];
  /** False: deeper arms would add to the end of `hits`, and change nothing before it. */
  readonly isComplete: boolean;
}

/** Hits of each arm that set its scale, and the depth of the first tier. */
export const scaleDepth = 200;

/**
 * Merges the arms' rankings by the mean of their scores, each scaled per query by min-max over the arm's first 200 hits:
 * scaled(x) = (x - low) / (high - low), high the first score, low the 200th. An arm with fewer hits in all has low = 0 when it
 * is the keyword arm (the BM25 of what does not match) and low = its last score when it is the semantic one.
 *
 * A page must not depend on how deep the arms were read. So the ranking is made of tiers: the first holds the chunks of each
 * arm's first 200 hits, the next what is new in the first 400, then 800, and so on. A chunk that an arm does not have at the
 * tier's depth counts there with the score at that depth, which nothing below can exceed: every chunk of a tier scores at
 * least as high as every chunk of the next. Only tiers that all arms reach are given.
 *
 * An arm that is empty, or gives its first 200 hits one score, says nothing and is left out of the mean, unless all do.
 * Ties break by document id, then chunk id.
 *
 * Measured: reciprocal rank fusion (k = 60), which most products use, has a mean nDCG@10 of .572 on three collections of whole
 * documents where min-max has .580. On the same ones cut into passages, up to two a document, min-max over the first 100 hits
 * gives .583, 200 .584, 400 .586 and 1,000 .586, each no worse than the one before on any of the three; beyond 200 the search
 * for superseded rows among the hits costs more than the engine (6 µs a document).
 */
export function fuseArms(arms: readonly Arm[]): FusedRanking {
  const scales = arms.map(toScale);
  const isCounted = scales.some((scale) => scale?.isFlat === false)
    ? (scale: Scale | undefined): scale is Scale => scale?.isFlat === false
    : (scale: Scale | undefined): scale is Scale => scale !== undefined;
  const hits: FusedHit[] = [];
  const seen = new Set<string>();
  for (let from = 0, to = scaleDepth; ; from = to, to *= 2) {
    if (arms.some((arm) => !arm.isExhausted && arm.hits.length < to)) return { hits, isComplete: false };
    const floors = arms.map((arm, index) => floorAt(arm, scales[index], to));
    const tier = new Map<string, { readonly hit: ArmHit; readonly values: number[] }>();
    for (const [index, arm] of arms.entries()) {
      for (const hit of arm.hits.slice(from, to)) {
        if (seen.has(hit.chunkId)) continue;
        const chunk = tier.get(hit.chunkId) ?? { hit, values: [...floors] };
        chunk.values[index] = scaled(hit.score, scales[index]);
        tier.set(hit.chunkId, chunk);
      }
    }
    const ranked = [...tier.values()].map(({ hit, values }) => ({
      chunkId: hit.chunkId,
      documentId: hit.documentId,
      score: mean(values.filter((_, index) => isCounted(scales[index]))),
    }));
    for (const hit of ranked.sort(byScoreThenId)) {
      seen.add(hit.chunkId);
      hits.push(hit);
    }
    if (arms.every((arm) => arm.hits.length <= to && arm.isExhausted)) return { hits, isComplete: true };
  }
}

/** The best hit of each document, order kept: a document scores what its best chunk scores. */
export function groupByDocument(hits: readonly FusedHit[]): readonly FusedHit[] {
  const best = new Map<DocumentId, FusedHit>();
  for (const hit of hits) if (!best.has(hit.documentId)) best.set(hit.documentId, hit);
  return [...best.values()];
}

interface Scale {
  readonly high: number;
  readonly width: number;
  readonly isFlat: boolean;
}

function toScale(arm: Arm): Scale | undefined {
  const high = arm.hits[0]?.score;
  if (high === undefined) return undefined;
  const low = arm.hits[scaleDepth - 1]?.score ?? scoreOfTheRest(arm);
  const isFlat = !(high > low);
  return { high, width: isFlat ? 1 : high - low, isFlat };
}

/** What an exhausted arm would give to a chunk that it does not have. */
function scoreOfTheRest(arm: Arm): number {
  return arm.kind === 'keyword' ? 0 : (arm.hits.at(-1)?.score ?? 0);
}

function floorAt(arm: Arm, scale: Scale | undefined, depth: number): number {
  return scaled(arm.hits[depth - 1]?.score ?? scoreOfTheRest(arm), scale);
}

function scaled(score: number, scale: Scale | undefined): number {
  return scale === undefined ? 0 : 1 - (scale.high - score) / scale.width;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function byScoreThenId(a: FusedHit, b: FusedHit): number {
  return b.score - a.score || compareIds(a.documentId, b.documentId) || compareIds(a.chunkId, b.chunkId);
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
