/** How one way to search did against another, query by query. */
export interface Comparison {
  readonly better: number;
  readonly worse: number;
  readonly equal: number;
  /** Mean of the differences; above 0: better. */
  readonly difference: number;
  /** Chance of a difference at least so large if both were equally good, 0 to 1. Below 0.05 it is hardly chance. */
  readonly pValue: number;
}

/** Scores nearer to each other count as equal. */
const tolerance = 1e-9;
/** Up to so many queries that differ, all ways to swap them are tried; beyond, a sample. */
const maxExact = 14;
const samples = 10_000;

/**
 * Compares paired scores by Fisher's randomisation test, two-sided: how often the mean difference is at least as large when
 * for each query it is left to chance which score belongs to which way. The same scores give the same answer.
 *
 * @param scores     of the one way, by query
 * @param baseline   of the other, in the same order
 * @see Smucker, Allan, Carterette, CIKM 2007
 */
export function compareScores(scores: readonly number[], baseline: readonly number[]): Comparison {
  const differences = scores.map((score, place) => score - (baseline[place] ?? 0));
  const differing = differences.filter((difference) => Math.abs(difference) > tolerance);
  const better = differing.filter((difference) => difference > 0).length;
  const sum = differing.reduce((total, difference) => total + difference, 0);
  return {
    better,
    worse: differing.length - better,
    equal: differences.length - differing.length,
    difference: differences.length === 0 ? 0 : sum / differences.length,
    pValue: chanceOf(differing, Math.abs(sum)),
  };
}

function chanceOf(differences: readonly number[], observed: number): number {
  const isExact = differences.length <= maxExact;
  const rounds = isExact ? 2 ** differences.length : samples;
  const random = randomNumbers();
  let reached = 0;
  for (let round = 0; round < rounds; round += 1) {
    let sum = 0;
    for (const [place, difference] of differences.entries()) {
      const isSwapped = isExact ? (round & (1 << place)) !== 0 : random() < 0.5;
      sum += isSwapped ? -difference : difference;
    }
    if (Math.abs(sum) >= observed - tolerance) reached += 1;
  }
  // Of a sample, the order that was observed is one more.
  return isExact ? reached / rounds : (reached + 1) / (rounds + 1);
}

/** Mulberry32: the same numbers in every run. */
function randomNumbers(): () => number {
  let state = 0x5eed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
