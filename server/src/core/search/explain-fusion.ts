import {
  type Arm,
  type FusedHit,
  isCountedAmong,
  keyOf,
  type RankedUnit,
  type Scale,
  scaleDepth,
  scaled,
  scoreAt,
  toScale,
} from './fuse-arms.ts';

/** What one arm said of one chunk, or of a document's best chunk in it, and what that came to. */
export interface ArmExplanation {
  readonly kind: Arm['kind'];
  /** The engine's own score, higher is better; null: the arm does not have the chunk, as far as it was read. */
  readonly score: number | null;
  /** From 1, among what the searcher may see; null as `score`. */
  readonly rank: number | null;
  /** What was scaled: `score`, or for a chunk that the arm does not have at its tier's depth, the score at that depth. */
  readonly countedScore: number;
  /** What becomes 1 and 0: about the mean of the arm's best scores, and its 200th. Null: the arm found nothing. */
  readonly scale: { readonly high: number; readonly low: number } | null;
  /** `(countedScore - low) / (high - low)`; for a flat arm as if high - low were 1, and 0 for an empty one. */
  readonly scaledScore: number;
  /** Null: part of the mean. `empty`: it found nothing. `flat`: it gives its first 200 hits one score, and so says nothing. */
  readonly leftOut: 'empty' | 'flat' | null;
}

export interface FusionExplanation {
  /** Hits of each arm that were compared for this one: its tier. */
  readonly depth: number;
  readonly arms: readonly ArmExplanation[];
  /** The mean of the scaled scores of the arms that are not left out. */
  readonly fusedScore: number;
}

/**
 * Takes a ranking of `fuseArms` apart again, for the given hits of it. It is done afterwards, since nearly nobody asks and the
 * ranking itself must stay quick.
 *
 * @param arms what `fuseArms` was given, as `unit` was
 * @returns by chunk or document id; what no arm has is left out
 */
export function explainFusion(
  arms: readonly Arm[],
  hits: readonly Pick<FusedHit, 'chunkId' | 'documentId'>[],
  unit: RankedUnit,
): ReadonlyMap<string, FusionExplanation> {
  const keys = new Set(hits.map((hit) => keyOf(hit, unit)));
  const scales = arms.map(toScale);
  const isCounted = isCountedAmong(scales);
  const ranks = arms.map((arm) => {
    const first = new Map<string, number>();
    for (const [place, hit] of arm.hits.entries()) {
      const key = keyOf(hit, unit);
      if (keys.has(key) && !first.has(key)) first.set(key, place + 1);
    }
    return first;
  });
  const explained = new Map<string, FusionExplanation>();
  for (const key of keys) {
    const best = Math.min(...ranks.map((ofArm) => ofArm.get(key) ?? Number.POSITIVE_INFINITY));
    if (best === Number.POSITIVE_INFINITY) continue;
    let depth = scaleDepth;
    while (depth < best) depth *= 2;
    const parts = arms.map((arm, index) => {
      const rank = ranks[index]?.get(key) ?? null;
      return explainArm(arm, scales[index], isCounted(scales[index]), rank, depth);
    });
    const counted = parts.filter(({ leftOut }) => leftOut === null);
    const fusedScore = counted.reduce((sum, { scaledScore }) => sum + scaledScore, 0) / counted.length;
    explained.set(key, { depth, arms: parts, fusedScore });
  }
  return explained;
}

function explainArm(
  arm: Arm,
  scale: Scale | undefined,
  isCounted: boolean,
  rank: number | null,
  depth: number,
): ArmExplanation {
  const score = rank === null ? null : (arm.hits[rank - 1]?.score ?? null);
  const countedScore = score !== null && rank !== null && rank <= depth ? score : scoreAt(arm, depth);
  return {
    kind: arm.kind,
    score,
    rank,
    countedScore,
    scale: scale === undefined ? null : { high: scale.high, low: scale.isFlat ? scale.high : scale.high - scale.width },
    scaledScore: scaled(countedScore, scale),
    leftOut: isCounted ? null : scale === undefined ? 'empty' : 'flat',
  };
}
