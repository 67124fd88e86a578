import { createRandomNumbers } from './mersenne-twister.ts';

/** In the order in which their weights are added up. */
export const stubKinds = ['small', 'medium', 'large', 'smallFile', 'largeFile', 'codeFile'] as const;
export type StubKind = (typeof stubKinds)[number];
export type StubWeights = Readonly<Record<StubKind, number>>;

/** The kind of the item at an index from 0: the first whose share, added to those before it, reaches the item's draw. */
export function kindOfItem(weights: StubWeights, seed: number, index: number): StubKind {
  const sum = stubKinds.reduce((total, kind) => total + weights[kind], 0);
  const shareOf = (kind: StubKind) => (sum === 0 ? 1 / stubKinds.length : weights[kind] / sum);
  const draw = createRandomNumbers(seed + index).next();
  let reached = 0;
  for (const kind of stubKinds) {
    reached += shareOf(kind);
    if (reached >= draw) return kind;
  }
  // The shares may add up to a hair less than the draw.
  return 'codeFile';
}
